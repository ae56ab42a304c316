import { git } from '../../../src/lib/git.ts';

export type ChangedFile = {
  path: string;
  previous: string | null;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  sha: string;
  additions: number;
  deletions: number;
  patch: string | null;
};

const STATUS = { A: 'added', D: 'removed', M: 'modified', R: 'renamed', T: 'changed' } as const;

/** What differs between two commits, file by file, with renames found as GitHub finds them. */
export async function parseChanges(directory: string, from: string, to: string): Promise<ChangedFile[]> {
  const args = ['diff-tree', '-r', '-M', '--no-ext-diff', '--no-textconv', '--raw', '--numstat', '-p', '-z'];
  const prefixes = ['--abbrev=40', '--src-prefix=a/', '--dst-prefix=b/'];
  const { stdout } = await git([...args, ...prefixes, from, to], { gitDirectory: directory });
  const text = stdout.toString();
  // -z ends names with NUL; an empty one stands before the patches, which hold none.
  const end = text.lastIndexOf('\0\0diff --git ');
  const fields = (end < 0 ? text : text.slice(0, end)).split('\0');
  const patches = text
    .slice(end + 2)
    .split(/^diff --git .*\n/m)
    .slice(1);
  const { files, rest } = takeRaw(fields);
  const counts = parseCounts(rest);
  return files.map((file, index) => ({
    ...file,
    ...(counts.get(file.path) ?? { additions: 0, deletions: 0 }),
    patch: /^@@[\s\S]*/m.exec(patches[index] ?? '')?.[0].replace(/\n$/, '') ?? null,
  }));
}

type RawFile = Omit<ChangedFile, 'additions' | 'deletions' | 'patch'>;

/** `--raw -z`: a colon, modes, ids and a letter; then one name, or two of a rename. */
function takeRaw(fields: readonly string[]): { files: RawFile[]; rest: readonly string[] } {
  const files: RawFile[] = [];
  let index = 0;
  while (fields[index]?.startsWith(':')) {
    const [, , before = '', after = '', letter = 'M'] = (fields[index] ?? '').split(' ');
    const kind = letter[0] as keyof typeof STATUS;
    const first = fields[index + 1] ?? '';
    const isRename = kind === 'R';
    files.push({
      path: isRename ? (fields[index + 2] ?? '') : first,
      previous: isRename ? first : null,
      status: STATUS[kind],
      sha: kind === 'D' ? before : after,
    });
    index += isRename ? 3 : 2;
  }
  return { files, rest: fields.slice(index) };
}

/** `--numstat -z`: a rename's names follow as two fields of their own. Binary files count as nothing. */
function parseCounts(fields: readonly string[]): Map<string, { additions: number; deletions: number }> {
  const counts = new Map<string, { additions: number; deletions: number }>();
  for (let index = 0; index < fields.length; index += 1) {
    const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(fields[index] ?? '') ?? [];
    if (added === undefined) continue;
    const name = path || (fields[index + 2] ?? '');
    if (!path) index += 2;
    counts.set(name, { additions: Number(added) || 0, deletions: Number(removed) || 0 });
  }
  return counts;
}
