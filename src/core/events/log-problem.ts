/**
 * What can be wrong with a log. Only `clock` is a note and no damage: wrong clocks do no harm.
 * `invalid-line`: no event at all. `schema`: an event of no shape that is known. `edited`: another event than the one its
 * hash was made of. `removed`, `inserted`, `reordered`: lines in another order than they were written in. `rewritten`: what
 * stands there is whole, but not what once was. `tail`: the end is missing, or too much. `foreign`: something that Tamma
 * did not write. `signature`: signed by none of the keys. `index`: a cache beside the log does not fit it. `archive`: what
 * was moved elsewhere is not there as it was.
 */
export const problemKinds = [
  'invalid-line',
  'schema',
  'edited',
  'removed',
  'inserted',
  'reordered',
  'duplicate-id',
  'rewritten',
  'tail',
  'foreign',
  'signature',
  'index',
  'archive',
  'clock',
] as const;
export type ProblemKind = (typeof problemKinds)[number];

export type LogProblem = {
  /** The first position it concerns, where one can be told. */
  position: number | null;
  /** Where the damaged text stands: file and line, or table and row. */
  place: string;
  kind: ProblemKind;
  message: string;
};

export function isDamage({ kind }: LogProblem): boolean {
  return kind !== 'clock';
}

/** Not wrong with the lines themselves. */
export function isBeside({ kind }: LogProblem): boolean {
  return kind === 'foreign' || kind === 'index' || kind === 'archive' || kind === 'signature';
}

export type ProblemList = {
  add(problem: LogProblem): LogProblem;
  /** Lines first, then what is beside them, then notes; each by position, what has none last. */
  list(): LogProblem[];
  /** How many there are besides those in the list. */
  omitted(): number;
  count(): number;
  some(test: (problem: LogProblem) => boolean): boolean;
};

/** Nobody reads more, and a log that is damaged all over must not fill the memory. */
const KEPT = 1000;

export function createProblemList(): ProblemList {
  const damage: LogProblem[] = [];
  const notes: LogProblem[] = [];
  let omitted = 0;
  return {
    add(problem) {
      const list = isDamage(problem) ? damage : notes;
      if (list.length < KEPT) list.push(problem);
      else omitted += 1;
      return problem;
    },
    list: () => [
      ...byPosition(damage.filter((problem) => !isBeside(problem))),
      ...byPosition(damage.filter(isBeside)),
      ...byPosition(notes),
    ],
    omitted: () => omitted,
    count: () => damage.length + notes.length + omitted,
    some: (test) => damage.some(test) || notes.some(test),
  };
}

function byPosition(problems: readonly LogProblem[]): LogProblem[] {
  const at = ({ position }: LogProblem) => position ?? Number.MAX_SAFE_INTEGER;
  return problems.toSorted((a, b) => at(a) - at(b));
}
