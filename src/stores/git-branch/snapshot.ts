import { TammaError } from '../../core/errors.ts';
import { GENESIS, type LogHead } from '../../core/events/chain.ts';
import { FORMAT, parseFormatFile, parseHeadFile } from './layout.ts';
import type { LogBackend } from './log-backend.ts';

/** The log as it stands in one commit: everything an append or a read has to know before it looks further. */
export type Snapshot = {
  /** Null: there is no log yet. */
  commit: string | null;
  head: LogHead;
  /** Of the last append; an empty log has no month and the number -1. */
  month: string;
  number: number;
  /** Id of `state/`, null where there is none. Undefined: it is not what the last append left, so nobody may rely on it. */
  index: string | null | undefined;
};

export const EMPTY: Snapshot = { commit: null, head: GENESIS, month: '', number: -1, index: null };

/** Throws LOG_CORRUPT where the branch holds something else than a log. */
export async function openSnapshot(backend: LogBackend, commit: string): Promise<Snapshot> {
  const [format, head, state] = await Promise.all([
    backend.read(`${commit}:format.json`),
    backend.read(`${commit}:head.json`),
    backend.read(`${commit}:state`),
  ]);
  const version = format && parseFormatFile(format.content)?.format;
  if (version !== undefined && version > FORMAT) {
    throw new TammaError('LOG_CORRUPT', `The log has format ${version}; this Tamma reads up to ${FORMAT}.`, {
      help: 'Use the newer version of Tamma that wrote it.',
    });
  }
  const file = head && parseHeadFile(head.content);
  if (!file || version === undefined) {
    const missing = version === undefined ? 'format.json' : 'head.json';
    throw new TammaError(
      'LOG_CORRUPT',
      `${backend.place} is no log of Tamma at commit ${commit}: ${missing} is missing or damaged.`,
    );
  }
  const { position, hash, month, number, index } = file;
  const found = state?.id ?? null;
  return { commit, head: { position, hash }, month, number, index: index === found ? index : undefined };
}

/**
 * Throws LOG_CORRUPT unless `to` comes after `from`: a branch that is only ever appended to cannot lose what it held.
 * Costs one look at each commit in between.
 */
export async function checkDescends(backend: LogBackend, from: string, to: string | null): Promise<void> {
  let current = to ?? undefined;
  while (current !== undefined && current !== from) current = await findParent(backend, current);
  if (current === from) return;
  throw toRewritten(backend.place, from, to);
}

export function toRewritten(place: string, from: string, to: string | null, details = {}): TammaError {
  const now = to === null ? 'is gone' : `was rewritten: it is at ${to}, which does not follow from ${from}`;
  return new TammaError('LOG_CORRUPT', `The history of ${place} ${now}.`, {
    help: `Restore the branch from a clone that still has ${from}; \`tamma events verify\` then checks it.`,
    details: { from, to, ...details },
  });
}

async function findParent(backend: LogBackend, commit: string): Promise<string | undefined> {
  const object = await backend.read(commit);
  const header = object?.content.toString('latin1').split('\n\n', 1)[0] ?? '';
  return /^parent ([0-9a-f]+)$/m.exec(header)?.[1];
}
