import { readFile } from 'node:fs/promises';
import { TammaError } from '../../core/errors.ts';
import type { Clock } from '../../ports/host.ts';
import { type ContentDirectory, toDay } from './content-directory.ts';
import type { ContentRefs, DayContent } from './content-refs.ts';
import { isDigest, readHeader, type SealedHeader } from './sealed-content.ts';
import type { SealedStorage } from './sealed-storage.ts';

export type ContentBranchOptions = {
  /** What is written waits here until `close`; what a dead run left waiting is delivered by the next one. */
  waiting: ContentDirectory;
  refs: ContentRefs;
  place: string;
  clock: Pick<Clock, 'now'>;
};

/** Content in the repository itself, on a ref for each day; as public as the repository is. */
export function createContentBranch({ waiting, refs, place, clock }: ContentBranchOptions): SealedStorage {
  /** Compare-and-swap until it holds. `decide` is asked anew after a lost race; null: nothing is to be done. */
  async function change(day: string, decide: (content: DayContent | undefined) => Promise<Change | null>) {
    for (let tries = 1; ; tries += 1) {
      const from = await refs.openDay(day);
      const decided = await decide(from);
      if (decided === null) return 0;
      const { files, whole } = decided;
      const rest = [...(from?.blobs.keys() ?? [])].filter((name) => files.get(name) !== null);
      const isEmpty =
        from !== undefined && rest.length === 0 && [...files.values()].every((file) => file === null);
      const done = isEmpty
        ? await refs.remove(day, from.commit)
        : await refs.change(day, { from, files, whole, now: clock.now() });
      if (done) return files.size;
      if (tries >= MAX_TRIES)
        throw new TammaError(
          'LOG_UNREACHABLE',
          `${place} does not come to rest: ${tries} tries were overtaken`,
        );
    }
  }

  async function* headersOf(day: string, commit?: string): AsyncGenerator<SealedHeader> {
    const content = await refs.openDay(day, commit);
    const names = [...(content?.blobs ?? [])].filter(([name]) => isDigest(name));
    const blobs = await refs.read(names.map(([, id]) => id));
    for (const [digest, id] of names) {
      const header = readHeader(blobs.get(id) ?? Buffer.alloc(0));
      if (header?.digest === digest) yield header;
    }
  }

  /** The newest of each, delivered or waiting. */
  async function listAll(): Promise<SealedHeader[]> {
    const newest = new Map<string, SealedHeader>();
    const add = (header: SealedHeader) => {
      const known = newest.get(header.digest);
      if (!known || known.storedAt <= header.storedAt) newest.set(header.digest, header);
    };
    for (const { day, commit } of await refs.days())
      for await (const header of headersOf(day, commit)) add(header);
    for await (const header of waiting.list()) add(header);
    return [...newest.values()].sort((a, b) => (a.storedAt < b.storedAt ? -1 : 1));
  }

  async function deliver(): Promise<void> {
    const byDay = new Map<string, { header: SealedHeader; path: string }[]>();
    for await (const entry of waiting.entries()) {
      const day = toDay(entry.header.storedAt);
      byDay.set(day, [...(byDay.get(day) ?? []), entry]);
    }
    for (const [day, entries] of byDay) {
      const files = new Map<string, Buffer | null>();
      for (const { header, path } of entries) files.set(header.digest, await readFile(path));
      // What stood there under another key must not stay in the history.
      await change(day, (content) => {
        const whole = entries.some(({ header }) => content?.blobs.has(header.digest));
        return Promise.resolve({ files, whole });
      });
      await waiting.remove(entries.map(({ path }) => path));
    }
  }

  function pruneDay(day: string, before: Date): Promise<number> {
    return change(day, async () => {
      const old: string[] = [];
      for await (const { digest, storedAt } of headersOf(day))
        if (Date.parse(storedAt) < before.getTime()) old.push(digest);
      return old.length === 0 ? null : { files: new Map(old.map((digest) => [digest, null])), whole: true };
    });
  }

  return {
    kind: 'branch',
    place,
    has: (digest, since) => waiting.has(digest, since),
    write: (header, sealed) => waiting.write(header, sealed),
    async read(digest) {
      const waits = await waiting.read(digest);
      if (waits) return waits;
      for (const { day, commit } of (await refs.days()).reverse()) {
        const id = (await refs.openDay(day, commit))?.blobs.get(digest);
        if (id !== undefined) return (await refs.read([id])).get(id);
      }
      return undefined;
    },
    async *list() {
      yield* await listAll();
    },
    async prune(before) {
      let count = await waiting.prune(before);
      const last = toDay(before.toISOString());
      const newest = new Map((await listAll()).map(({ digest, storedAt }) => [digest, toDay(storedAt)]));
      for (const { day, commit } of (await refs.days()).filter((other) => other.day <= last)) {
        if (day === last) {
          count += await pruneDay(day, before);
          continue;
        }
        const content = await refs.openDay(day, commit);
        if (!content || !(await refs.remove(day, content.commit))) continue;
        count += [...content.blobs.keys()].filter((digest) => newest.get(digest) === day).length;
      }
      return count;
    },
    close: deliver,
  };
}

type Change = { files: Map<string, Buffer | null>; whole: boolean };

const MAX_TRIES = 10;
