import type { FileChange, Repository, Sha, TreeEntry } from '../ports/repository.ts';

/** A changed file with its text on both sides; null where there is no such side, or where it is binary or too large to read. */
export type TextChange = FileChange & {
  oldText: string | null;
  newText: string | null;
  /** Of the new side; 0 where there is none. */
  bytes: number;
  isBinary: boolean;
};

export type AddedLine = { line: number; text: string };

/** Larger files break a limit of their own and are not read. */
const MAX_READ = 2 * 1024 * 1024;

export type WholeChange = { files: readonly TextChange[]; headFiles: readonly TreeEntry[] };

/** The change with its texts, read from the object database: a diff for people is never parsed. */
export async function readWholeChange(repository: Repository, base: Sha, head: Sha): Promise<WholeChange> {
  const changes = await repository.changes(base, head);
  const headFiles = await repository.listFiles(head);
  const entries = [...(await repository.listFiles(base)), ...headFiles];
  const sizes = new Map(entries.filter(isPlain).map(({ sha, size }) => [sha, size]));
  const wanted = changes.flatMap(({ oldSha, newSha }) => [oldSha, newSha]);
  const readable = [...new Set(wanted)].filter(
    (sha) => (sizes.get(sha) ?? Number.POSITIVE_INFINITY) <= MAX_READ,
  );
  const blobs = await repository.readBlobs(readable);
  const files = changes.map((change) => ({
    ...change,
    oldText: toText(blobs.get(change.oldSha)),
    newText: toText(blobs.get(change.newSha)),
    bytes: sizes.get(change.newSha) ?? 0,
    isBinary: blobs.get(change.newSha)?.includes(0) ?? false,
  }));
  return { files, headFiles };
}

function isPlain({ mode }: { mode: string }): boolean {
  return mode === '100644' || mode === '100755';
}

/** git's own rule: a NUL byte makes a file binary. */
function toText(blob: Buffer | undefined): string | null {
  return blob === undefined || blob.includes(0) ? null : blob.toString();
}

/** Lines of the new text that the old one has not, or not as often: a line that only moved was there before. */
export function listAddedLines({ oldText, newText }: Pick<TextChange, 'oldText' | 'newText'>): AddedLine[] {
  const before = new Map<string, number>();
  for (const line of (oldText ?? '').split(/\r?\n/)) before.set(line, (before.get(line) ?? 0) + 1);
  return (newText ?? '').split(/\r?\n/).flatMap((text, index) => {
    const left = before.get(text) ?? 0;
    if (left === 0) return [{ line: index + 1, text }];
    before.set(text, left - 1);
    return [];
  });
}
