import { createGitObjectReader, type GitObject, type GitObjectReader } from './git-object-reader.ts';

type Shared = { reader: GitObjectReader; pending: number; timer: NodeJS.Timeout | undefined };

/** By git directory. */
const shared = new Map<string, Shared>();

/** So long a process that nobody asks stays: the questions of one step come close together. */
const IDLE_MS = 2000;

/** `reader.read` of one process that everybody who asks about this repository shares; it ends when it is idle. */
export async function readShared(gitDirectory: string, name: string): Promise<GitObject | undefined> {
  const entry = shared.get(gitDirectory) ?? open(gitDirectory);
  clearTimeout(entry.timer);
  entry.pending += 1;
  try {
    return await entry.reader.read(name);
  } finally {
    entry.pending -= 1;
    if (entry.pending === 0) entry.timer = setTimeout(() => close(gitDirectory, entry), IDLE_MS).unref();
  }
}

function open(gitDirectory: string): Shared {
  const entry = { reader: createGitObjectReader({ gitDirectory }), pending: 0, timer: undefined };
  shared.set(gitDirectory, entry);
  return entry;
}

function close(gitDirectory: string, { reader }: Shared): void {
  shared.delete(gitDirectory);
  reader.close();
}
