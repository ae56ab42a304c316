import type { GitOptions } from '../../lib/git.ts';
import { checkSha, git } from '../../lib/git.ts';
import { encodePack, formatOf, type NewObject } from '../../lib/git-object-format.ts';
import type { HistoryEntry } from './log-backend.ts';

/** Puts new objects into the object database, checked by git, each flushed to disk. */
export async function storeObjects(objects: readonly NewObject[], options: GitOptions): Promise<void> {
  const format = formatOf(objects[0]?.id ?? '');
  await git(['unpack-objects', '-q', '--strict'], { ...options, input: encodePack(objects, format) });
}

const FIELDS = ['%H', '%P', trailer('Tamma-Position'), trailer('Tamma-Hash')];

function trailer(key: string): string {
  return `%(trailers:key=${key},valueonly,separator=%x20)`;
}

/** git-log(1): each commit with what it changed, newest first. Paths with quotes or control characters come quoted. */
export async function readHistory(commit: string, options: GitOptions): Promise<HistoryEntry[]> {
  const format = `--format=%x01${FIELDS.join('%x02')}`;
  const args = [
    'log',
    '--raw',
    '--no-renames',
    '--no-abbrev',
    '--root',
    format,
    '--end-of-options',
    checkSha(commit),
    '--',
  ];
  const { stdout } = await git(args, options);
  return stdout.toString().split('\x01').slice(1).map(parseEntry);
}

function parseEntry(text: string): HistoryEntry {
  const [header = '', ...lines] = text.split('\n');
  const [commit = '', parents = '', position = '', hash = ''] = header.split('\x02');
  const changes = lines.flatMap((line) => {
    const found = /^:\d+ \d+ [0-9a-f]+ [0-9a-f]+ (\w)\d*\t(.*)$/.exec(line);
    return found?.[1] && found[2] ? [{ status: found[1], path: found[2] }] : [];
  });
  return { commit, parents: parents.split(' ').filter(Boolean), position, hash, changes };
}
