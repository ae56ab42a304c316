import type { NewObject } from '../../lib/git-object-format.ts';
import type { GitWire } from '../../lib/git-wire/git-wire.ts';
import { GitWireError } from '../../lib/git-wire/wire-error.ts';
import type { GitObject } from './log-backend.ts';

/** Objects of one repository on the other side: those that were seen lately are at hand. */
export type WireObjects = {
  keep(objects: readonly (GitObject | NewObject)[]): void;
  find(id: string): GitObject | undefined;
  read(ids: readonly string[], below: boolean): Promise<Map<string, GitObject>>;
};

const KEPT_BYTES = 32_000_000;

export function createWireObjects(wire: GitWire): WireObjects {
  const kept = new Map<string, GitObject>();
  let bytes = 0;

  function keep(objects: readonly GitObject[]): void {
    for (const object of objects) {
      if (kept.has(object.id)) continue;
      kept.set(object.id, object);
      bytes += object.content.length;
    }
    for (const [id, { content }] of kept) {
      if (bytes <= KEPT_BYTES) return;
      kept.delete(id);
      bytes -= content.length;
    }
  }

  /**
   * With `tree:0` what is wanted is left out where it was met before inside of something else that is wanted: so the
   * inner ones go first (callers name them last), and what is left out nevertheless is asked for once more.
   */
  async function fetchAll(ids: readonly string[], below: boolean): Promise<Map<string, GitObject>> {
    const found = new Map<string, GitObject>();
    for (let wants = ids.toReversed(); wants.length > 0; ) {
      const { objects, gone } = await fetchSome(wants, below);
      for (const object of objects) found.set(object.id, object);
      const left = wants.filter((id) => !found.has(id) && !gone.has(id));
      if (left.length === wants.length) break;
      wants = left;
    }
    return found;
  }

  /** A server names the first object that it does not have, and gives nothing. */
  async function fetchSome(wants: readonly string[], below: boolean) {
    const gone = new Set<string>();
    for (;;) {
      const rest = wants.filter((id) => !gone.has(id));
      try {
        // Below a commit are its files, and not what came before it: anybody who may push can park any commit.
        const { objects } = await wire.fetch({
          wants: rest,
          ...(below ? { depth: 1 } : { filter: 'tree:0' }),
        });
        return { objects, gone };
      } catch (error) {
        if (!(error instanceof GitWireError && error.kind === 'no-object')) throw error;
        if (!(await wire.capabilities()).anyObject) throw new GitWireError('unsupported', error.message);
        const named = rest.find((id) => error.message.includes(id));
        if (named === undefined && rest.length > 1) throw error;
        gone.add(named ?? rest[0] ?? '');
      }
    }
  }

  return {
    keep,
    find: (id) => kept.get(id),
    async read(ids, below) {
      const missing = below ? [...ids] : ids.filter((id) => !kept.has(id));
      const fetched = missing.length === 0 ? new Map<string, GitObject>() : await fetchAll(missing, below);
      if (below) return fetched;
      keep([...fetched.values()]);
      return new Map(
        ids.flatMap((id) => {
          const object = fetched.get(id) ?? kept.get(id);
          return object ? [[id, object]] : [];
        }),
      );
    },
  };
}
