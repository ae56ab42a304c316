import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toTammaError } from '../../core/errors.ts';
import { abortOnSignals } from '../../hosts/abort-on-signals.ts';
import { createGitHubActionsHost, type GitHubActionsHost } from '../../hosts/github-actions.ts';
import { createSystemClock } from '../../hosts/system-clock.ts';
import type { ComposeOptions } from '../compose.ts';
import type { Runtime } from '../runtime.ts';
import type { ActionContext, ActionResult } from './context.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { ensureRepository } from './ensure-repository.ts';
import { MAX_LINEAGE } from './event-request.ts';
import { findGitToken } from './git-token.ts';
import { lineageOf, requestOfEvent, workflowOf } from './idle.ts';
import { type ActionInputs, readInputs, secretInputs } from './inputs.ts';
import { outputRows } from './outputs.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a test puts around the parts of a run. */
export type Around = Pick<ComposeOptions, 'decorate' | 'secondMs'> & {
  /** Length of a minute of the job's time limit; default 60 000 ms. */
  minuteMs?: number;
};

/** The whole run of the action, to its exit code. Inputs come in by the runner's variables, results leave by its files. */
export async function runAction(
  environment: Environment,
  { minuteMs, ...around }: Around = {},
): Promise<number> {
  const clock = createSystemClock();
  const host = await createGitHubActionsHost({ environment, now: clock.now });
  for (const name of secretInputs) if (host.input(name)) host.mask(host.input(name));
  const signals = abortOnSignals();
  let deadline: Deadline | undefined;
  let runtime: Promise<Runtime> | undefined;
  try {
    const inputs = readInputs((name) => host.input(name));
    const workspace = environment.GITHUB_WORKSPACE ?? process.cwd();
    const directory = await ensureRepository({ directory: workspace, environment });
    deadline = createDeadline({
      minutes: inputs.timeLimitMinutes,
      now: clock.now,
      ...(minuteMs === undefined ? {} : { minuteMs }),
    });
    const signal = AbortSignal.any([signals.signal, deadline.signal]);
    const open = () => openRuntime({ environment, inputs, host, directory, clock, signal, around });
    const context: ActionContext = {
      inputs,
      host,
      clock,
      directory,
      handOver: join(environment.RUNNER_TEMP ?? tmpdir(), 'tamma-hand-over'),
      deadline,
      request: requestOfEvent(environment),
      chain: { workflow: workflowOf(environment), lineage: lineageOf(environment), limit: MAX_LINEAGE },
      runtime: () => (runtime ??= open()),
    };
    const result = await obey(context);
    await publish(host, result);
    return result.exitCode;
  } catch (thrown) {
    const error = toTammaError(thrown);
    const { explainMissing } = await import('../credentials/routes.ts');
    const summary = explainMissing(error);
    await publish(host, { exitCode: error.exitCode, outputs: { status: 'failed' }, summary });
    host.annotate('error', error.code, `${error.message}\n${error.help}`);
    return error.exitCode;
  } finally {
    await runtime?.then((made) => made.close()).catch(() => {}); // what failed to open was already reported
    deadline?.forget();
    signals.forget();
  }
}

async function obey(context: ActionContext): Promise<ActionResult> {
  const { command, issue, phase } = context.inputs;
  if (phase === 'work' || phase === 'verify') return (await import('./work-job.ts')).doWorkJob(context);
  if (phase === 'publish') return (await import('./publish-job.ts')).doPublishJob(context);
  if (command === 'doctor') return (await import('./examine.ts')).examineHere(context);
  if (command === 'events' || command === 'report') {
    const look = await import('./look.ts');
    return command === 'events' ? look.checkLog(context) : look.reportAll(context);
  }
  const work = await import('./work.ts');
  if (command === 'orchestrate') return work.workOnAll(context);
  if (issue !== null) return work.workOnIssue(context, issue);
  return (await import('./answer-event.ts')).answerEvent(context);
}

type Opening = Pick<ActionContext, 'inputs' | 'host' | 'directory' | 'clock'> & {
  environment: Environment;
  inputs: ActionInputs;
  signal: AbortSignal;
  around: Omit<Around, 'minuteMs'>;
};

async function openRuntime({
  environment,
  inputs,
  host,
  directory,
  clock,
  signal,
  around,
}: Opening): Promise<Runtime> {
  const { compose } = await import('../compose.ts');
  const token = await findGitToken({ directory, environment, remote: inputs.remote, token: inputs.token });
  return compose({
    ...around,
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
