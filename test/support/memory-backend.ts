import type { NewObject } from '../../src/lib/git-object-format.ts';
import type { LogBackend, ParkedRef, PublishOutcome } from '../../src/stores/git-branch/log-backend.ts';
import { readWithBelow } from '../../src/stores/git-branch/read-with-below.ts';

export type MemoryBranch = {
  objects: Map<string, NewObject>;
  commit: string | null;
  parked: Map<string, ParkedRef>;
};

export function createMemoryBranch(): MemoryBranch {
  return { objects: new Map(), commit: null, parked: new Map() };
}

/** What each call asked for, in order. */
export type Asked = { call: 'sync' | 'read' | 'below' | 'publish' | 'park' | 'unpark'; ids: number };

/** A branch without git: compare-and-swap and all, for thousands of appends in a moment. */
export function createMemoryBackend(branch: MemoryBranch, asked: Asked[] = []): LogBackend {
  const keep = (objects: readonly NewObject[]) => {
    for (const object of objects) branch.objects.set(object.id, object);
  };
  const done = (outcome: PublishOutcome) => Promise.resolve(outcome);
  return {
    place: 'memory',
    sync(known, stop) {
      asked.push({ call: 'sync', ids: 0 });
      const parked = [...branch.parked.values()];
      return Promise.resolve({ commit: stop?.(parked) ? known : branch.commit, parked });
    },
    read(ids, { below = false } = {}) {
      asked.push({ call: below ? 'below' : 'read', ids: ids.length });
      return readWithBelow((id) => Promise.resolve(branch.objects.get(id)), ids, below);
    },
    findFormat: () => Promise.resolve('sha1'),
    publish({ from, to, objects, taken }) {
      asked.push({ call: 'publish', ids: objects.length });
      const isThere = taken.every(({ ref, id }) => branch.parked.get(ref)?.id === id);
      if (branch.commit !== from || !isThere) return done({ status: 'raced', reason: 'another was first' });
      keep(objects);
      branch.commit = to;
      for (const { ref } of taken) branch.parked.delete(ref);
      return done({ status: 'published' });
    },
    park({ ref, id, objects }) {
      asked.push({ call: 'park', ids: objects.length });
      if (branch.parked.has(ref)) return done({ status: 'raced', reason: 'it is there' });
      keep(objects);
      branch.parked.set(ref, { ref, id });
      return done({ status: 'published' });
    },
    unpark(refs) {
      asked.push({ call: 'unpark', ids: refs.length });
      for (const { ref } of refs) branch.parked.delete(ref);
      return Promise.resolve();
    },
    clone: () => Promise.reject(new Error('a branch in memory has no repository')),
    close() {},
  };
}
