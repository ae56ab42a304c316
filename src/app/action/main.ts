import { toTammaError } from '../../core/errors.ts';
import { abortOnSignals } from '../../hosts/abort-on-signals.ts';
import { createGitHubActionsHost, type GitHubActionsHost } from '../../hosts/github-actions.ts';
import { createSystemClock } from '../../hosts/system-clock.ts';
import type { Runtime } from '../runtime.ts';
import type { ActionContext, ActionResult } from './context.ts';
import { findGitToken } from './git-token.ts';
import { type ActionInputs, readInputs, secretInputs } from './inputs.ts';
import { outputRows } from './outputs.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The whole run of the action, to its exit code. Inputs come in by the runner's variables, results leave by its files. */
export async function runAction(environment: Environment): Promise<number> {
  const clock = createSystemClock();
  const host = await createGitHubActionsHost({ environment, now: clock.now });
  for (const name of secretInputs) if (host.input(name)) host.mask(host.input(name));
  const { signal, forget } = abortOnSignals();
  let runtime: Promise<Runtime> | undefined;
  try {
    const inputs = readInputs((name) => host.input(name));
    const directory = environment.GITHUB_WORKSPACE ?? process.cwd();
    const open = () => openRuntime({ environment, inputs, host, directory, clock, signal });
    const context: ActionContext = { inputs, host, clock, directory, runtime: () => (runtime ??= open()) };
    const result = await obey(context);
    await publish(host, result);
    return result.exitCode;
  } catch (thrown) {
    const error = toTammaError(thrown);
    await publish(host, { exitCode: error.exitCode, outputs: { status: 'failed' }, summary: '' });
    host.annotate('error', error.code, `${error.message}\n${error.help}`);
    return error.exitCode;
  } finally {
    await runtime?.then((made) => made.close()).catch(() => {}); // what failed to open was already reported
    forget();
  }
}

async function obey(context: ActionContext): Promise<ActionResult> {
  const { command, issue } = context.inputs;
  if (command === 'doctor') return (await import('./examine.ts')).examineHere(context);
  const work = await import('./work.ts');
  if (command === 'events') return work.checkLog(context);
  if (command === 'report') return work.reportAll(context);
  return issue === null || command === 'orchestrate'
    ? work.workOnAll(context)
    : work.workOnIssue(context, issue);
}

type Opening = Pick<ActionContext, 'inputs' | 'host' | 'directory' | 'clock'> & {
  environment: Environment;
  inputs: ActionInputs;
  signal: AbortSignal;
};

async function openRuntime({
  environment,
  inputs,
  host,
  directory,
  clock,
  signal,
}: Opening): Promise<Runtime> {
  const { compose } = await import('../compose.ts');
  const token = await findGitToken({ directory, environment, remote: inputs.remote, token: inputs.token });
  return compose({
    directory,
    environment: { ...environment, ...inputs.variables, ...(token ? { TAMMA_GIT_TOKEN: token } : {}) },
    host,
    clock,
    signal,
    sandbox: inputs.sandbox,
    remote: inputs.remote,
    ...(inputs.config ? { configFile: inputs.config } : {}),
  });
}

async function publish(host: GitHubActionsHost, { outputs, summary }: ActionResult): Promise<void> {
  for (const name of Object.keys(outputRows) as (keyof typeof outputRows)[])
    host.output(name, outputs[name] ?? '');
  if (summary) await host.summarise(summary);
}
