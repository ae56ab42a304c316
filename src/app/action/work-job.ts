import { TammaError } from '../../core/errors.ts';
import { getRow } from '../../core/loop.ts';
import type { StepOutcome } from '../../ports/step.ts';
import { type Digests, saveHandOver, spoolFileIn, takeHandOver } from '../phases/hand-over-folder.ts';
import type { HeldStep } from '../phases/held-step.ts';
import { toStepError } from '../phases/publish.ts';
import { withoutPen } from '../phases/reading-runtime.ts';
import { holdTicket, parseTicket, type Ticket } from '../phases/ticket.ts';
import { verifyHandOver } from '../phases/verify.ts';
import { workStep } from '../phases/work.ts';
import type { Runtime } from '../runtime.ts';
import { createSpoolFile } from '../spool.ts';
import type { ActionContext, ActionResult } from './context.ts';
import { handedBy, readNeededJobs } from './needed-jobs.ts';

/**
 * The phases `work` and `verify`: the step is done, and nothing is written but files for the job that publishes. A step
 * that fails is an outcome too; this job fails only where it could not even tell that.
 */
export async function doWorkJob(context: ActionContext): Promise<ActionResult> {
  const needs = readNeededJobs(context.inputs.needs);
  const ticket = parseTicket(needs.gate.outputs['hand-over'] ?? '');
  const { phase } = context.inputs;
  if (!ticket.jobs.includes(phase)) throw new TammaError('USAGE', `${ticket.stepId} has no phase ${phase}`);
  const runtime = withoutPen(await context.runtime());
  const held = await holdTicket(runtime, ticket);
  const isJudging = phase === 'verify' && ticket.jobs.includes('work');
  const handOver: unknown = isJudging
    ? await judge(context, runtime, { held, ticket, told: handedBy(needs.work) })
    : await work(context, runtime, { held, ticket });
  const { issue, stepId } = ticket;
  return {
    exitCode: 0,
    outputs: { status: 'done', step: stepId, issue: String(issue), 'hand-over': JSON.stringify(handOver) },
    summary: '',
  };
}

type Order = { held: HeldStep; ticket: Ticket };

async function judge(
  { handOver: folder, host }: ActionContext,
  runtime: Runtime,
  { told, ...order }: Order & { told: unknown },
) {
  const handOver = await takeHandOver(runtime, folder, { ...order, told });
  const verdict = await verifyHandOver(runtime, order.held, { ...order, handOver });
  for (const { gateId, passed, summary } of verdict.gates)
    host.print(`${passed ? '✓' : '✗'} ${gateId}: ${summary}`);
  return verdict;
}

async function work(context: ActionContext, runtime: Runtime, { held, ticket }: Order): Promise<Digests> {
  const { handOver: folder } = context;
  const spool = createSpoolFile(spoolFileIn(folder), runtime.host.holder);
  const { stepId, run, because } = held.claim.decision;
  runtime.host.report({ kind: 'step-started', stepId, title: getRow(stepId).title, run, because });
  const toHandOver = (outcome: StepOutcome) => {
    const branch = outcome.intents.find((intent) => intent.kind === 'branch');
    return { outcome, spooled: [...spool.events()], head: branch?.head ?? null };
  };
  const digests = await workStep(runtime, { ...held, spool })
    .catch(
      (thrown: unknown): StepOutcome => ({
        status: 'failed',
        error: toStepError(thrown, runtime.signal),
        events: [],
        intents: [],
      }),
    )
    .then((outcome) => withEnd(outcome, context))
    .then((outcome) => saveHandOver(runtime, folder, { ticket, handOver: toHandOver(outcome) }));
  spool.remove();
  return digests;
}

/** Where the job's time is up, the next run goes on; a person who stops the run wants nothing handed over. Throws that. */
function withEnd(outcome: StepOutcome, { deadline }: ActionContext): StepOutcome {
  if (outcome.status !== 'failed' || outcome.error.code !== 'INTERRUPTED') return outcome;
  const { error } = outcome;
  if (!deadline.signal.aborted) throw error;
  return {
    ...outcome,
    error: new TammaError('INTERRUPTED', error.message, { cause: error, details: { deadline: true } }),
  };
}
