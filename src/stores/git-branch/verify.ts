import type { LogHead } from '../../core/events/chain.ts';
import { GENESIS } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import {
  createLogVerification,
  type LogProblem,
  type LogVerification,
  type VerifyReport,
} from '../../core/events/verification.ts';
import { walkFolder, walkLog } from './batch-files.ts';
import { toLogError } from './git-failures.ts';
import { type IssueIndex, indexBatch, toIndexFiles } from './issue-index.ts';
import { parseBatchPath, parseHeadFile } from './layout.ts';
import { loadInWindows } from './load-files.ts';
import type { LogBackend } from './log-backend.ts';
import { verifyHistory, type WrittenBatch } from './verify-history.ts';

/** Everything about one log: each line, the files they stand in, the files beside them, and how they came to be. */
export async function verifyLog(
  strict: LogBackend,
  commit: string | null,
  anchor: LogHead | undefined,
): Promise<VerifyReport> {
  const backend = toTolerant(strict);
  const stored = await readStoredHead(backend, commit);
  const verification = createLogVerification({ place: 'head.json', anchor, ...(stored ? { stored } : {}) });
  if (commit === null) return verification.finish();
  if (!stored) verification.addProblem(toForeign('head.json', 'head.json is missing or damaged'));

  const indexes = new Map<string, IssueIndex>();
  const written = new Map<string, WrittenBatch>();
  const files = await collect(walkLog(backend, commit));
  for await (const { file, content } of loadInWindows(backend, files.reverse())) {
    const batch = parseBatchPath(file.path);
    if (!batch) {
      verification.addProblem(toForeign(file.path, 'Tamma did not write this file'));
      continue;
    }
    const events = verifyFile(verification, file.path, batch.first, content);
    indexBatch(indexes, { name: batch.name, events });
    const last = events.at(-1);
    if (last)
      written.set(file.path, { first: batch.first, last: { position: last.position, hash: last.hash } });
  }
  const index = verification.isSound() ? await verifyIndex(backend, commit, indexes) : [];
  for (const problem of index) verification.addProblem(problem);
  for (const problem of verifyHistory(await backend.history(commit), written))
    verification.addProblem(problem);
  return verification.finish();
}

async function readStoredHead(backend: LogBackend, commit: string | null): Promise<LogHead | undefined> {
  if (commit === null) return GENESIS;
  const head = parseHeadFile((await backend.read(`${commit}:head.json`))?.content ?? Buffer.alloc(0));
  return head && { position: head.position, hash: head.hash };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function verifyFile(
  verification: LogVerification,
  path: string,
  first: number,
  content: Buffer | undefined,
): LoggedEvent[] {
  const lines = content?.toString().split('\n') ?? [];
  const rest = lines.pop();
  const add = (line: string, index: number) => verification.addLine(line, `${path}, line ${index + 1}`);
  const events = lines.flatMap((line, index) => add(line, index) ?? []);
  // Of a line cut off, the line itself tells, unless only its line feed is missing.
  const last = rest ? add(rest, lines.length) : undefined;
  if (last || !content?.length) {
    const message = content ? 'the file ends in the middle of a line' : 'the file cannot be read';
    verification.addProblem({
      kind: 'invalid-line',
      position: last?.position ?? first,
      place: path,
      message,
    });
  }
  return events;
}

/** The cache must say what the log says: a wrong one would hide events from whoever reads one issue. */
async function verifyIndex(
  backend: LogBackend,
  commit: string,
  indexes: ReadonlyMap<string, IssueIndex>,
): Promise<LogProblem[]> {
  const expected = toIndexFiles(indexes.values());
  const problems: LogProblem[] = [];
  const wrong = (place: string, message: string) =>
    problems.push({ kind: 'index', position: null, place, message });
  const files = await collect(walkFolder(backend, `${commit}:state`, 'state'));
  for await (const { file, content } of loadInWindows(backend, files)) {
    const key = file.path.slice('state/'.length);
    if (expected.get(key) !== content?.toString()) wrong(file.path, 'the index does not fit the log');
    expected.delete(key);
  }
  for (const path of expected.keys()) wrong(`state/${path}`, 'the index is missing');
  return problems;
}

/** A damaged object is a finding, not a failure: it reads as one that is not there. */
function toTolerant(backend: LogBackend): LogBackend {
  return {
    ...backend,
    read: (name) =>
      backend.read(name).catch((thrown: unknown) => {
        const error = toLogError(thrown, backend.place);
        if (error.code === 'LOG_CORRUPT') return undefined;
        throw error;
      }),
  };
}

function toForeign(place: string, message: string): LogProblem {
  return { kind: 'foreign', position: null, place, message };
}
