import type { LoopState } from '../core/state.ts';
import { stepSymbols } from '../core/vocabulary.ts';
import { describeOutcome, type Fact, listFacts, listSteps, type StepView } from './facts.ts';
import { link } from './markdown.ts';
import { toInline } from './untrusted.ts';

/** The loop as a Markdown task list: platforms count it as progress. */
export function renderChecklist(state: LoopState): string {
  return listSteps(state).map(renderStep).join('\n');
}

function renderStep({ row, record, symbol, word, isNext, isDone, facts }: StepView): string {
  const outcome = describeOutcome(record);
  const told = [
    ...(word ? [symbol === stepSymbols.pending ? word : `${symbol} ${word}`] : []),
    ...(outcome ? [toInline(outcome, 160)] : []),
    ...facts.map(renderFact),
  ];
  return `- [${isDone ? 'x' : ' '}] ${[isNext ? `**${row.title}**` : row.title, ...told].join(' · ')}`;
}

/** How far, how long, how much, and where to look: one line. */
export function renderFacts(state: LoopState): string {
  return joinFacts(listFacts(state));
}

export function joinFacts(facts: readonly Fact[]): string {
  return facts.map(renderFact).join(' · ');
}

function renderFact({ text, url }: Fact): string {
  return url ? link(text, url) : text;
}
