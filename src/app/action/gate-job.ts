import { startRun } from '../chain.ts';
import { withKnownDeaths } from '../dead-runs.ts';
import { checkStartable, passGate } from '../phases/gate.ts';
import { withoutHands } from '../phases/reading-runtime.ts';
import { createTicket } from '../phases/ticket.ts';
import { readState } from '../read-state.ts';
import type { Runtime } from '../runtime.ts';
import { tellingTrouble } from '../tell-trouble.ts';
import { conclude } from './conclude.ts';
import type { ActionContext, ActionResult } from './context.ts';
import { findLease } from './go-on.ts';
import { toOutputs } from './outputs.ts';

/** Claims the next step of the first issue and hands over its ticket; the others get runs of their own. */
export async function gateIssues(context: ActionContext, issues: readonly number[]): Promise<ActionResult> {
  const runtime = withoutHands(await context.runtime());
  const [issue, ...others] = issues;
  for (const other of others) await startRun(runtime, { ...context.chain, lineage: 0 }, other);
  if (issue === undefined) return { exitCode: 0, outputs: { status: 'idle' }, summary: '' };
  return tellingTrouble(runtime, issue, () => gateIssue(context, runtime, issue));
}

async function gateIssue(context: ActionContext, runtime: Runtime, issue: number): Promise<ActionResult> {
  const started = runtime.clock.now().getTime();
  const live = await withKnownDeaths(runtime, await readState(runtime.store, issue));
  const gated = await passGate(live, {
    issue,
    durationMs: () => runtime.clock.now().getTime() - started,
    leaseMinutes: findLease(context, runtime),
    check: (decision) => checkStartable(runtime, decision, issue),
  });
  if ('report' in gated) return conclude(context, runtime, { reports: [gated.report], links: [] });
  const { claim } = gated;
  const ticket = createTicket(runtime, { issue, claim });
  const { stepId, run, because } = claim.decision;
  context.host.print(`claimed ${stepId} of #${issue}, run ${run}: ${because}`);
  return {
    exitCode: 0,
    outputs: {
      ...toOutputs([], 'done'),
      step: stepId,
      issue: String(issue),
      issues: `[${issue}]`,
      position: String(claim.token),
      jobs: ticket.jobs,
      'hand-over': JSON.stringify(ticket),
    },
    summary: '',
  };
}
