import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Envelope } from './envelope.ts';
import type { Logged, LoggedEvent, NewEvent } from './event.ts';

/** `hash` is the chain's hash at `position`; at position 0 it is 64 zeros. */
export type LogHead = { position: number; hash: string };

/** The head of an empty log. */
export const GENESIS: LogHead = { position: 0, hash: '0'.repeat(64) };

export type LinkFault = { kind: 'position' | 'chain' | 'hash'; message: string };

/**
 * The RFC 8785 form of what the writer gave: `id, type, timestamp, tags, metadata, data`. What the store adds (`v`,
 * `position`, `prevHash`, `hash`) is outside: `v` says how a line is written, so a log written anew in a later format
 * keeps its hashes. Throws a plain Error at a lone surrogate, which JSON cannot carry.
 */
export function toBody(event: NewEvent | Envelope | LoggedEvent): string {
  const { id, type, timestamp, tags, metadata, data } = event;
  return toCanonical({ id, type, timestamp, tags, metadata, data });
}

/** `sha256(prevHash "\n" position "\n" sha256(body))`: position and chain are not in the body, so a retry links anew at no cost. */
export function toHash(previous: LogHead, body: string): string {
  return sha256(`${previous.hash}\n${previous.position + 1}\n${sha256(body)}`);
}

/** The events with the places after `head`, in their order. */
export function linkEvents<E extends NewEvent | Envelope>(
  events: readonly E[],
  head: LogHead,
): (E & Logged)[] {
  let previous = head;
  return events.map((event) => {
    const place = { position: previous.position + 1, hash: toHash(previous, toBody(event)) };
    const linked = { ...event, v: 1 as const, ...place, prevHash: previous.hash };
    previous = place;
    return linked;
  });
}

/**
 * What is wrong with `event` as the successor of `previous`; undefined if nothing is. `body`: the event's own, where
 * it is at hand (`cutBody`).
 */
export function checkLink(event: LoggedEvent, previous: LogHead, body?: string): LinkFault | undefined {
  if (event.position !== previous.position + 1) {
    return {
      kind: 'position',
      message: `position ${event.position} stands where ${previous.position + 1} belongs`,
    };
  }
  if (event.prevHash !== previous.hash) {
    return { kind: 'chain', message: `event ${event.position} does not follow from the one before it` };
  }
  if (event.hash !== toHash(previous, body ?? toBody(event))) {
    return {
      kind: 'hash',
      message: `event ${event.position} is not the one that was written: its hash differs`,
    };
  }
  return undefined;
}

/** RFC 8785 text of a JSON value. */
export function toCanonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('not a JSON value');
  return text;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
