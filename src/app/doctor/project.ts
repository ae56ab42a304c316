import { listWarnings } from '../../core/config/warnings.ts';
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
  sandbox: checkSandbox,
  provider: checkProvider,
  tests: checkTests,
  scanners: checkScanners,
};

/** Of these, the ones whose answer is about where they are looked at. */
export const machineChecks: readonly string[] = ['sandbox', 'provider', 'scanners'];

async function checkLog({ store }: Runtime): Promise<Finding> {
  const { ok: isSound, events, head, problems } = await store.verify();
  if (isSound) return ok('log', `${store.place}: ${events} events, head ${head.position} verifies`);
  const [first] = problems;
  const text = `${store.place}: ${problems.length} problems, the first at ${first?.place}: ${first?.message}`;
  return fault('log', text, { help: '`tamma events verify` names every damaged line.' });
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
