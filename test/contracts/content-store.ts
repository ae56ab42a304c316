import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore, StoredContent } from '../../src/ports/content-store.ts';
import { parseContentKeys } from '../../src/stores/content/content-keys.ts';
import { createContentStore } from '../../src/stores/content/content-store.ts';
import type { SealedStorage } from '../../src/stores/content/sealed-storage.ts';

export type ContentHarness = {
  /** One more handle on the same place; a new process in all but name. */
  open(): SealedStorage;
  /** Everything that lies there, as bytes: what somebody sees who has the place and no key. */
  dump(): Promise<Buffer>;
  /** Changes the last byte of what is stored under this digest. */
  damage(digest: string): Promise<void>;
  remove(): Promise<void>;
};

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
export const makeKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

async function listAll(store: ContentStore): Promise<StoredContent[]> {
  const all: StoredContent[] = [];
  for await (const entry of store.list()) all.push(entry);
  return all;
}

/** What every content store promises, wherever the content lies. */
export function describeContentStore(name: string, create: () => Promise<ContentHarness>): void {
  describe(`content store: ${name}`, () => {
    let harness: ContentHarness;
    let now: Date;
    let opened: ContentStore[];

    const open = (keys = '') => {
      const parsed = keys ? parseContentKeys(keys, 'KEYS') : [];
      const store = createContentStore({
        storage: harness.open(),
        keys: () => parsed,
        clock: { now: () => now },
      });
      opened.push(store);
      return store;
    };

    beforeEach(async () => {
      harness = await create();
      now = new Date('2026-11-20T10:00:00.000Z');
      opened = [];
    });
    afterEach(async () => {
      await Promise.all(opened.map((store) => store.close()));
      await harness.remove();
    });

    it('finds what was put in by its digest, to the letter, also in another process', async () => {
      const texts = ['', 'plain', 'äöü → 漢字 \u0000 \r\n', 'long '.repeat(100_000)];
      const store = open();
      for (const text of texts) expect(await store.put(text, 'log')).toBe(digestOf(text));
      for (const text of texts) expect(await store.get(digestOf(text))).toBe(text);
      await store.close();
      for (const text of texts) expect(await open().get(digestOf(text))).toBe(text);
    });

    it('knows nothing of what was never put, and takes no path for a digest', async () => {
      const store = open();
      expect(await store.get(digestOf('never'))).toBeUndefined();
      for (const name of ['', '../../etc/passwd', 'A'.repeat(64), `${digestOf('x')}/..`]) {
        expect(await store.get(name)).toBeUndefined();
      }
      expect(await listAll(store)).toEqual([]);
      expect(await store.prune(now)).toBe(0);
    });

    it('keeps the same content once, however many put it', async () => {
      const stores = [open(), open(), open()];
      await Promise.all(stores.map((store) => store.put('a diff', 'diff')));
      await Promise.all(stores.map((store) => store.close()));
      const entry = { digest: digestOf('a diff'), kind: 'diff', bytes: 6, storedAt: now.toISOString() };
      expect(await listAll(open())).toEqual([entry]);
    });

    it('lists what it holds, oldest first', async () => {
      const store = open(makeKey('k1'));
      await store.put('b', 'answer');
      now = new Date('2026-11-22T10:00:00.000Z');
      await store.put('a', 'prompt');
      expect((await listAll(store)).map(({ kind, storedAt }) => [kind, storedAt.slice(0, 10)])).toEqual([
        ['answer', '2026-11-20'],
        ['prompt', '2026-11-22'],
      ]);
    });

    it('deletes what was stored before a time, and keeps what was put again since', async () => {
      const store = open();
      for (const text of ['old', 'again']) await store.put(text, 'log');
      now = new Date('2026-11-20T12:00:00.000Z');
      await store.put('noon', 'log');
      now = new Date('2026-12-20T10:00:00.000Z');
      await store.put('again', 'log');
      await store.close();
      const later = open();
      expect(await later.prune(new Date('2026-11-20T11:00:00.000Z'))).toBe(1);
      expect(await Promise.all(['old', 'noon', 'again'].map((text) => later.get(digestOf(text))))).toEqual([
        undefined,
        'noon',
        'again',
      ]);
      expect(await later.prune(new Date('2026-12-01T00:00:00.000Z'))).toBe(1);
      await later.close();
      expect((await listAll(open())).map(({ digest }) => digest)).toEqual([digestOf('again')]);
    });

    it('shows nothing of encrypted content to who has no key', async () => {
      const text = 'the customer is called Wilhelmina Ferguson';
      const store = open(makeKey('k1'));
      const digest = await store.put(text, 'prompt');
      await store.close();
      const seen = await harness.dump();
      expect(seen.includes('Wilhelmina')).toBe(false);
      expect(await listAll(open())).toMatchObject([{ digest, kind: 'prompt', bytes: text.length }]);
      await expect(open().get(digest)).rejects.toMatchObject({ code: 'CONTENT_KEY_MISSING' });
      await expect(open(makeKey('k2')).get(digest)).rejects.toMatchObject({
        code: 'CONTENT_KEY_MISSING',
        details: { digest, key: 'k1' },
      });
      await expect(open(makeKey('k1')).get(digest)).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' });
    });

    it('opens with old keys what they sealed, and seals with the newest', async () => {
      const [first, second] = [makeKey('2025'), makeKey('2026')];
      const before = open(first);
      const digest = await before.put('of last year', 'log');
      await before.close();
      const after = open(`${second}, ${first}`);
      const newer = await after.put('of this year', 'log');
      await after.close();
      expect(await open(`${second}\n${first}`).get(digest)).toBe('of last year');
      expect(await open(second).get(newer)).toBe('of this year');
    });

    it('encrypts everything anew when keys are changed, and leaves what it cannot open', async () => {
      const [first, second] = [makeKey('a'), makeKey('b')];
      const put = async (keys: string, text: string) => {
        const store = open(keys);
        const digest = await store.put(text, 'log');
        await store.close();
        return digest;
      };
      const digests = [await put('', 'plain'), await put(first, 'sealed'), await put(second, 'new')];
      const lost = await put(makeKey('lost'), 'nobody knows');
      now = new Date('2026-11-25T10:00:00.000Z');
      const store = open(`${second} ${first}`);
      expect(await store.rotate()).toEqual({ rotated: 2, left: [lost] });
      expect(await store.rotate()).toEqual({ rotated: 0, left: [lost] });
      await store.close();
      const newest = open(second);
      expect(await Promise.all(digests.map((digest) => newest.get(digest)))).toEqual([
        'plain',
        'sealed',
        'new',
      ]);
      expect((await listAll(newest)).map(({ storedAt }) => storedAt.slice(0, 10))).toEqual(
        Array(4).fill('2026-11-20'),
      );
    });

    it('notices one changed byte, with and without encryption', async () => {
      for (const keys of ['', makeKey('k1')]) {
        const store = open(keys);
        const digest = await store.put(`evidence ${keys}`, 'log');
        await store.close();
        await harness.damage(digest);
        await expect(open(keys).get(digest)).rejects.toMatchObject({
          code: 'CONTENT_CORRUPT',
          details: { digest },
        });
      }
    });
  });
}
