import type { Decision } from '../../core/decide.ts';
import { TammaError } from '../../core/errors.ts';
import { getRow, type StepId } from '../../core/loop.ts';
import { withdrawVoidApproval } from '../approval-standing.ts';
import { checkAnchorFile, checkIssueAnchors, checkNotedAnchors } from '../check-anchors.ts';
import { type ClaimedStep, claimStep, decideHere } from '../claim.ts';
import { deliverPending } from '../deliver-pending.ts';
import { recordEscalation } from '../escalate.ts';
import { recordPutOff } from '../put-off.ts';
import { readState } from '../read-state.ts';
import type { StepReport } from '../reports.ts';
import type { Runtime } from '../runtime.ts';
import { toReport } from '../step-report.ts';

type RunDecision = Extract<Decision, { kind: 'run' }>;

export type GateOptions = {
  issue: number;
  durationMs(): number;
  /** Throws what would stop the step anyway, before anything is written. */
  check(decision: RunDecision): Promise<void>;
  /** How long the claim holds where nobody can tell whether its run lives. */
  leaseMinutes?: number | undefined;
};

/** The step is ours, or this is what was to be done instead. */
export type Gated = { claim: ClaimedStep } | { report: StepReport };

/** Read, decide, claim. What earlier runs could not record is delivered first; who has to be asked is asked. */
export async function passGate(runtime: Runtime, options: GateOptions): Promise<Gated> {
  const { issue, durationMs, check, leaseMinutes } = options;
  await deliverPending(runtime);
  await checkAnchorFile(runtime);
  const state = await readState(runtime.store, issue);
  const decision = decideHere(runtime, state);
  if (decision.kind === 'escalate')
    return { report: await recordEscalation(runtime, { issue, state, decision, durationMs }) };
  if (decision.kind !== 'run')
    return { report: toReport({ issue, state, decision, durationMs: durationMs() }) };
  if (await withdrawVoidApproval(runtime, { issue, state, decision })) return passGate(runtime, options);
  await checkNotedAnchors(runtime, { issue, state, stepId: decision.stepId });
  const putOff = await check(decision).catch((thrown: unknown) =>
    recordPutOff(runtime, { issue, state, decision, durationMs }, thrown),
  );
  if (putOff) return { report: putOff };
  const claim = await claimStep(runtime, issue, { state, decision, leaseMinutes });
  if (!('lost' in claim)) return { claim };
  const lost = { issue, state: claim.state, decision: claim.lost, durationMs: durationMs() };
  return { report: toReport(lost) };
}

/** What would stop the step anyway is said before anything is written. */
export async function checkEquipped(runtime: Runtime, { stepId }: RunDecision, issue: number): Promise<void> {
  const row = getRow(stepId);
  await checkStartable(runtime, { stepId }, issue);
  if (isLeftOut(runtime, stepId)) return;
  if (row.model) await runtime.provider(stepId);
  if (row.sandbox) await runtime.sandbox();
}

/** The part of it that a job can tell which neither holds a model's key nor runs commands. */
export async function checkStartable(
  runtime: Runtime,
  { stepId }: Pick<RunDecision, 'stepId'>,
  issue: number,
): Promise<void> {
  // Commits need a name, and that there is none is told first; an API says who we are when somebody has to know.
  if (runtime.platform.capabilities.issueWrites === 'commit') await runtime.platform.actors.self();
  if (stepId === 'ISSUE_ASSIGNMENT') await checkEligible(runtime, issue);
}

/** Throws ISSUE_NOT_FOUND, ISSUE_INVALID, ISSUE_NOT_ELIGIBLE. An issue named by a person needs no label. */
async function checkEligible(runtime: Runtime, number: number): Promise<void> {
  const issue = await runtime.platform.issues.get(number);
  const { state, isPull } = issue;
  if (isPull) throw new TammaError('ISSUE_NOT_ELIGIBLE', `#${number} is a pull request`);
  if (state === 'closed') throw new TammaError('ISSUE_NOT_ELIGIBLE', `issue ${number} is closed`);
  await checkIssueAnchors(runtime, issue);
}

export function isLeftOut({ config }: Pick<Runtime, 'config'>, stepId: StepId): boolean {
  return config.workflow.skip.some((skipped) => skipped === stepId);
}
