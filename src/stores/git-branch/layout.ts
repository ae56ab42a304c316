import { createHash } from 'node:crypto';
import { z } from 'zod';
import { toCanonical } from '../../core/events/chain.ts';

/** Format 1 had every folder of `log/` in the tree of the newest commit, and an index of another shape. */
export const FORMAT = 2;

/** One append: a file that is never changed. `number` counts the appends of the month from 0. */
export type BatchName = { month: string; number: number; first: number };

/** `2026-11/00/0012_12345`: at most a hundred files a folder; the position is that of the first event. */
export function toBatchName({ month, number, first }: BatchName): string {
  return `${month}/${folderOf(number)}/${String(number).padStart(4, '0')}_${first}`;
}

export function toBatchPath(name: string): string {
  return `log/${name}.ndjson`;
}

const BATCH_NAME = /^(\d{4}-(?:0[1-9]|1[0-2]))\/(\d{2,})\/(\d{4,})_([1-9]\d*)$/;

/** Undefined where a store would not have written this name. */
export function parseBatchName(name: string): BatchName | undefined {
  const found = BATCH_NAME.exec(name);
  const batch = { month: found?.[1] ?? '', number: Number(found?.[3]), first: Number(found?.[4]) };
  return found && toBatchName(batch) === name ? batch : undefined;
}

/** The same for a path from the root of the branch. */
export function parseBatchPath(path: string): (BatchName & { name: string }) | undefined {
  const name = /^log\/(.+)\.ndjson$/.exec(path)?.[1];
  const batch = name === undefined ? undefined : parseBatchName(name);
  return name !== undefined && batch ? { ...batch, name } : undefined;
}

/** `2026-11/00`: where the file of that append stands. */
export function toFolderName({ month, number }: Pick<BatchName, 'month' | 'number'>): string {
  return `${month}/${folderOf(number)}`;
}

function folderOf(number: number): string {
  return String(Math.floor(number / 100)).padStart(2, '0');
}

/** The month of an append. A clock that went back cannot make it go back. */
export function toMonth(now: Date, previous: string): string {
  const month = now.toISOString().slice(0, 7);
  return month > previous ? month : previous;
}

const milliseconds = z.int().min(0);

/**
 * What the last append left. `index`: id of the folder `state/`; an edit by anybody else shows. `folder`: the earliest
 * and the latest time of the events in the folder of `log/` that is written to (times.ts); format 1 has none.
 */
const headFile = z.strictObject({
  v: z.literal([1, 2]),
  position: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  month: z.string().regex(/^\d{4}-\d{2}$/),
  number: z.int().min(0),
  index: z.string().nullable(),
  folder: z.tuple([milliseconds, milliseconds]).optional(),
});
export type HeadFile = z.infer<typeof headFile>;

export function parseHeadFile(content: Buffer): HeadFile | undefined {
  return parseWith(headFile, content);
}

/** `repository`: a name for this log that nobody else has; format 1 has none. */
const formatFile = z.looseObject({
  format: z.int().min(1),
  createdAt: z.iso.datetime().optional().catch(undefined),
  repository: z.string().max(100).optional(),
});
export type FormatFile = z.infer<typeof formatFile>;

export function parseFormatFile(content: Buffer): FormatFile | undefined {
  return parseWith(formatFile, content);
}

function parseWith<T>(schema: z.ZodType<T>, content: Buffer): T | undefined {
  try {
    return schema.safeParse(JSON.parse(content.toString())).data;
  } catch {
    return undefined;
  }
}

/** Canonical, so that the same content is the same object. */
export function toJsonFile(value: unknown): string {
  return `${toCanonical(value)}\n`;
}

export function toFormatFile(now: Date, repository: string): string {
  return toJsonFile({ format: FORMAT, chain: 'sha256-jcs-v1', createdAt: now.toISOString(), repository });
}

/** What the files of one issue are named after: ids that are no plain number come from outside. */
export function toIssueKey(issue: string): string {
  return /^[1-9]\d{0,9}$/.test(issue) ? issue : `x${toDigest(issue).slice(0, 40)}`;
}

function toDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** One of a hundred files under `state/cold/`. */
export function toBucketName(key: string): string {
  const number = /^\d+$/.test(key) ? Number(key) : Number.parseInt(toDigest(key).slice(0, 8), 16);
  return `${String(number % 100).padStart(2, '0')}.json`;
}

export const README = `# The log of Tamma

This branch is the memory of Tamma (an autonomous development loop that lives in CI) in this repository.
It holds no code, has no common ancestor with other branches, and is written by Tamma only.

- \`log/\` holds one file for each append and one event on each line, in the order of \`position\`. No file in it ever changes.
  After a hundred files a folder is complete: it leaves the newest tree, so that an append costs the same whatever the log
  has grown to, and its id stands in \`folders.ndjson\` of its month: \`git ls-tree -r <id>\` lists it.
- \`head.json\` names the last event, \`state/\` says which files concern which issue, \`format.json\` how to read all this.

Each event is linked to the one before it: \`bodyHash\` is the SHA-256 of the event without \`v\`, \`position\`, \`prevHash\`
and \`hash\` in the form of RFC 8785, and \`hash\` is the SHA-256 of \`prevHash\`, \`position\` and \`bodyHash\`, joined by line feeds.

Please do not edit, squash, rebase or delete this branch: Tamma notices, and stops. \`tamma events verify\` checks all of it.
The branch rules "no deletion" and "no force push" fit; a rule that requires pull requests does not.

To keep the branch out of your clone: \`git config --add remote.origin.fetch '^refs/heads/tamma-events'\`
`;
