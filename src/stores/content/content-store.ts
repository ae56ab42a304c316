import { sha256 } from '../../core/digest.ts';
import { TammaError } from '../../core/errors.ts';
import type { ContentStore } from '../../ports/content-store.ts';
import type { Clock } from '../../ports/host.ts';
import type { ContentKeys } from './content-keys.ts';
import {
  isDigest,
  MAX_CONTENT_BYTES,
  openContent,
  readHeader,
  type SealedHeader,
  sealContent,
} from './sealed-content.ts';
import type { SealedStorage } from './sealed-storage.ts';

export type ContentStoreOptions = {
  storage: SealedStorage;
  /** Asked for when something is sealed or opened. Empty: nothing is encrypted. May throw KEY_MISSING, CONTENT_KEY_INVALID. */
  keys(): ContentKeys;
  clock: Pick<Clock, 'now'>;
};

/** Content that is put again on another day is kept from then on; within a day it is left as it is. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** The same for every place where content may lie: digests, keys, and what is done with them. */
export function createContentStore({ storage, keys, clock }: ContentStoreOptions): ContentStore {
  async function get(digest: string): Promise<string | undefined> {
    const sealed = isDigest(digest) ? await storage.read(digest) : undefined;
    return sealed && openContent(sealed, { digest, keys: readHeader(sealed)?.key === null ? [] : keys() });
  }

  return {
    kind: storage.kind,
    place: storage.place,
    async put(content, kind) {
      const bytes = Buffer.byteLength(content);
      if (bytes > MAX_CONTENT_BYTES)
        throw new TammaError('UNEXPECTED', `content of ${bytes} bytes is larger than anything that is kept`);
      const digest = sha256(content);
      const [key] = keys();
      const now = clock.now();
      const since = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
      if (await storage.has(digest, since)) return digest;
      const about = { digest, kind, bytes, storedAt: now.toISOString() };
      await storage.write({ ...about, key: key?.id ?? null }, sealContent(content, about, key));
      return digest;
    },
    get,
    async *list() {
      for await (const { digest, kind, bytes, storedAt } of storage.list())
        yield { digest, kind, bytes, storedAt };
    },
    prune: (before) => storage.prune(before),
    async rotate() {
      const [newest] = keys();
      const done = { rotated: 0, left: [] as string[] };
      const old: SealedHeader[] = [];
      for await (const header of storage.list()) if (header.key !== (newest?.id ?? null)) old.push(header);
      for (const header of old) {
        if (await reseal(header)) done.rotated += 1;
        else done.left.push(header.digest);
      }
      return done;
    },
    close: () => storage.close(),
  };

  /** False where it cannot be opened: it stays as it is. */
  async function reseal({ digest, kind, bytes, storedAt }: SealedHeader): Promise<boolean> {
    const [key] = keys();
    const about = { digest, kind, bytes, storedAt };
    try {
      const text = await get(digest);
      if (text === undefined) return true; // deleted meanwhile
      await storage.write({ ...about, key: key?.id ?? null }, sealContent(text, about, key));
      return true;
    } catch (error) {
      const code = error instanceof TammaError ? error.code : undefined;
      if (code === 'CONTENT_KEY_MISSING' || code === 'CONTENT_CORRUPT') return false;
      throw error;
    }
  }
}
