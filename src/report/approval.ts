import type { LoopState } from '../core/state.ts';
import { formatTime } from '../lib/quantities.ts';
import { renderEvidence } from './evidence.ts';
import { renderGates } from './gates-table.ts';
import { code, fence, fitBody, joinSections, link } from './markdown.ts';
import { renderPlan } from './plan.ts';
import { type RenderOptions, writeCommand } from './render-options.ts';
import { toCode, toFence, toInline } from './untrusted.ts';

export type ApprovalOptions = RenderOptions & {
  /** The issue as the model saw it: the approver sees the same, byte for byte. */
  issueText?: string;
};

/**
 * What a person is asked to approve, bound to a digest. The plan stands here in full, and the command is never cut off.
 * `state.requestedApproval` says what is asked; without it the plan or, once there is a pull request, the merge.
 */
export function renderApprovalRequest(state: LoopState, options: ApprovalOptions): string {
  const requested = state.requestedApproval;
  const kind = requested?.kind ?? (state.pull ? 'merge' : 'design');
  const subject = kind === 'merge' ? renderMerge(state) : renderDesign(state, options);
  const title =
    kind === 'merge' ? '### Tamma asks before it merges' : '### Tamma asks for approval of its plan';
  const hint = `The whole is in \`tamma status --issue ${options.issue} --json\`: read it there before you approve.`;
  return fitBody(
    joinSections([title, renderReasons(requested?.reasons ?? [])]),
    subject,
    renderAnswer(state, kind, options),
    hint,
  );
}

function renderReasons(reasons: readonly string[]): string {
  if (reasons.length === 0) return '';
  return `**Why a person is asked:** ${reasons.map((reason) => toInline(reason)).join('; ')}`;
}

function renderDesign(state: LoopState, { issueText }: ApprovalOptions): string {
  const { design, context } = state;
  if (!design) return '';
  const commands = Object.entries(context?.commands ?? {}).filter(([, command]) => command !== null);
  const removed = Object.entries(context?.removed ?? {}).map(([kind, count]) => `${count} × ${kind}`);
  return joinSections([
    renderPlan(design.plan),
    commands.length > 0 &&
      `**Commands it may run:** ${commands.map(([, command]) => toCode(String(command))).join(', ')}`,
    context && `**Base:** ${code(context.baseBranch)} at ${code(context.baseSha)}`,
    removed.length > 0 && `**Hidden text taken out of the issue:** ${removed.join(', ')}`,
    issueText && `**The issue as the model saw it:**\n\n${toFence(issueText)}`,
  ]);
}

function renderMerge(state: LoopState): string {
  const { pull, head, design } = state;
  return joinSections([
    pull && `Pull request ${link(`#${pull.number}`, pull.url)}`,
    head && `**Head:** ${code(head.sha)}`,
    design && toInline(design.plan.summary),
    renderGates(state),
    renderEvidence(state),
  ]);
}

function renderAnswer(state: LoopState, kind: 'design' | 'merge', options: RenderOptions): string {
  const digest =
    state.requestedApproval?.digest ?? (kind === 'merge' ? state.head?.sha : state.design?.digest);
  const until = state.requestedApproval ? ` (until ${formatTime(state.requestedApproval.expiresAt)})` : '';
  const subject = kind === 'merge' ? 'exactly this head' : 'exactly this plan';
  return joinSections([
    `To approve ${subject}${until}:`,
    fence(writeCommand(options, 'approve', digest ?? '')),
    `To have it changed: ${code(writeCommand(options, 'revise', '"what should be different"'))}. To end it: ${code(writeCommand(options, 'stop'))}.`,
  ]);
}
