import { type LoopRow, loop } from '../core/loop.ts';
import type { LoopOutline, LoopState, StepRecord } from '../core/state.ts';
import { stepSymbols, stepWords } from '../core/vocabulary.ts';
import { formatCount, formatDuration, formatUsd } from '../lib/quantities.ts';
import { runUrlOf } from './render-options.ts';

/** What is told about a loop in a few words, for every place where it is told. `url`: where the fact can be looked at. */
export type Fact = { text: string; url?: string | null };

export type StepView = {
  row: LoopRow;
  record: StepRecord;
  symbol: string;
  /** What is said of it besides its title; empty where that says nothing more. */
  word: string;
  isNext: boolean;
  isDone: boolean;
  /** Attempts, time and cost, where there were any. */
  facts: readonly Fact[];
};

/** Steps that look again and again until somebody else is ready: how often says nothing. */
const LOOKING = ['CI_CHECK', 'DEPLOYMENT'];

/** The steps of the loop in order, as every rendering shows them. */
export function listSteps(state: LoopState): StepView[] {
  const isGoing = state.status === 'active' || state.status === 'waiting' || state.status === 'new';
  return loop.map((row) => {
    const record = state.steps[row.id];
    const isNext = isGoing && state.cursor === row.id;
    const isDone = hasEnded(record) && !isAhead(state, row);
    const isAgain = hasEnded(record) && !isDone;
    return {
      row,
      record,
      symbol: stepSymbols[isAgain ? 'pending' : record.status],
      word: isAgain ? (isNext ? 'next' : 'once more') : describeRecord(record),
      isNext,
      isDone,
      facts: listStepFacts(state, row, record),
    };
  });
}

/** What the symbol says, in a word: where it says more than the box of a list. */
function describeRecord({ status }: StepRecord): string {
  return status === 'pending' || status === 'completed' ? '' : stepWords[status];
}

/** What came of it, where the word has not said that already. */
export function describeOutcome({ status, summary }: StepRecord): string {
  return status === 'running' || status === 'waiting' ? '' : summary;
}

/** The loop has gone back to before this step: what it found was about another head. */
function isAhead({ status, cursor }: LoopOutline, row: LoopRow): boolean {
  return status !== 'done' && loop.indexOf(row) >= loop.findIndex(({ id }) => id === cursor);
}

function listStepFacts(state: LoopState, { id }: LoopRow, record: StepRecord): Fact[] {
  const { status, runs, durationMs, costUsd, runId } = record;
  const isLooking = LOOKING.includes(id);
  const url = runUrlOf(state, runId);
  return [
    ...(runs > 1 && !isLooking ? [{ text: formatCount(runs, 'attempt') }] : []),
    ...(durationMs > 0 && !(isLooking && status === 'waiting')
      ? [{ text: formatDuration(durationMs), url }]
      : []),
    ...(costUsd > 0 ? [{ text: formatUsd(costUsd) }] : []),
  ];
}

/** How far it is, how long it took, what it cost, what it changed, and where to look. Nothing in it ticks by itself. */
export function listFacts(state: LoopState): Fact[] {
  const change = describeChange(state);
  const runUrl = runUrlOf(state, state.runId);
  return [
    { text: `${countDone(state)} of ${loop.length} steps` },
    { text: `${formatDuration(sumWork(state))} of work` },
    { text: formatUsd(state.costUsd) },
    ...(state.rounds > 1 ? [{ text: formatCount(state.rounds - 1, 'repair') }] : []),
    ...(change ? [{ text: change }] : []),
    ...(state.pull
      ? [{ text: `pull request #${state.pull.number}`, url: state.pull.url }]
      : state.branch
        ? [{ text: `branch ${state.branch}` }]
        : []),
    ...(runUrl ? [{ text: 'run', url: runUrl }] : []),
  ];
}

/** The same for a list of many: how far, how much, and the pull request. */
export function listShortFacts(state: LoopOutline): Fact[] {
  const { pull } = state;
  return [
    { text: `${countDone(state)} of ${loop.length} steps` },
    { text: formatUsd(state.costUsd) },
    ...(pull ? [{ text: `pull request #${pull.number}`, url: pull.url }] : []),
  ];
}

function countDone(state: LoopOutline): number {
  return loop.filter((row) => hasEnded(state.steps[row.id]) && !isAhead(state, row)).length;
}

function hasEnded({ status }: Pick<StepRecord, 'status'>): boolean {
  return status === 'completed' || status === 'skipped';
}

/** Milliseconds of all steps; what a step that still waits has spent on looking is left out until it has ended. */
export function sumWork({ steps }: LoopState): number {
  return loop.reduce(
    (sum, { id }) =>
      sum + (steps[id].status === 'waiting' && LOOKING.includes(id) ? 0 : steps[id].durationMs),
    0,
  );
}

/** `+120 −4 in 3 files`, once the review has seen the whole change of the present head. */
export function describeChange({ passedGates }: LoopState): string | null {
  const { files, added, removed } = passedGates.review?.measured ?? {};
  if (files === undefined || added === undefined || removed === undefined) return null;
  return `+${added} −${removed} in ${formatCount(files, 'file')}`;
}
