import { resolveStepModel } from '../core/config/step-model.ts';
import { listWarnings } from '../core/config/warnings.ts';
import { toTammaError } from '../core/errors.ts';
import { gitText } from '../lib/git.ts';
import type { Runtime } from './runtime.ts';

export type Finding = {
  /** What was looked at. */
  title: string;
  level: 'ok' | 'warning' | 'problem';
  text: string;
  /** What to do; empty where nothing is. */
  help: string;
};

export type DoctorOptions = {
  directory: string;
  nodeVersion: string;
  compose(): Promise<Runtime>;
};

/** Node 20.19 runs Tamma; the OpenAI wire needs 22 (openai 7.x, package.json "engines"). */
const NODE = [20, 19] as const;
/** `git merge-tree --write-tree` (git 2.38 release notes). */
const GIT = [2, 38] as const;

/**
 * Everything a run needs, looked at without writing anything. Checks do not depend on each other where they need not:
 * all findings come at once. Never throws.
 */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const machine = [checkNode(options.nodeVersion), await attempt('git', () => checkGit())];
  const checkout = await attempt('checkout', () => checkCheckout(options.directory));
  let runtime: Runtime;
  try {
    runtime = await options.compose();
  } catch (thrown) {
    const { code } = toTammaError(thrown);
    const problem = toProblem(code.startsWith('CONFIG_') ? 'configuration' : 'repository', thrown);
    const isSaid = checkout.some(({ text }) => text === problem.text);
    return [...machine.flat(), ...checkout, ...(isSaid ? [] : [problem])];
  }
  const inside: Finding[] = [];
  for (const [title, check] of Object.entries(insideChecks))
    inside.push(...(await attempt(title, () => check(runtime))));
  return [...machine.flat(), ...checkout, ...inside];
}

async function attempt(title: string, check: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await check()].flat();
  } catch (thrown) {
    return [toProblem(title, thrown)];
  }
}

function toProblem(title: string, thrown: unknown): Finding {
  const { message, help } = toTammaError(thrown);
  return { title, level: 'problem', text: message, help };
}

function ok(title: string, text: string): Finding {
  return { title, level: 'ok', text, help: '' };
}

function checkNode(version: string): Finding {
  const title = 'node';
  if (!isAtLeast(version, NODE)) {
    return {
      title,
      level: 'problem',
      text: version,
      help: `Install Node ${NODE.join('.')} or newer; 24 is what Tamma is made with.`,
    };
  }
  if (!isAtLeast(version, [22, 0])) {
    return {
      title,
      level: 'warning',
      text: version,
      help: 'Providers on the OpenAI wire need Node 22 or newer.',
    };
  }
  return ok(title, version);
}

async function checkGit(): Promise<Finding> {
  const version = (await gitText(['version'])).replace(/^git version /, '');
  if (isAtLeast(version, GIT)) return ok('git', version);
  return { title: 'git', level: 'problem', text: version, help: `Install git ${GIT.join('.')} or newer.` };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, a = '0', b = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(a) > major || (Number(a) === major && Number(b) >= minor);
}

async function checkCheckout(directory: string): Promise<Finding> {
  const { inspectCheckout } = await import('../workspace/checkout.ts');
  const checkout = await inspectCheckout(directory);
  if (checkout.bare) return ok('checkout', 'a bare repository: nothing of yours is in the way');
  const { dirty } = await checkout.listChanges();
  if (dirty.length === 0) return ok('checkout', `${checkout.directory}, clean`);
  const files = dirty.slice(0, 5).join(', ');
  return {
    title: 'checkout',
    level: 'warning',
    text: `changes that are not committed: ${files}${dirty.length > 5 ? ' …' : ''}`,
    help: 'Tamma works elsewhere and sees commits only; commit or stash what it should know.',
  };
}

/** In the order in which a reader looks for what is wrong. */
const insideChecks: Readonly<Record<string, (runtime: Runtime) => Promise<Finding | Finding[]>>> = {
  configuration: ({ config, configSource }) =>
    Promise.resolve([
      ok('configuration', configSource),
      ...listWarnings(config).map(
        (text): Finding => ({ title: 'configuration', level: 'warning', text, help: '' }),
      ),
    ]),
  repository: async ({ platform }) => {
    const { name, head } = await platform.branches.getDefault();
    return ok(
      'repository',
      `${platform.id} ${platform.repository}, default branch ${name} at ${head.slice(0, 12)}`,
    );
  },
  identity: async ({ platform }) => {
    const { name, email } = await platform.actors.self();
    return ok('identity', `${name} <${email}>`);
  },
  log: checkLog,
  sandbox: checkSandbox,
  provider: checkProvider,
  tests: checkTests,
};

async function checkLog({ store }: Runtime): Promise<Finding> {
  const { ok: isSound, events, head, problems } = await store.verify();
  if (isSound) return ok('log', `${store.place}: ${events} events, head ${head.position} verifies`);
  const text = `${store.place}: ${problems.length} problems, the first at ${problems[0]?.place}: ${problems[0]?.message}`;
  return { title: 'log', level: 'problem', text, help: '`tamma events verify` names every damaged line.' };
}

async function checkSandbox({ sandbox }: Runtime): Promise<Finding> {
  const { level, weaknesses } = await sandbox();
  if (level !== 'none' && weaknesses.length === 0) return ok('sandbox', level);
  const help = 'Install bubblewrap for the full sandbox: apt-get install bubblewrap';
  return { title: 'sandbox', level: 'warning', text: [level, ...weaknesses].join('; '), help };
}

async function checkProvider(runtime: Runtime): Promise<Finding> {
  const { name, vendor, model } = await runtime.provider('CODE_GENERATION');
  const row = runtime.config.providers[resolveStepModel(runtime.config, 'CODE_GENERATION').provider];
  const payer = row?.apiKeyEnv
    ? `paid by the account of ${row.apiKeyEnv}`
    : 'no key is sent, nothing is billed';
  return ok('provider', `${name} (${vendor}), model ${model}; ${payer}`);
}

async function checkTests(runtime: Runtime): Promise<Finding> {
  const { head } = await runtime.platform.branches.getDefault();
  const { commands, project } = await runtime.commands(head);
  if (commands.test) return ok('tests', `${project}: ${commands.test}`);
  const help = 'Set commands.test in .tamma/config.yml; Tamma never merges untested code.';
  return { title: 'tests', level: 'problem', text: `${project}: no test command was found`, help };
}
