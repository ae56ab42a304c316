import { mkdir, realpath } from 'node:fs/promises';
import picomatch from 'picomatch';
import { checkWorkspacePath } from '../core/policies/path-grammar.ts';
import type { Repository, Sha, TreeEntry } from '../ports/repository.ts';
import type { Workspace } from '../ports/workspace.ts';
import { readBytes, removeFile, withFile, writeBytes } from './file-access.ts';
import { listIgnored } from './ignored.ts';
import { defaultWorkspaceLimits, type WorkspaceLimits } from './limits.ts';
import { createRoot, type Root, refusePath } from './place.ts';
import { resetFolder, type Skipped } from './reset.ts';
import { searchTexts } from './search.ts';
import { takeSnapshot } from './snapshot.ts';
import { walk } from './walk.ts';

export type WorkspaceOptions = {
  repository: Repository;
  /** Made if it is not there; nothing else may use it. */
  directory: string;
  limits?: Partial<WorkspaceLimits>;
};

export type LocalWorkspace = Workspace & {
  /** What the last reset left out of the folder, and why, for people. */
  notes(): string[];
};

const MATCHES = 200;

type Base = { commit: Sha; tree: Sha; entries: ReadonlyMap<string, TreeEntry>; skipped: Skipped };
type State = {
  repository: Repository;
  root: Root;
  limits: WorkspaceLimits;
  base: Base | null;
  written: Set<string>;
};

/** A workspace in a plain folder without `.git`. */
export async function createWorkspace({
  repository,
  directory,
  limits,
}: WorkspaceOptions): Promise<LocalWorkspace> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const root = createRoot(await realpath(directory));
  const state: State = {
    repository,
    root,
    limits: { ...defaultWorkspaceLimits, ...limits },
    base: null,
    written: new Set(),
  };
  return {
    directory: root.directory,
    async reset(commit) {
      state.base = await resetTo(state, commit);
    },
    notes: () =>
      [...(state.base?.skipped ?? [])].map(
        ([path, reason]) => `the link ${JSON.stringify(path)} is left out: ${reason}`,
      ),
    listFiles: (glob) => listFiles(state, glob),
    readText: (path) => settle(() => readText(state, path)),
    hasFile: (path) => settle(() => withFile(root, checkWorkspacePath(path), () => true) ?? false),
    search: (pattern, options = {}) => search(state, pattern, options),
    writeText: (path, content) =>
      settle(() => writeBytes(root, countWrite(state, path, content), Buffer.from(content))),
    deleteFile: (path) => settle(() => void removeFile(root, checkWorkspacePath(path))),
    snapshot: () => takeSnapshot(state),
    readReport: (path) =>
      settle(() => readBytes(root, checkWorkspacePath(path), state.limits.reportBytes)?.toString()),
  };
}

/** Files are reached by short synchronous calls, so that nothing can come between a check and its use. */
function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

async function resetTo({ repository, root }: State, commit: Sha): Promise<Base> {
  const [tree, files] = await Promise.all([repository.treeOf(commit), repository.listFiles(commit)]);
  const entries = new Map(files.map((file) => [file.path, file]));
  return { commit, tree, entries, skipped: await resetFolder({ repository, root, commit, entries }) };
}

async function listFiles({ repository, root, base }: State, glob?: string): Promise<string[]> {
  const matches = glob === undefined ? () => true : picomatch(glob, { dot: true, maxLength: 500 });
  const ignored = await listIgnored(repository.gitDirectory, root.directory, base?.commit ?? null);
  const files = walk(root, ignored).filter((entry) => entry.kind === 'file' && matches(entry.path));
  return files.map((entry) => entry.path).sort();
}

/** Files that are too large or no text are passed over. */
async function search(
  state: State,
  pattern: string,
  { glob, limit = MATCHES }: { glob?: string; limit?: number },
) {
  const texts = (await listFiles(state, glob)).flatMap((path) => {
    const content = withFile(state.root, path, (_, { size }) => size) ?? 0;
    if (content > state.limits.fileBytes) return [];
    const bytes = readBytes(state.root, path, state.limits.fileBytes);
    return bytes && !bytes.includes(0) ? [{ path, text: bytes.toString() }] : [];
  });
  return searchTexts({ pattern, limit, texts, deadlineMs: state.limits.searchMs });
}

function countWrite({ limits, written }: State, path: string, content: string): string {
  checkWorkspacePath(path);
  const size = Buffer.byteLength(content);
  if (size > limits.fileBytes)
    throw refusePath(path, `would have ${size} bytes, ${limits.fileBytes} is the limit`);
  if (!written.has(path) && written.size >= limits.writtenFiles) {
    throw refusePath(
      path,
      `would be file number ${written.size + 1}, ${limits.writtenFiles} is the limit of one run`,
    );
  }
  written.add(path);
  return path;
}

/** The bytes as they are, a byte order mark too. */
function readText({ root, limits }: State, path: string): string {
  const content = readBytes(root, checkWorkspacePath(path), limits.fileBytes);
  if (!content) throw refusePath(path, 'is not there');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    throw refusePath(path, 'is not UTF-8 text', error);
  }
}
