import { hash } from 'node:crypto';
import type { LogHead } from '../events/chain.ts';
import type { Projection } from './projection.ts';

/** A fold of the log up to a position, as it is kept beside the log. */
export type SealedState = LogHead & { projection: string; version: string; state: unknown };

/**
 * The fold up to `head` as a snapshot. The seal covers all of it: a byte that changed somewhere is noticed, and so is a
 * state that stands at another position than the one it is of. It is no signature.
 */
export function sealState<S>(projection: Projection<S>, state: S, { position, hash }: LogHead): SealedState {
  const head = { projection: projection.name, version: projection.version, position, hash };
  const text = JSON.stringify(projection.toJson(state));
  return { ...head, state: { seal: toSeal(head, text), text } };
}

/** The state of a snapshot; undefined where it is damaged, of another version, or none of this projection. */
export function openSealed<S>(projection: Projection<S>, sealed: SealedState): S | undefined {
  if (sealed.projection !== projection.name || sealed.version !== projection.version) return undefined;
  const { seal, text } = (sealed.state ?? {}) as { seal?: unknown; text?: unknown };
  if (typeof text !== 'string' || seal !== toSeal(sealed, text)) return undefined;
  try {
    return projection.fromJson(JSON.parse(text));
  } catch {
    return undefined; // sealed by somebody else: the log itself is read
  }
}

function toSeal(head: Omit<SealedState, 'state'>, text: string): string {
  const { projection, version, position, hash: at } = head;
  return hash('sha256', `${projection}\n${version}\n${position}\n${at}\n${text}`, 'hex');
}
