import { z } from 'zod';
import { GENESIS, type LogHead } from './chain.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const milliseconds = z.int().min(0);

const archivedPart = z.strictObject({
  v: z.literal(1),
  /** Its file in the archive: lines as they stood in the log, gzipped. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/),
  /** The month it was written in. */
  month: z.string().regex(/^\d{4}-\d{2}$/),
  first: z.int().min(1),
  last: z.int().min(1),
  /** The chain before the first event and after the last one. */
  prevHash: hash,
  hash,
  /** Earliest and latest millisecond of its events, by their ids and their timestamps. */
  times: z.tuple([milliseconds, milliseconds]),
  /** Of the file. */
  sha256: hash,
  bytes: z.int().min(0),
  /** In git: the month's tree, which stays in the history of the branch. */
  tree: z
    .string()
    .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)
    .optional(),
  archivedAt: z.iso.datetime(),
});

/** A stretch of the log that was moved elsewhere, as the log remembers it. */
export type ArchivedPart = z.infer<typeof archivedPart>;

export function toArchiveName(month: string, first: number, last: number): string {
  return `${month}_${first}-${last}.ndjson.gz`;
}

export function toArchivedPart(facts: Omit<ArchivedPart, 'v' | 'name'>): ArchivedPart {
  return { v: 1, name: toArchiveName(facts.month, facts.first, facts.last), ...facts };
}

/** One line for each part. Throws a plain Error that says what is wrong: whoever reads it knows the place. */
export function parseManifest(text: string): ArchivedPart[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('it ends in the middle of a line');
  const parts: ArchivedPart[] = [];
  for (const [index, line] of lines.entries()) {
    const part = parseLine(line);
    const before = sealOf(parts);
    if (!part) throw new Error(`line ${index + 1} cannot be read`);
    if (part.first !== before.position + 1 || part.prevHash !== before.hash || part.last < part.first)
      throw new Error(`line ${index + 1} does not follow from the one before`);
    parts.push(part);
  }
  return parts;
}

/** The chain where the archive ends and the log goes on. */
export function sealOf(parts: readonly Pick<ArchivedPart, 'last' | 'hash'>[]): LogHead {
  const last = parts.at(-1);
  return last ? { position: last.last, hash: last.hash } : GENESIS;
}

function parseLine(line: string): ArchivedPart | undefined {
  try {
    return archivedPart.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
