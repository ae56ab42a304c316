import { writeAnchor } from '../core/events/anchor-text.ts';
import type { LoopState } from '../core/state.ts';
import { renderFacts } from './checklist.ts';
import { listConcerns } from './concerns.ts';
import { renderEvidence } from './evidence.ts';
import { renderGates } from './gates-table.ts';
import { code, fitBody, joinSections } from './markdown.ts';
import { renderPlanSteps, renderRisk } from './plan.ts';
import { type RenderOptions, whoMay, writeCommand } from './render-options.ts';
import { toCode, toInline } from './untrusted.ts';

export type PullRequestOptions = RenderOptions & {
  /** What is weaker than it should be (no sandbox, gates turned off), in words of ours. */
  warnings?: readonly string[];
};

/** The body of the pull request: what and why, what to look at, why it can be trusted, what it cost, how to take over. */
export function renderPullRequestBody(state: LoopState, options: PullRequestOptions): string {
  const { design } = state;
  const evidence = renderEvidence(state);
  const gates = renderGates(state);
  const concerns = [...(options.warnings ?? []).map((warning) => toInline(warning)), ...listConcerns(state)];
  const head = joinSections([
    `Closes #${options.issue}`,
    design && toInline(design.plan.summary, 2000),
    concerns.length > 0 && `## Look at this first\n\n${concerns.map((line) => `- ${line}`).join('\n')}`,
  ]);
  const middle = joinSections([
    evidence && `## Evidence\n\n${evidence}\n\nDecided by exit codes and file hashes, not by a model.`,
    gates && `## Gates\n\n${gates}`,
    design && `## Risk\n\n${renderRisk(design.plan)}`,
    design && `## Plan\n\n${renderPlanSteps(design.plan)}`,
    renderDecisions(state),
  ]);
  const hint = `The whole is in ${code(`tamma replay --issue ${options.issue}`)}.`;
  return fitBody(head, middle, renderFooter(state, options), hint);
}

function renderDecisions({ answers, questions, approvals }: LoopState): string {
  const answered = answers.map(({ questionId, answer }) => {
    const question = questions.find((row) => row.id === questionId)?.question ?? questionId;
    return `- ${toInline(question)} – ${toInline(answer)}`;
  });
  const approved = approvals.map(({ kind, by, login, digest }) => {
    const who = by === 'rule' ? 'the rule for low risk' : toCode(login);
    return `- ${kind === 'merge' ? 'head' : 'plan'} ${code(digest.slice(0, 16))} approved by ${who}`;
  });
  const lines = [...answered, ...approved];
  return lines.length > 0 ? `## Decided by people and rules\n\n${lines.join('\n')}` : '';
}

function renderFooter(state: LoopState, options: RenderOptions): string {
  const pulled = { ...state, pull: null, branch: null };
  return joinSections([
    '## Cost',
    `${renderFacts(pulled)} · ${options.anchor ? writeAnchor(options.anchor) : `log position ${state.position}`}`,
    '## Take over',
    `${whoMay(options)} gives ${code(writeCommand(options, 'take-over'))} and pushes to this branch; ${code(writeCommand(options, 'resume'))} hands it back with what was pushed.`,
  ]);
}
