import { join } from 'node:path';
import type { Json } from '../state.ts';
import { isTruthy } from './expression-values.ts';
import { interpolate, interpolateAll, interpolateText, isWanted, type Scope } from './expressions.ts';
import { runJavascriptAction } from './javascript-action.ts';
import type { JobOrder, JobResult } from './job.ts';
import type { ActionsOptions } from './options.ts';
import { ownActions } from './own-actions.ts';
import type { RunPlace } from './perform.ts';
import { type Machine, runProcess, type StepResult } from './step-process.ts';
import type { StepFile } from './workflow-file.ts';

export type Steps = {
  place: RunPlace;
  order: JobOrder;
  machine: Machine;
  values: Json;
  token: string;
};
type Context = { steps: Record<string, Json>; status: Scope['status'] };
type Ran = { result: StepResult; post?: (() => Promise<StepResult>) | undefined };

/** The steps of a job in order, then what they left to do at its end. */
export async function runSteps(job: Steps): Promise<JobResult> {
  const { order, values, machine } = job;
  const context: Context = { steps: {}, status: 'success' };
  const results: StepResult[] = [];
  const posts: (() => Promise<StepResult>)[] = [];
  const scopeNow = (): Scope => ({
    values: {
      ...values,
      env: { ...(values.env as Json), ...machine.added },
      steps: context.steps,
      job: { status: order.signal.aborted ? 'cancelled' : context.status },
    },
    status: order.signal.aborted ? 'cancelled' : context.status,
  });
  const keep = (result: StepResult, isForgiven = false) => {
    results.push(result);
    order.record.steps.push({ name: result.name, conclusion: result.code === 0 ? 'success' : 'failure' });
    order.record.log += result.log;
    if (result.code !== 0 && !isForgiven && !order.signal.aborted) context.status = 'failure';
  };
  for (const [index, step] of (order.file.steps ?? []).entries()) {
    const id = step.id ?? `__${index}`;
    if (!isWanted(step.if, scopeNow())) {
      context.steps[id] = { outcome: 'skipped', conclusion: 'skipped', outputs: {} };
      continue;
    }
    const isForgiven = isTruthy(interpolate(step['continue-on-error'] ?? false, scopeNow()));
    const { result, post } = await runStep(job, step, scopeNow());
    keep(result, isForgiven);
    if (post) posts.unshift(post);
    const outcome = result.code === 0 ? 'success' : 'failure';
    context.steps[id] = { outcome, conclusion: isForgiven ? 'success' : outcome, outputs: result.outputs };
  }
  for (const post of posts) keep(await post());
  const declared = Object.entries(order.file.outputs ?? {});
  const outputs = declared.map(([name, value]) => [name, interpolateText(value, scopeNow())]);
  const conclusion = scopeNow().status as JobResult['conclusion'];
  return { conclusion, outputs: Object.fromEntries(outputs), steps: results, permissions: order.permissions };
}

/** A step on its own time; one that begins after the job was cancelled is not stopped by that any more. */
async function runStep(job: Steps, step: StepFile, scope: Scope): Promise<Ran> {
  const title = step.name ?? step.uses ?? `Run ${String(step.run).split('\n')[0]}`;
  const name = interpolateText(title, scope);
  const { signal } = job.machine;
  const limit = Number(interpolate(step['timeout-minutes'] ?? 0, scope));
  const watch = startWatch(limit * (job.place.options.minute ?? 60_000));
  const wanted = [...(signal.aborted ? [] : [signal]), watch.signal];
  const machine = { ...job.machine, signal: AbortSignal.any(wanted) };
  try {
    const ran = await startStep({ ...job, machine }, { ...step, name }, scope);
    if (!watch.signal.aborted) return ran;
    const log = `${ran.result.log}##[error]The action '${name}' has timed out after ${limit} minutes.\n`;
    return { ...ran, result: { ...ran.result, code: 1, log } };
  } catch (error) {
    const log = `##[error]${error instanceof Error ? error.message : String(error)}\n`;
    const nothing = { outputs: {}, state: {}, summary: '', annotations: [] };
    return { result: { name, code: 1, ...nothing, log, raw: log } };
  } finally {
    watch.stop();
  }
}

/** A signal that is aborted after some time; never where there is no limit. */
export function startWatch(milliseconds: number): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  if (!(milliseconds > 0)) return { signal: controller.signal, stop() {} };
  const timer = setTimeout(() => controller.abort(), milliseconds);
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}

async function startStep(job: Steps, step: StepFile & { name: string }, scope: Scope): Promise<Ran> {
  const { machine, values, place } = job;
  const environment = toTexts({
    ...(values.env as Json),
    ...(interpolateAll(step.env ?? {}, scope) as Json),
  });
  const inputs = toTexts(interpolateAll(step.with ?? {}, scope) as Json);
  if (step.uses === undefined) {
    const script = interpolateText(step.run, scope);
    const directory = join(machine.workspace, interpolateText(step['working-directory'] ?? '', scope));
    const args = ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script];
    const command = { name: step.name, program: 'bash', args, directory, environment };
    return { result: await runProcess(machine, command) };
  }
  const own = ownActions[step.uses.split('@')[0] ?? ''];
  if (own) {
    const { world, repository, run, root } = place;
    const result = await own({ world, repository, run, machine, token: job.token, root, inputs });
    return { result: { ...result, name: step.name } };
  }
  const directory = findAction(place.options, machine.workspace, step.uses);
  const node = place.options.node ?? process.execPath;
  const { inProcess } = place.options;
  const action = { name: step.name, directory, inputs, environment, node, inProcess };
  return runJavascriptAction(machine, action, scope);
}

function findAction({ uses }: ActionsOptions, workspace: string, name: string): string {
  const known = uses[name] ?? uses[name.split('@')[0] ?? ''];
  if (known !== undefined) return known;
  if (name.startsWith('./')) return join(workspace, name);
  throw new Error(`the forge does not know the action ${name}: give its folder to actions.start({ uses })`);
}

function toTexts(values: Json): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value ?? '')]));
}
