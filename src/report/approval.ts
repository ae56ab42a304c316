import type { ApprovalKind } from '../core/events/parts.ts';
import type { LoopState } from '../core/state.ts';
import { findApprovalKind } from '../core/vocabulary.ts';
import { formatTime } from '../lib/quantities.ts';
import { listConcerns } from './concerns.ts';
import { renderEvidence } from './evidence.ts';
import { describeChange } from './facts.ts';
import { renderGates } from './gates-table.ts';
import { renderWaitHeadline } from './headline.ts';
import { code, details, fence, fitBody, joinSections, link } from './markdown.ts';
import { renderPlan } from './plan.ts';
import { type RenderOptions, whoMay, writeCommand } from './render-options.ts';
import { toCode, toFence, toInline } from './untrusted.ts';

export type ApprovalOptions = RenderOptions & {
  /** The issue as the model saw it: the approver sees the same, byte for byte. */
  issueText?: string;
};

/**
 * What a person is asked to approve, bound to a digest: first the command, then why it is asked, then the whole of what
 * it stands for. `state.requestedApproval` says what is asked; without it the plan or, once there is a pull request,
 * the merge.
 */
export function renderApprovalRequest(state: LoopState, options: ApprovalOptions): string {
  const kind = findApprovalKind(state);
  const hint = `The whole is in ${code(`tamma status --issue ${options.issue} --json`)}: read it there before you approve.`;
  return fitBody(
    joinSections([renderWaitHeadline(state, 'approval'), renderApprovalCommands(state, options)]),
    kind === 'merge' ? renderMerge(state) : renderDesign(state, options),
    '',
    hint,
  );
}

/** The part that is given: which command, by whom, until when, and why a person is asked. */
export function renderApprovalCommands(state: LoopState, options: RenderOptions): string {
  const kind = findApprovalKind(state);
  return joinSections([
    renderCommands(state, kind, options),
    renderReasons(state.requestedApproval?.reasons ?? []),
  ]);
}

function renderCommands(state: LoopState, kind: ApprovalKind, options: RenderOptions): string {
  const { requestedApproval: requested, head, design } = state;
  const digest = requested?.digest ?? (kind === 'merge' ? head?.sha : design?.digest) ?? '';
  const until = requested ? `, until ${formatTime(requested.expiresAt)}` : '';
  const feedback =
    options.commandPrefix === '/tamma' ? 'what should be different' : '"what should be different"';
  const byReview = kind === 'merge' && options.commandPrefix === '/tamma';
  return joinSections([
    `**${whoMay(options)} approves** exactly this ${kind === 'merge' ? 'head' : 'plan'}${until}:`,
    fence(writeCommand(options, 'approve', digest)),
    [
      ...(byReview ? ['An approving review of the pull request does the same.'] : []),
      `To have it changed: ${code(writeCommand(options, 'revise', feedback))}.`,
      `To end it: ${code(writeCommand(options, 'stop'))}.`,
    ].join(' '),
  ]);
}

function renderReasons(reasons: readonly string[]): string {
  if (reasons.length === 0) return '';
  return `**Asked because** ${reasons.map((reason) => toInline(reason)).join('; ')}.`;
}

function renderDesign(state: LoopState, { issueText }: ApprovalOptions): string {
  const { design, context } = state;
  if (!design) return '';
  const commands = Object.values(context?.commands ?? {}).filter((command) => command !== null);
  const removed = Object.entries(context?.removed ?? {}).map(([kind, count]) => `${count} × ${kind}`);
  return joinSections([
    `#### Plan${design.revision > 1 ? `, revision ${design.revision}` : ''}`,
    renderPlan(design.plan),
    commands.length > 0 &&
      `**Commands it may run:** ${commands.map((command) => toCode(command)).join(', ')}`,
    context && `**Base:** ${toCode(context.baseBranch)} at ${code(context.baseSha)}`,
    removed.length > 0 && `**Hidden text taken out of the issue:** ${removed.join(', ')}`,
    issueText && details('The issue as the model saw it', toFence(issueText)),
  ]);
}

function renderMerge(state: LoopState): string {
  const { pull, head, design } = state;
  const change = describeChange(state);
  const concerns = listConcerns(state);
  const where = [
    pull && link(`pull request #${pull.number}`, pull.url),
    head && `head ${code(head.sha)}`,
    change,
  ];
  return joinSections([
    where.filter((part) => part).join(' · '),
    design && toInline(design.plan.summary),
    concerns.length > 0 && `**Look at this first:**\n\n${concerns.map((line) => `- ${line}`).join('\n')}`,
    renderGates(state),
    renderEvidence(state),
  ]);
}
