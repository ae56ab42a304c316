import { TammaError, toTammaError } from '../../core/errors.ts';
import type { NewEvent } from '../../core/events/event.ts';
import { withdrawVoidApproval } from '../approval-standing.ts';
import { checkRuleApproval } from '../phases/check-rule-approval.ts';
import type { HandOver } from '../phases/hand-over.ts';
import { takeHandOver, takePaid } from '../phases/hand-over-folder.ts';
import type { HeldStep, Spooled } from '../phases/held-step.ts';
import { withOwnRequest } from '../phases/own-request.ts';
import { finishStep, recordFailure } from '../phases/publish.ts';
import { withoutHands } from '../phases/reading-runtime.ts';
import { holdTicket, parseTicket, type Ticket, workflowRunOf } from '../phases/ticket.ts';
import { checkVerdict } from '../phases/verify.ts';
import { recordBatches } from '../record-events.ts';
import type { StepReport } from '../reports.ts';
import { runHeld } from '../run-step.ts';
import type { Runtime } from '../runtime.ts';
import { conclude } from './conclude.ts';
import type { ActionContext, ActionResult } from './context.ts';
import { goOnAfter } from './go-on.ts';
import { handedBy, type NeededJobs, readNeededJobs } from './needed-jobs.ts';

/**
 * The phase `publish`: what the jobs before came to is checked, published and recorded; where they came to nothing, that
 * is recorded, so that the claim is free again. Throws TICKET_REFUSED where the claim is no longer ours.
 */
export async function doPublishJob(context: ActionContext): Promise<ActionResult> {
  const needs = readNeededJobs(context.inputs.needs);
  const ticket = parseTicket(needs.gate.outputs['hand-over'] ?? '');
  const runtime = withoutHands(await context.runtime());
  const held = await holdTicket(runtime, ticket).catch(async (thrown: unknown) => {
    await keepPaid(context, runtime, { ticket, needs });
    throw thrown;
  });
  const report =
    ticket.jobs === 'publish'
      ? await runHere(runtime, held)
      : await publishHandedOver(context, runtime, { held, ticket, needs });
  // The time of the job that worked was up, not of this one.
  const isCutOff = report.error?.code === 'INTERRUPTED' && report.error.details.deadline === true;
  const ended = isCutOff
    ? { ...context, deadline: { ...context.deadline, signal: AbortSignal.abort() } }
    : context;
  const links = await goOnAfter(ended, runtime, report);
  return conclude(ended, runtime, { reports: [report], links });
}

type Order = { held: HeldStep; ticket: Ticket; needs: NeededJobs };

/** Minutes have gone by since the gate looked: what a person has approved must still be approved where it is used. */
async function runHere(runtime: Runtime, held: HeldStep): Promise<StepReport> {
  const { issue, claim } = held;
  if (!(await withdrawVoidApproval(runtime, { issue, ...claim }))) return runHeld(runtime, held);
  const why = `the approval that ${claim.decision.stepId} rests on no longer holds`;
  return recordFailure(runtime, held, { error: new TammaError('INTERRUPTED', why), spool: toSpooled([]) });
}

/** A claim that was taken over, or ended by a person: nothing is published, and what was paid for goes on record. */
async function keepPaid(
  { handOver: folder }: ActionContext,
  runtime: Runtime,
  { ticket, needs }: Omit<Order, 'held'>,
): Promise<void> {
  if (workflowRunOf(runtime.host.holder.runId) !== ticket.workflowRun) return;
  const paid = await takePaid(folder, ticket, handedBy(workerOf(ticket, needs)));
  await recordBatches(runtime, paid);
}

function workerOf({ jobs }: Ticket, { work, verify }: NeededJobs) {
  return jobs.includes('work') ? work : verify;
}

async function publishHandedOver(
  context: ActionContext,
  runtime: Runtime,
  { held, ticket, needs }: Order,
): Promise<StepReport> {
  let handOver: HandOver;
  try {
    handOver = await takeChecked(context, runtime, { held, ticket, needs });
  } catch (thrown) {
    const error = findDeath(ticket, needs) ?? toTammaError(thrown);
    const told = handedBy(workerOf(ticket, needs));
    const spool = toSpooled(await takePaid(context.handOver, ticket, told));
    return recordFailure(runtime, held, { error, spool });
  }
  const spool = toSpooled(handOver.spooled);
  try {
    return await finishStep(runtime, held, { outcome: handOver.outcome, spool });
  } catch (thrown) {
    return recordFailure(runtime, held, { error: toTammaError(thrown), spool });
  }
}

async function takeChecked(
  { handOver: folder }: ActionContext,
  runtime: Runtime,
  { held, ticket, needs }: Order,
): Promise<HandOver> {
  const told = handedBy(workerOf(ticket, needs));
  const handOver = await takeHandOver(runtime, folder, { held, ticket, told });
  await checkRuleApproval(runtime, ticket.issue, handOver.outcome);
  if (ticket.jobs.includes('work')) checkVerdict(ticket, handOver, handedBy(needs.verify));
  return { ...handOver, outcome: await withOwnRequest(runtime, held, handOver.outcome) };
}

/** A job that the step needed and that did not end well: it says more than the files it did not leave. */
function findDeath({ jobs, stepId }: Ticket, { work, verify }: NeededJobs): TammaError | undefined {
  const dead = Object.entries({ work, verify }).find(
    ([name, job]) => jobs.includes(name) && (job?.result === 'failure' || job?.result === 'cancelled'),
  );
  if (!dead) return undefined;
  const [name, job] = dead;
  const how = job?.result === 'cancelled' ? 'was cancelled' : 'died';
  return new TammaError('INTERRUPTED', `the job ${name} ${how} before ${stepId} ended`);
}

function toSpooled(events: readonly NewEvent[]): Spooled {
  return { events: () => events, remove: () => {} };
}
