import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../core/digest.ts';
import { TammaError } from '../../core/errors.ts';
import type { NewEvent } from '../../core/events/event.ts';
import { digest } from '../../core/events/parts.ts';
import type { Runtime } from '../runtime.ts';
import {
  type HandOver,
  MAX_HAND_OVER_BYTES,
  readHandOver,
  readPaid,
  readSpooled,
  writeHandOver,
} from './hand-over.ts';
import type { HeldStep } from './held-step.ts';
import { MAX_PACK_BYTES, readPack, writePack } from './pack.ts';
import type { Ticket } from './ticket.ts';
import { bringBase } from './work.ts';

const OUTCOME = 'outcome.json';
const PACK = 'commits.pack';
const SPOOL = 'spool.ndjson';

/** SHA-256 of the files of a hand-over. They travel as outputs of their job, where no other job can change them. */
export const digests = z.strictObject({ outcome: digest, pack: digest.nullable() });
export type Digests = z.infer<typeof digests>;

export function spoolFileIn(folder: string): string {
  return join(folder, SPOOL);
}

/** Writes the outcome and, where there are new commits, their pack. */
export async function saveHandOver(
  runtime: Runtime,
  folder: string,
  { ticket, handOver }: { ticket: Ticket; handOver: HandOver },
): Promise<Digests> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (handOver.head) await writePack(join(folder, PACK), await rangeOf(runtime, ticket, handOver.head));
  const text = writeHandOver(ticket, handOver, runtime.redactor.redact);
  if (Buffer.byteLength(text) > MAX_HAND_OVER_BYTES)
    throw new TammaError('POLICY_VIOLATION', `the outcome is larger than ${MAX_HAND_OVER_BYTES} bytes`);
  await writeFile(join(folder, OUTCOME), text, { mode: 0o600 });
  const pack = handOver.head ? sha256(await readFile(join(folder, PACK))) : null;
  return { outcome: sha256(text), pack };
}

/**
 * The hand-over of a job before, its commits in the repository. Throws HAND_OVER_DAMAGED where the files are not those
 * that the job made, and HAND_OVER_REFUSED where it should not have made them.
 */
export async function takeHandOver(
  runtime: Runtime,
  folder: string,
  { held, ticket, told }: { held: Pick<HeldStep, 'claim'>; ticket: Ticket; told: unknown },
): Promise<HandOver> {
  const expected = readDigests(told);
  const handOver = readHandOver(ticket, await readOutcome(folder, expected));
  if ((handOver.head === null) !== (expected.pack === null)) throw damaged('its commits are not there');
  if (handOver.head && expected.pack) {
    await bringBase(runtime, held.claim);
    await readChecked(join(folder, PACK), expected.pack, MAX_PACK_BYTES);
    await readPack(join(folder, PACK), await rangeOf(runtime, ticket, handOver.head));
  }
  return handOver;
}

/** Model calls of a job whose outcome is not taken: paid for, so on record, whatever else is wrong with it. */
export async function takePaid(folder: string, ticket: Ticket, told: unknown): Promise<NewEvent[]> {
  try {
    return readPaid(ticket, await readOutcome(folder, readDigests(told)));
  } catch {
    return takeSpool(folder, ticket);
  }
}

/** The same of a job that was cut off before it came to an outcome. */
async function takeSpool(folder: string, ticket: Ticket): Promise<NewEvent[]> {
  const file = spoolFileIn(folder);
  if (!existsSync(file) || (await stat(file)).size > MAX_HAND_OVER_BYTES) return [];
  const [, ...lines] = (await readFile(file, 'utf8')).split('\n');
  try {
    return readSpooled(ticket, lines.flatMap(parseLine));
  } catch {
    return []; // whoever could forge them could as well have left them out
  }
}

/** A last line that the kill cut off is passed over. */
function parseLine(line: string): unknown[] {
  try {
    return line ? [JSON.parse(line)] : [];
  } catch {
    return [];
  }
}

/** What the other side has already: the base, the branch, and the default branch where it was merged in. */
async function rangeOf({ platform, repository }: Runtime, { base, head: before }: Ticket, head: string) {
  const trunk = await platform.branches.getDefault();
  const known = [base, before, trunk.head].filter((sha) => sha !== null);
  for (const sha of known) await platform.branches.bring(sha);
  return { gitDirectory: repository.gitDirectory, head, known };
}

function readDigests(told: unknown): Digests {
  const expected = digests.safeParse(told);
  if (expected.success) return expected.data;
  throw damaged('the job before told no digests of it');
}

async function readOutcome(folder: string, { outcome }: Digests): Promise<string> {
  return (await readChecked(join(folder, OUTCOME), outcome, MAX_HAND_OVER_BYTES)).toString();
}

async function readChecked(file: string, expected: string, maxBytes: number): Promise<Buffer> {
  if (!existsSync(file)) throw damaged('it is not there');
  if ((await stat(file)).size > maxBytes) throw damaged('it is too large');
  const content = await readFile(file);
  if (sha256(content) !== expected) throw damaged('its digest is not the one that its job told');
  return content;
}

function damaged(why: string): TammaError {
  return new TammaError('HAND_OVER_DAMAGED', `what the job before handed over cannot be used: ${why}`);
}
