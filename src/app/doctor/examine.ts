import { toTammaError } from '../../core/errors.ts';
import type { Runtime } from '../runtime.ts';
import { attempt, toProblem } from './attempt.ts';
import type { Finding } from './finding.ts';
import { checkCheckout, checkGit, checkNode } from './machine.ts';
import { machineChecks, projectChecks } from './project.ts';

export type DoctorOptions = {
  directory: string;
  nodeVersion: string;
  compose(): Promise<Runtime>;
};

/**
 * Everything a run needs, looked at without writing anything. Checks do not depend on each other where they need not:
 * all findings come at once. Never throws.
 */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const machine = [
    checkNode(options.nodeVersion),
    ...(await attempt('git', checkGit)),
    ...(await attempt('checkout', () => checkCheckout(options.directory))),
  ];
  let runtime: Runtime;
  try {
    runtime = await options.compose();
  } catch (thrown) {
    const { code } = toTammaError(thrown);
    const problem = toProblem(code.startsWith('CONFIG_') ? 'configuration' : 'repository', thrown);
    return machine.some(({ text }) => text === problem.text) ? machine : [...machine, problem];
  }
  const inside: Finding[] = [];
  for (const [title, check] of Object.entries(projectChecks)) {
    const found = await attempt(title, () => check(runtime));
    inside.push(...(machineChecks.includes(title) && runsElsewhere(runtime) ? found.map(soften) : found));
  }
  return [...machine, ...inside, ...(await attempt('GitHub', () => examineHost(runtime)))];
}

/** Work of a repository on GitHub is done by its runners; a terminal may do it too, and need not. */
function runsElsewhere({ platform, environment }: Runtime): boolean {
  return platform.id === 'github' && environment.GITHUB_ACTIONS !== 'true';
}

function soften(found: Finding): Finding {
  if (found.level !== 'problem') return found;
  return { ...found, level: 'warning', text: `on this machine, not in Actions: ${found.text}` };
}

async function examineHost(runtime: Runtime): Promise<Finding[]> {
  const site = await runtime.site();
  if (!site) return [];
  const [{ examineSite }, { readWorkflows }] = await Promise.all([
    import('./github/checks.ts'),
    import('./github/read-workflows.ts'),
  ]);
  return examineSite(site, { config: runtime.config, workflows: await readWorkflows(runtime) });
}
