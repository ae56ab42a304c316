import { sha256 } from '../../core/digest.ts';
import type { ContentStore } from '../../ports/content-store.ts';

/** Where nothing is to be kept: digests are told all the same. */
export function createNoContent(): ContentStore {
  return {
    kind: 'none',
    place: 'nowhere',
    put: (content) => Promise.resolve(sha256(content)),
    get: () => Promise.resolve(undefined),
    async *list() {},
    prune: () => Promise.resolve(0),
    rotate: () => Promise.resolve({ rotated: 0, left: [] }),
    close: () => Promise.resolve(),
  };
}
