import { z } from 'zod';
import { digestOf } from '../../core/digest.ts';
import { TammaError } from '../../core/errors.ts';
import { digest, gateId, sha } from '../../core/events/parts.ts';
import { judgeBuild } from '../../gates/build.ts';
import { judgeTests } from '../../gates/tests.ts';
import type { StepContext } from '../../ports/step.ts';
import { prepareGate } from '../../steps/gate-outcome.ts';
import type { Runtime } from '../runtime.ts';
import { createStepContext } from '../step-context.ts';
import type { HandOver } from './hand-over.ts';
import type { HeldStep } from './held-step.ts';
import type { Ticket } from './ticket.ts';

const verdict = z.strictObject({
  v: z.literal(1),
  ticket: digest,
  /** The commit that was judged; null: there was none to judge. */
  head: sha.nullable(),
  passed: z.boolean(),
  gates: z.array(z.strictObject({ gateId, passed: z.boolean(), summary: z.string().max(500) })).max(5),
});

/** What the project's own commands say about a change, in a job that no model and no secret was in. */
export type VerifyVerdict = z.infer<typeof verdict>;

/** Builds and tests the commit that a job with a model has made. A red gate is an answer, not an error. */
export async function verifyHandOver(
  runtime: Runtime,
  { issue, claim }: HeldStep,
  { ticket, handOver }: { ticket: Ticket; handOver: HandOver },
): Promise<VerifyVerdict> {
  const facts = { v: 1, ticket: digestOf(ticket) } as const;
  const { outcome, head } = handOver;
  if (head === null || outcome.status !== 'completed')
    return { ...facts, head: null, passed: true, gates: [] };
  const context = createStepContext(runtime, { issue, claim, spool: undefined });
  const tree = await runtime.repository.treeOf(head);
  const gate = await prepareGate(asIfPublished(context, { sha: head, tree }));
  const build = await judgeBuild(gate);
  const verdicts = build.passed ? [build, await judgeTests(gate)] : [build];
  const gates = verdicts.map(({ gateId, passed, summary }) => ({ gateId, passed, summary }));
  return { ...facts, head, passed: gates.every(({ passed }) => passed), gates };
}

/** Gates judge what the branch holds; this is what it will hold. */
function asIfPublished(context: StepContext, head: { sha: string; tree: string }): StepContext {
  const { platform, state } = context;
  const branch = state.branch ?? 'to be made';
  const branches = { ...platform.branches, find: () => Promise.resolve(head.sha) };
  return { ...context, state: { ...state, head, branch }, platform: { ...platform, branches } };
}

/** Throws VERIFY_FAILED where the change was judged red, and HAND_OVER_REFUSED where nobody judged it. */
export function checkVerdict(ticket: Ticket, { outcome, head }: HandOver, told: unknown): void {
  if (head === null || outcome.status !== 'completed' || !ticket.jobs.includes('verify')) return;
  const parsed = verdict.safeParse(told);
  if (!parsed.success || parsed.data.ticket !== digestOf(ticket) || parsed.data.head !== head)
    throw new TammaError('HAND_OVER_REFUSED', `nobody has verified the commit ${head.slice(0, 12)}`);
  if (parsed.data.passed) return;
  const red = parsed.data.gates.filter(({ passed }) => !passed);
  const words = red.map(({ gateId, summary }) => `${gateId}: ${summary}`).join('; ');
  throw new TammaError('VERIFY_FAILED', `the change was not published: ${words}`);
}
