import type { LoopState } from '../core/state.ts';
import { formatCount, formatUsd } from '../lib/quantities.ts';
import { renderEvidence } from './evidence.ts';
import { renderGates } from './gates-table.ts';
import { code, fitBody, joinSections } from './markdown.ts';
import { renderPlanSteps } from './plan.ts';
import { type RenderOptions, writeCommand } from './render-options.ts';
import { toInline } from './untrusted.ts';

export type PullRequestOptions = RenderOptions & {
  /** What is weaker than it should be (no sandbox, gates turned off), in words of ours. */
  warnings?: readonly string[];
};

/** The body of the pull request: what, why it can be trusted, what it cost, and how a person takes over. */
export function renderPullRequestBody(state: LoopState, options: PullRequestOptions): string {
  const { design } = state;
  const evidence = renderEvidence(state);
  const gates = renderGates(state);
  const head = joinSections([
    `Closes #${options.issue}`,
    design && toInline(design.plan.summary, 2000),
    renderWarnings(options.warnings ?? []),
  ]);
  const middle = joinSections([
    gates && `## Gates\n\n${gates}`,
    evidence && `## Evidence\n\n${evidence}\n\nDecided by exit codes and file hashes, not by a model.`,
    design && `## Plan\n\n${renderPlanSteps(design.plan)}`,
    renderDecisions(state),
  ]);
  return fitBody(
    head,
    middle,
    renderFooter(state, options),
    `The whole is in \`tamma replay --issue ${options.issue}\`.`,
  );
}

function renderWarnings(warnings: readonly string[]): string {
  return warnings.map((warning) => `> **Note:** ${toInline(warning)}`).join('\n>\n');
}

function renderDecisions({ answers, questions, approvals }: LoopState): string {
  const answered = answers.map(({ questionId, answer }) => {
    const question = questions.find((row) => row.id === questionId)?.question ?? questionId;
    return `- ${toInline(question)} – ${toInline(answer)}`;
  });
  const approved = approvals.map(
    ({ kind, by, login, digest }) =>
      `- ${kind} ${code(digest.slice(0, 16))} approved by ${by === 'rule' ? 'the rule for low risk' : code(login)}`,
  );
  const lines = [...answered, ...approved];
  return lines.length > 0 ? `## Decided by people and rules\n\n${lines.join('\n')}` : '';
}

function renderFooter(state: LoopState, options: RenderOptions): string {
  const repairs = state.rounds > 1 ? `, ${formatCount(state.rounds - 1, 'repair')}` : '';
  return joinSections([
    '## Take over',
    `${code(writeCommand(options, 'take-over'))} leaves the rest to you; ${code(writeCommand(options, 'resume'))} gives it back with what you pushed.`,
    `Cost so far: ${formatUsd(state.costUsd)}${repairs}. Log position ${state.position}.`,
  ]);
}
