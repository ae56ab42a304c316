import { findDefaultProviders } from '../../core/config/default-providers.ts';
import type { VendorId } from '../../core/config/vendors.ts';
import { findGitHubPlace, type GitHubPlace } from '../choose-platform.ts';
import type { Environment } from '../compose.ts';
import { CONFIG_PATHS } from '../config-paths.ts';
import { findTamma } from '../doctor/github/tamma-steps.ts';
import { parseWorkflow, type WorkflowFacts } from '../doctor/github/workflow-facts.ts';
import { explainPlainGit } from '../explain-plain-git.ts';
import type { WorkTree } from './work-tree.ts';

/** What is there before anything is asked. */
export type Detected = {
  /** Undefined: plain git. */
  place: GitHubPlace | undefined;
  project: string;
  testCommand: string | null;
  /** Vendors whose key is in the environment, the preferred one first. */
  vendors: readonly VendorId[];
  /** Names of workflows that run on pull requests, or deploy by their name. */
  ciNames: readonly string[];
  /** Files of those on pull requests that can be started as well, with nothing to fill in. */
  startable: readonly string[];
  /** Why it is plain git although there is a remote; undefined where that was asked for. */
  whyPlainGit: string | undefined;
  /** A configuration and a workflow that are there already, by whatever name. */
  configPath: string | undefined;
  workflowPath: string | undefined;
  hasIssueFiles: boolean;
};

type DetectOptions = {
  environment: Environment;
  remote?: string | undefined;
  platform?: string | undefined;
};

/** Looks at the checkout and the environment; asks nobody. Throws USAGE for a remote there is not. */
export async function detect(options: DetectOptions, workTree: WorkTree): Promise<Detected> {
  const { environment } = options;
  const { remotes } = workTree;
  const wanted = {
    remotes,
    wantedRemote: options.remote ?? (environment.TAMMA_REMOTE || undefined),
    wantedPlatform: options.platform ?? (environment.TAMMA_PLATFORM || undefined),
    environment,
  };
  const place = findGitHubPlace(wanted);
  const paths = await workTree.list();
  const { project, commands } = await workTree.detectCommands();
  const workflows = await readWorkflows(paths, workTree);
  return {
    place,
    project,
    testCommand: commands.test,
    vendors: Object.keys(findDefaultProviders(environment)) as VendorId[],
    ciNames: listCiNames(workflows),
    startable: listStartable(workflows),
    whyPlainGit: explainPlainGit(wanted),
    configPath: CONFIG_PATHS.find((path) => paths.includes(path)),
    workflowPath: findTamma(workflows)[0]?.workflow.path,
    hasIssueFiles: paths.some((path) => /^\.tamma\/issues\/\d+\.md$/.test(path)),
  };
}

async function readWorkflows(paths: readonly string[], workTree: WorkTree): Promise<WorkflowFacts[]> {
  const files = paths.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  const read = files.map(async (path) => parseWorkflow(path, (await workTree.read(path)) ?? ''));
  return (await Promise.all(read)).filter((facts) => facts !== undefined);
}

function listCiNames(workflows: readonly WorkflowFacts[]): string[] {
  const own = new Set(findTamma(workflows).map(({ workflow }) => workflow));
  return workflows
    .filter((workflow) => !own.has(workflow) && (workflow.triggers.has('pull_request') || isDeploy(workflow)))
    .map(({ name }) => name);
}

/** Names as `ci.workflow` takes them. */
function listStartable(workflows: readonly WorkflowFacts[]): string[] {
  const own = new Set(findTamma(workflows).map(({ workflow }) => workflow));
  return workflows
    .filter((workflow) => !own.has(workflow) && !isDeploy(workflow) && isStartable(workflow))
    .map(({ path }) => path.replace(/^.*\//, ''))
    .filter((file) => /^[A-Za-z0-9][\w.-]{0,99}$/.test(file));
}

function isStartable({ triggers }: WorkflowFacts): boolean {
  const started = triggers.get('workflow_dispatch');
  if (!started || !triggers.has('pull_request')) return false;
  return Object.values(started.inputs ?? {}).every(
    (input) => !input?.required || input.default !== undefined,
  );
}

function isDeploy({ name, path, triggers }: WorkflowFacts): boolean {
  return triggers.has('workflow_dispatch') && /deploy/i.test(`${name} ${path}`);
}
