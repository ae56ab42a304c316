import type { LoopState } from '../core/state.ts';
import { fence, joinSections } from './markdown.ts';
import { type RenderOptions, writeCommand } from './render-options.ts';
import { toInline } from './untrusted.ts';

/** The questions of this round, with their choices and the command that answers them. */
export function renderQuestions(state: LoopState, options: RenderOptions): string {
  const { questions, ambiguity } = state;
  const reasons = (ambiguity?.reasons ?? []).map((reason) => `- ${toInline(reason)}`).join('\n');
  const asked = questions.map(({ id, question, choices }) => {
    const listed = choices.map((choice, index) => `   ${index + 1}. ${toInline(choice)}`);
    return [`**${id}** ${toInline(question)}`, '', ...listed].join('\n');
  });
  return joinSections([
    '### Tamma asks before it begins',
    ambiguity ? `The issue leaves something open (ambiguity ${Math.round(ambiguity.score)} of 100).` : '',
    reasons,
    ...asked,
    'Answer each with the number of a choice, or in your own words:',
    fence(writeAnswerCommand(state, options)),
    renderSplit(state, options),
  ]);
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
