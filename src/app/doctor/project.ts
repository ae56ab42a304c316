import { listWarnings } from '../../core/config/warnings.ts';
import { formatCount } from '../../lib/quantities.ts';
import { describeFirst } from '../../report/verification.ts';
import { listPending } from '../deliver-pending.ts';
import type { Runtime } from '../runtime.ts';
import { type Finding, fault, ok, warn } from './finding.ts';

export type ProjectCheck = (runtime: Runtime) => Promise<Finding | Finding[]>;

/** What every run needs, on any platform; in the order in which a reader looks for what is wrong. */
export const projectChecks: Readonly<Record<string, ProjectCheck>> = {
  configuration: async ({ config, configSource }) => [
    ok('configuration', configSource),
    ...listWarnings(config).map((text) => warn('configuration', text, { help: '' })),
  ],
  repository: async ({ platform }) => {
    const { name, head } = await platform.branches.getDefault();
    const place = `${platform.id} ${platform.repository}`;
    return ok('repository', `${place}, default branch ${name} at ${head.slice(0, 12)}`);
  },
  identity: async ({ platform }) => {
    const { name, email } = await platform.actors.self();
    return ok('identity', `${name} <${email}>`);
  },
  log: checkLog,
  signing: checkSigning,
  content: checkContent,
  journal: checkJournal,
  sandbox: checkSandbox,
  provider: checkProvider,
  tests: checkTests,
  scanners: checkScanners,
};

/** Of these, the ones whose answer is about where they are looked at. */
export const machineChecks: readonly string[] = ['sandbox', 'provider', 'scanners'];

/** A log of more events takes longer to check than anybody waits for this. */
const CHECKED_EVENTS = 50_000;

async function checkLog({ store, anchors }: Runtime): Promise<Finding[]> {
  const { position } = await store.head();
  if (position > CHECKED_EVENTS)
    return [ok('log', `${store.place}: ${position} events; \`tamma events verify\` checks all of them`)];
  const report = await store.verify({ anchors: await anchors.read() });
  const { ok: isSound, events, head } = report;
  if (isSound) return [ok('log', `${store.place}: ${events} events, head ${head.position} verifies`)];
  const text = `${store.place}: ${report.problems.length} problems, the first at ${describeFirst(report)}`;
  return [fault('log', text, { help: '`tamma events verify` names every damaged line.' })];
}

/** Commands of people may be appended unsigned; whoever runs the loop should have the key. */
function checkSigning({ config, environment }: Runtime): Promise<Finding[]> {
  const { keyEnv } = config.events.signing;
  if (keyEnv === null || environment[keyEnv]) return Promise.resolve([]);
  const help = `Set ${keyEnv} where the loop runs; \`tamma events verify\` tells where signatures are missing.`;
  return Promise.resolve([
    warn('signing', `${keyEnv} is not set here: what is appended is not signed`, { help }),
  ]);
}

/** What should be encrypted and cannot be is not kept at all. */
function checkContent({ config, environment }: Runtime): Promise<Finding[]> {
  const { keep, keyEnv } = config.events.content;
  if (keep === 'none' || keyEnv === null || environment[keyEnv]) return Promise.resolve([]);
  const text = `${keyEnv} is not set here: prompts, answers, diffs and outputs are not kept`;
  return Promise.resolve([
    warn('content', text, { help: `Set ${keyEnv} to \`id:base64\`, or take events.content.keyEnv out.` }),
  ]);
}

/** Nothing is said where nothing waits. */
function checkJournal(runtime: Runtime): Promise<Finding[]> {
  const pending = listPending(runtime);
  const count = pending.reduce((sum, { events }) => sum + events.length, 0);
  const text = `${formatCount(count, 'event')} that the log did not take since ${pending[0]?.keptAt}: ${pending[0]?.why}`;
  const help = 'The next run delivers them, or: tamma events append-pending';
  return Promise.resolve(pending.length > 0 ? [warn('journal', text, { help })] : []);
}

async function checkSandbox({ sandbox }: Runtime): Promise<Finding> {
  const { level, weaknesses } = await sandbox();
  if (level !== 'none' && weaknesses.length === 0) return ok('sandbox', level);
  return warn('sandbox', [level, ...weaknesses].join('; '), {
    help: 'Install bubblewrap for the full sandbox: apt-get install bubblewrap',
  });
}

async function checkProvider(runtime: Runtime): Promise<Finding> {
  const { name, model } = await runtime.provider('CODE_GENERATION');
  return ok('provider', runtime.paidBy().at(-1) ?? `${name} ${model}`);
}

async function checkTests(runtime: Runtime): Promise<Finding> {
  const { head } = await runtime.platform.branches.getDefault();
  const { commands, project } = await runtime.commands(head);
  if (commands.test) return ok('tests', `${project}: ${commands.test}`);
  return fault('tests', `${project}: no test command was found`, {
    help: 'Set commands.test in .tamma/config.yml; Tamma never merges untested code.',
  });
}

/** Advisories are asked for with the tool of each ecosystem; without it the pull request says "not audited". */
async function checkScanners(runtime: Runtime): Promise<Finding> {
  const [{ listAuditTools }, { findProgram }] = await Promise.all([
    import('../../gates/security-audit.ts'),
    import('./find-program.ts'),
  ]);
  const { head } = await runtime.platform.branches.getDefault();
  const files = (await runtime.repository.listFiles(head)).map(({ path }) => path);
  const tools = listAuditTools(files);
  if (tools.length === 0)
    return ok('scanners', 'secrets and protected paths; no lockfile to ask advisories for');
  const path = runtime.environment.PATH ?? '';
  const found = await Promise.all(tools.map(({ program }) => findProgram(program, path)));
  const missing = tools.filter((_, index) => !found[index]);
  if (missing.length === 0) return ok('scanners', tools.map(({ tool }) => tool).join(', '));
  const text = missing.map(({ tool, lockfile }) => `${lockfile} needs ${tool}`).join('; ');
  const programs = missing.map(({ program }) => program).join(', ');
  return warn('scanners', text, {
    help: `Install ${programs} where Tamma runs, or known vulnerabilities of dependencies are not looked for.`,
  });
}
