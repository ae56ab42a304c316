import type { HeadSignature } from '../core/events/head-signature.ts';
import type { EventStore, Snapshot, SnapshotStore } from '../ports/event-store.ts';
import type { LogSigning } from './log-signing.ts';

/**
 * Snapshots that count only where a key of `events.signing.publicKeys` has signed them. Whoever may push can put one beside
 * the log, with a seal that fits: a day that cost nothing, an issue that is done. Without public keys all of them count.
 * Who has no key keeps none, so that those of the others stay; who has one vouches for what was folded, and so checks every
 * line of it.
 */
export function withSignedSnapshots(store: EventStore, { sign, checkSignature }: LogSigning): EventStore {
  const snapshots: SnapshotStore = {
    async load(projection) {
      const snapshot = await store.snapshots.load(projection);
      if (!snapshot || !checkSignature) return snapshot;
      const { signature } = (snapshot.state ?? {}) as { signature?: Partial<HeadSignature> };
      const { keyId, signature: text } = signature ?? {};
      if (typeof keyId !== 'string' || typeof text !== 'string') return undefined;
      const verdict = checkSignature(toSignable(snapshot), { keyId, signature: text });
      return verdict === 'valid' && snapshot.projection === projection ? snapshot : undefined;
    },
    async save(snapshot) {
      if (!sign && checkSignature) return;
      const signature = sign?.(toSignable(snapshot));
      const state = signature ? { ...(snapshot.state as object), signature } : snapshot.state;
      await store.snapshots.save({ ...snapshot, state });
    },
    remove: (projection) => store.snapshots.remove(projection),
  };
  const read: EventStore['read'] = (query, options) =>
    store.read(query, sign ? { ...options, unchecked: false } : options);
  return sign || checkSignature ? { ...store, snapshots, read } : store;
}

/** The seal stands for all of the snapshot (seal.ts); no log has a name like this. */
function toSignable({ projection, position, state }: Snapshot) {
  const { seal } = (state ?? {}) as { seal?: unknown };
  return { repository: `snapshot ${projection}`, position, hash: String(seal) };
}
