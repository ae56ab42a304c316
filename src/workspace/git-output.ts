import type { CommitSummary, FileChange, TreeEntry } from '../ports/repository.ts';

/** `git ls-tree -z --long`: `<mode> <type> <id> <size>\t<path>`. Folders are left out; a submodule has no size. */
export function parseTree(output: string): TreeEntry[] {
  return splitFields(output).flatMap((line) => {
    const [head = '', path = ''] = splitOnce(line, '\t');
    const [mode = '', type = '', sha = '', size = ''] = head.split(/ +/);
    return type === 'tree'
      ? []
      : [{ path, mode: toTreeMode(mode), sha, size: size === '-' ? 0 : Number(size) }];
  });
}

/** Early gits wrote 100664; git itself reads it as 100644 (git-fsck(1), "badFilemode"). */
function toTreeMode(mode: string): TreeEntry['mode'] {
  if (mode === '120000' || mode === '160000' || mode === '100755') return mode;
  return '100644';
}

const statuses = { A: 'added', M: 'modified', D: 'deleted', T: 'type-changed' } as const;

/** `git diff-tree -r -z --raw --no-renames`: `:<mode> <mode> <id> <id> <status>`, then the path, each ended by NUL. */
export function parseChanges(output: string): FileChange[] {
  const fields = splitFields(output);
  const changes: FileChange[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [oldMode = '', newMode = '', oldSha = '', newSha = '', letter = ''] = (fields[index] ?? '')
      .slice(1)
      .split(' ');
    const status = statuses[letter.charAt(0) as keyof typeof statuses] ?? 'modified';
    changes.push({ status, path: fields[index + 1] ?? '', oldMode, newMode, oldSha, newSha });
  }
  return changes;
}

/** What `parseLog` reads: every field, and so every entry, ends with NUL. */
export const LOG_FORMAT = 'tformat:%H%x00%s%x00%b%x00%an%x00%cI';
const LOG_FIELDS = 5;

export function parseLog(output: string): CommitSummary[] {
  const fields = output.split('\0');
  const entries: CommitSummary[] = [];
  for (let index = 0; index + LOG_FIELDS <= fields.length; index += LOG_FIELDS) {
    const [sha = '', subject = '', body = '', authorName = '', date = ''] = fields.slice(
      index,
      index + LOG_FIELDS,
    );
    entries.push({ sha, subject, body: body.trim(), authorName, date: new Date(date).toISOString() });
  }
  return entries;
}

function splitFields(output: string): string[] {
  return output.split('\0').filter((field) => field !== '');
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
