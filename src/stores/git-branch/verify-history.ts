import { StringDecoder } from 'node:string_decoder';
import { checkSha } from '../../lib/git.ts';
import { streamGit } from '../../lib/git-stream.ts';

/** A path that a commit changed against its parent, with git's status letter. `to`: all zeros where it is gone. */
export type HistoryChange = { status: string; path: string; from: string; to: string };

export type HistoryEntry = {
  commit: string;
  parents: readonly string[];
  /** Who made it, as the commit says. */
  author: string;
  message: string;
  /** None for merges. */
  changes: readonly HistoryChange[];
};

const FORMAT = '--format=%H%x02%P%x02%an <%ae>%x02%B';

/**
 * Every commit with what it changed, oldest first (git-log(1), "Raw output format" with -z: neither a message nor a path
 * can hold the NUL that parts them). git lists all commits before it shows the first.
 */
export async function* readHistory(gitDirectory: string, commit: string): AsyncGenerator<HistoryEntry> {
  const args = [
    'log',
    '--reverse',
    '--topo-order',
    '-z',
    '--raw',
    '--no-renames',
    '--no-abbrev',
    '--no-show-signature',
    '--root',
    FORMAT,
    '--end-of-options',
    checkSha(commit),
    '--',
  ];
  let entry: (HistoryEntry & { changes: HistoryChange[] }) | undefined;
  let change: Omit<HistoryChange, 'path'> | undefined;
  for await (const token of splitAtNul(streamGit(args, { gitDirectory }))) {
    const raw = RAW.exec(token);
    if (change) {
      entry?.changes.push({ ...change, path: token });
      change = undefined;
    } else if (raw) {
      change = { from: raw[1] ?? '', to: raw[2] ?? '', status: raw[3] ?? '' };
    } else {
      if (entry) yield entry;
      entry = parseEntry(token);
    }
  }
  if (entry) yield entry;
}

const RAW = /^\n?:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) (\w)\d*$/;

function parseEntry(token: string): HistoryEntry & { changes: HistoryChange[] } {
  const [commit = '', parents = '', author = '', ...message] = token.split('\x02');
  return {
    commit,
    parents: parents.split(' ').filter(Boolean),
    author,
    message: message.join('\x02'),
    changes: [],
  };
}

async function* splitAtNul(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const tokens = (rest + decoder.write(chunk)).split('\0');
    rest = tokens.pop() ?? '';
    yield* tokens;
  }
  if (rest !== '') yield rest;
}

/** What a commit says that an append of ours made. Formats 1 and 2 have these trailers. */
export type Claims = {
  first: number;
  position: number;
  hash: string;
  /** As `Tamma-Signature` has it. */
  signature: { keyId: string; signature: string } | undefined;
};

/** Undefined where the message is not one of ours. */
export function parseClaims(message: string): Claims | undefined {
  const last = message.trimEnd().split('\n\n').at(-1) ?? '';
  const get = (key: string, pattern: string) => new RegExp(`^Tamma-${key}: ${pattern}$`, 'm').exec(last);
  const position = get('Position', '(\\d+)-(\\d+)');
  const hash = get('Hash', 'sha256:([0-9a-f]{64})');
  if (!position || !hash || !get('Append-Id', '\\S+')) return undefined;
  const signed = get('Signature', '([0-9a-f]{16}) ([A-Za-z0-9+/=]+)');
  return {
    first: Number(position[1]),
    position: Number(position[2]),
    hash: hash[1] ?? '',
    signature: signed ? { keyId: signed[1] ?? '', signature: signed[2] ?? '' } : undefined,
  };
}
