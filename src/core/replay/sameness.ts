import type { LoggedEvent } from '../events/event.ts';

/** Where two events differ that should say the same. `path` is in the event: `type`, `data.exitCode`, `metadata.actor.kind`. */
export type EventDifference = { path: string; recorded: unknown; replayed: unknown };

/** A difference beside the point, and the position in the log it is at. */
export type Aside = EventDifference & { position: number };

/** Compares a log with one that was made again, event by event and in order. */
export type Sameness = {
  /** The first difference that counts; undefined where both say the same. */
  compare(recorded: LoggedEvent, replayed: LoggedEvent): EventDifference | undefined;
  /** What differed so far and decided nothing: numbers in texts for people, fields that the log did not have yet. */
  asides(): readonly Aside[];
  /** Both stand for the same thing from here on: a commit, a digest. */
  equate(recorded: string, replayed: string): void;
  /** What the recorded ids and digests in a text are called in the log that was made again. */
  translate(text: string): string;
  /** Whether this id or digest of the log has been met. */
  knows(recorded: string): boolean;
};

/** What clocks, machines and prices put into events: it says nothing about what was decided or done. */
const CHANCE = new Set([
  ...['durationMs', 'leaseUntil', 'expiresAt', 'until', 'holder', 'onPosition', 'since'],
  ...['requestId', 'requestDigest', 'responseDigest', 'bodyDigest', 'estimatedUsd', 'costUsd', 'priceAsOf'],
  ...['sandbox', 'measured', 'output', 'help', 'permission', 'url'],
  // Kept beside the log, or not.
  ...['content', 'diff', 'log'],
]);

/** Digests of contents that the recorded answers determine: equal, and not only the same at the same places. */
const EXACT = /^data\.testFiles\./;

/** Texts for people: a count in them is what a machine measured. */
const TOLD = /\.(?:summary|notes\.\d+|message|reason|because)$/;
const NUMBER = /\d+(?:\.\d+)?/g;

const HEX = /\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?\b/g;
const DURATION = /\b\d+(?:\.\d+)? ?(?:ms|s|min|h)\b(?: \d+ (?:s|min)\b)?/g;

/**
 * Ids and digests are other ones whenever something is made again, so they are compared by what they stand for: each must
 * stand for one and the same on either side, wherever it comes up.
 */
export function createSameness(): Sameness {
  const forward = new Map<string, string>();
  const backward = new Map<string, string>();
  const asides: Aside[] = [];
  let position = 0;

  function equate(recorded: string, replayed: string): void {
    forward.set(recorded, replayed);
    backward.set(replayed, recorded);
  }

  /** A short form stands for the long one that begins with it. */
  function lookUp(names: Map<string, string>, hex: string): string | undefined {
    const exact = names.get(hex);
    if (exact) return exact;
    for (const [from, to] of names) if (from.startsWith(hex)) return to.slice(0, hex.length);
    return undefined;
  }

  function isSameHex(recorded: string, replayed: string): boolean {
    const [expected, claimed] = [lookUp(forward, recorded), lookUp(backward, replayed)];
    if (expected === undefined && claimed === undefined) equate(recorded, replayed);
    else if (expected !== replayed && claimed !== recorded) return false;
    return recorded.length === replayed.length;
  }

  function isSameText(recorded: string, replayed: string): boolean {
    if (recorded === replayed && recorded.search(HEX) === -1) return true;
    const [a, b] = [strip(recorded), strip(replayed)];
    if (a.rest !== b.rest || a.found.length !== b.found.length) return false;
    return a.found.every((hex, index) => isSameHex(hex, b.found[index] ?? ''));
  }

  function compareValues(path: string, recorded: unknown, replayed: unknown): EventDifference | undefined {
    if (CHANCE.has(path.split('.').at(-1) ?? '')) return undefined;
    if (typeof recorded === 'string' && typeof replayed === 'string') {
      const same = EXACT.test(path) ? recorded === replayed : isSameText(recorded, replayed);
      if (same) return undefined;
      if (!TOLD.test(path) || !isSameText(maskNumbers(recorded), maskNumbers(replayed)))
        return { path, recorded, replayed };
      asides.push({ position, path, recorded, replayed });
      return undefined;
    }
    if (!isRecord(recorded) || !isRecord(replayed))
      return Object.is(recorded, replayed) ? undefined : { path, recorded, replayed };
    for (const key of new Set([...Object.keys(recorded), ...Object.keys(replayed)])) {
      if (CHANCE.has(key)) continue;
      if (!(key in recorded) && !Array.isArray(recorded)) {
        asides.push({ position, path: `${path}.${key}`, recorded: undefined, replayed: replayed[key] });
        continue;
      }
      const found = compareValues(`${path}.${key}`, recorded[key], replayed[key]);
      if (found) return found;
    }
    return undefined;
  }

  return {
    equate,
    asides: () => asides,
    knows: (recorded) => lookUp(forward, recorded) !== undefined,
    translate: (text) => text.replace(HEX, (hex) => lookUp(forward, hex) ?? hex),
    compare(recorded, replayed) {
      position = recorded.position;
      if (recorded.type !== replayed.type)
        return { path: 'type', recorded: recorded.type, replayed: replayed.type };
      const [was, is] = [recorded.metadata.actor.kind, replayed.metadata.actor.kind];
      if (was !== is) return { path: 'metadata.actor.kind', recorded: was, replayed: is };
      const [step, again] = [recorded.tags.stepId, replayed.tags.stepId];
      if (step !== again) return { path: 'tags.stepId', recorded: step, replayed: again };
      return compareValues('data', recorded.data, replayed.data);
    },
  };
}

function strip(text: string): { rest: string; found: string[] } {
  const found: string[] = [];
  const rest = text
    .replace(UUID, '(id)')
    .replace(TIME, '(time)')
    .replace(DURATION, '(duration)')
    .replace(HEX, (hex) => {
      found.push(hex);
      return '(hash)';
    });
  return { rest, found };
}

function maskNumbers(text: string): string {
  return strip(text).rest.replace(NUMBER, '(number)');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
