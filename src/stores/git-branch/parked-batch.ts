import { z } from 'zod';
import { checkBatch, MAX_BATCH_EVENTS } from '../../core/events/batch.ts';
import { toCanonical } from '../../core/events/chain.ts';
import { type Envelope, envelope } from '../../core/events/envelope.ts';
import { checkNewEvent, isKnown, type LoggedEvent, type NewEvent } from '../../core/events/event.ts';
import { findSchema } from '../../core/events/upcasters.ts';
import { createObject, createTree, type NewObject, type ObjectFormat } from '../../lib/git-object-format.ts';
import type { AppendCondition } from '../../ports/event-store.ts';
import type { BranchObjects } from './branch-objects.ts';
import { parseCommit } from './commit-message.ts';
import type { ParkedRef } from './log-backend.ts';

export const INBOX = 'refs/tamma/inbox/';

/** A batch as its writer gave it, before it has a place in the log. */
export type WaitingBatch = {
  appendId: string;
  events: readonly (NewEvent | Envelope)[];
  condition: AppendCondition | undefined;
};

/** `ref`: where it is parked, if it is. */
export type ParkedBatch = WaitingBatch & { ref: ParkedRef };

const FILE = 'batch.json';

const item = z.strictObject({
  types: z.array(z.string()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
});
const parkedFile = z.strictObject({
  v: z.literal(1),
  appendId: z.uuid(),
  events: z.array(envelope).min(1).max(MAX_BATCH_EVENTS),
  condition: z
    .strictObject({ failIfEventsMatch: z.strictObject({ items: z.array(item) }), after: z.int().min(0) })
    .nullable(),
});

type Wrapping = { identity: { name: string; email: string }; now: Date; format: ObjectFormat };

/** A commit of its own, without parents, and the ref that holds it until somebody takes it along. */
export function parkBatch(
  { appendId, events, condition }: WaitingBatch,
  { identity, now, format }: Wrapping,
): ParkedRef & { objects: NewObject[] } {
  const text = toCanonical({ v: 1, appendId, events, condition: condition ?? null });
  const blob = createObject('blob', `${text}\n`, format);
  const tree = createTree([{ mode: '100644', name: FILE, id: blob.id }], format);
  const who = `${identity.name} <${identity.email}> ${Math.floor(now.getTime() / 1000)} +0000`;
  const lines = [`tree ${tree.id}`, `author ${who}`, `committer ${who}`, '', 'log: a batch that waits', ''];
  const commit = createObject('commit', lines.join('\n'), format);
  return { ref: `${INBOX}${appendId}`, id: commit.id, objects: [blob, tree, commit] };
}

/** So many are looked at: anybody who may push can park, and no commit holds more. */
const MOST_READ = 100;

/** Those of these that are batches, oldest first, in one round. What is something else stays where it is. */
export async function readParked(objects: BranchObjects, all: readonly ParkedRef[]): Promise<ParkedBatch[]> {
  if (all.length === 0) return [];
  const refs = all.toSorted((a, b) => (a.ref < b.ref ? -1 : 1)).slice(0, MOST_READ);
  const found = await objects.readBelow(
    refs.map(({ id }) => id),
    { keep: true },
  );
  const batches: ParkedBatch[] = [];
  for (const ref of refs) {
    const commit = found.get(ref.id) ?? (await objects.find(ref.id));
    const tree = commit?.type === 'commit' ? parseCommit(commit.content).tree : undefined;
    const content = tree && (await objects.findFile(tree, FILE));
    const batch = content ? parseParked(content) : undefined;
    if (batch && ref.ref === `${INBOX}${batch.appendId}`) batches.push({ ...batch, ref });
  }
  return batches.sort((a, b) => (a.appendId < b.appendId ? -1 : 1));
}

function parseParked(content: Buffer): WaitingBatch | undefined {
  try {
    const { appendId, events, condition } = parkedFile.parse(JSON.parse(content.toString()));
    checkBatch(events as unknown as NewEvent[], checkParked);
    return { appendId, events, condition: (condition as AppendCondition | null) ?? undefined };
  } catch {
    return undefined;
  }
}

/** Of a type or a version that we do not know, a later one of us has checked the data. */
function checkParked(event: NewEvent): void {
  if (isKnown(event as unknown as LoggedEvent)) checkNewEvent(event);
  else findSchema(event.type, event.metadata.schemaVersion)?.parse(event.data);
}
