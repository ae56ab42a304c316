import type { CorpusEntry, Placeholders } from '../support/corpus.ts';

/** An entry with its placeholders replaced. */
export type Case = CorpusEntry & { placeholders: Placeholders };

/** What Tamma decided, or null where another room does, and a function for every fact that can be shown here. */
export type Shown = { decision: string | null; facts: Record<string, () => void> };

export type Check = (entry: Case) => Shown | Promise<Shown>;

export const textOf = ({ input }: Case): string => String(input.text);
