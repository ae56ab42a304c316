import type { LoopState } from '../core/state.ts';
import { renderWaitHeadline } from './headline.ts';
import { code, fence, joinSections } from './markdown.ts';
import { type RenderOptions, whoMay, writeCommand } from './render-options.ts';
import { toInline } from './untrusted.ts';

/** The questions of this round: first the command that answers them, then what is asked, then why. */
export function renderQuestions(state: LoopState, options: RenderOptions): string {
  const asked = state.questions.map(({ id, question, choices }) => {
    const listed = choices.map((choice, index) => `${index + 1}. ${toInline(choice)}`);
    return [`**${id}** ${toInline(question)}`, '', ...listed].join('\n');
  });
  const [first] = state.questions;
  return joinSections([
    renderWaitHeadline(state, 'answers'),
    `**${whoMay(options)} answers**, each question with the number of a choice or in own words (${code(`${first?.id ?? 'q1'}="own words"`)}):`,
    fence(writeAnswerCommand(state, options)),
    ...asked,
    renderReasons(state),
    renderSplit(state, options),
    `To end it: ${code(writeCommand(options, 'stop'))}.`,
  ]);
}

function renderReasons({ ambiguity }: LoopState): string {
  if (!ambiguity) return '';
  const reasons = ambiguity.reasons.map((reason) => toInline(reason)).join('; ');
  const score = `ambiguity ${Math.round(ambiguity.score)} of 100`;
  return `**Asked because** the issue leaves something open (${score})${reasons ? `: ${reasons}` : ''}.`;
}

/** An issue that is really several can be answered by taking it apart. */
function renderSplit({ split }: LoopState, options: RenderOptions): string {
  if (split.length === 0) return '';
  const parts = split.map(({ title }, index) => `${index + 1}. ${toInline(title)}`).join('\n');
  return joinSections([
    'Or let it be split into issues of their own:',
    parts,
    fence(writeCommand(options, 'answer', 'split')),
  ]);
}

/** An example that can be given as it stands: the first choice of every question. */
export function writeAnswerCommand({ questions }: LoopState, options: RenderOptions): string {
  return writeCommand(options, 'answer', ...questions.map(({ id }) => `${id}=1`));
}
