import { afterEach, describe, expect, test } from 'vitest';
import { git } from '../../../src/lib/git.ts';
import type { ObjectFormat } from '../../../src/lib/git-object-format.ts';
import type { Fetched } from '../../../src/lib/git-wire/git-wire.ts';
import {
  createSampleCommit,
  createWireRepository,
  type SampleCommit,
  type WireRepository,
  type WireRepositoryOptions,
} from '../../support/wire-repository.ts';

const REF = 'refs/heads/log';
const opened: WireRepository[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
});

async function open(options: WireRepositoryOptions = {}): Promise<WireRepository> {
  const repository = await createWireRepository(options);
  opened.push(repository);
  return repository;
}

function push({ wire }: Pick<WireRepository, 'wire'>, commit: SampleCommit, from: string | null, ref = REF) {
  return wire.push({ updates: [{ ref, from, to: commit.id }], objects: commit.objects });
}

const typesOf = ({ objects }: Fetched) => objects.map(({ type }) => type).sort();
const idsOf = ({ objects }: Fetched) => objects.map(({ id }) => id).sort();

describe.each<ObjectFormat>(['sha1', 'sha256'])('a repository of %s', (format) => {
  test('takes commits without any process here, and they are what git calls sound', async () => {
    const home = await open({ format });
    const first = createSampleCommit({ a: 'one\n', b: 'two\n' }, { format });
    const second = createSampleCommit({ a: 'one\n', b: 'three\n' }, { format, parent: first.id });
    expect(await home.wire.listRefs(['refs/heads/'])).toEqual({ refs: new Map(), format });
    expect(await push(home, first, null)).toMatchObject({
      unpacked: true,
      refs: new Map([[REF, { ok: true }]]),
    });
    await push(home, second, first.id);

    expect(await home.wire.listRefs([REF])).toEqual({ refs: new Map([[REF, second.id]]), format });
    expect(await home.git('fsck', '--strict', '--full')).toBe('');
    expect(await home.git('cat-file', 'blob', `${REF}:b`)).toBe('three');
    const fetched = await home.wire.fetch({ wants: [second.id] });
    expect(typesOf(fetched)).toEqual(['blob', 'blob', 'blob', 'commit', 'commit', 'tree', 'tree']);
    expect(fetched.objects.find(({ id }) => id === second.id)?.content.toString()).toContain(
      `parent ${first.id}`,
    );
  });

  test('gives a commit alone, then exactly the trees and blobs that are wanted', async () => {
    const home = await open({ format });
    const commit = createSampleCommit({ a: 'one\n', b: 'two\n' }, { format });
    await push(home, commit, null);
    const head = await home.wire.fetch({ wants: [commit.id], depth: 1, filter: 'tree:0' });
    expect([idsOf(head), head.shallow]).toEqual([[commit.id], [commit.id]]);
    expect(idsOf(await home.wire.fetch({ wants: [commit.tree], filter: 'tree:0' }))).toEqual([commit.tree]);
    const blob = commit.objects[1]?.id ?? '';
    expect(idsOf(await home.wire.fetch({ wants: [blob] }))).toEqual([blob]);
    const inside = await home.wire.fetch({ wants: [blob, commit.tree], filter: 'tree:0' });
    expect(idsOf(inside)).toEqual([blob, commit.tree].sort());
  });
});

describe('fetching', () => {
  test('brings only what came after the commits that are here', async () => {
    const home = await open();
    const first = createSampleCommit({ a: '1\n' });
    const second = createSampleCommit({ a: '2\n' }, { parent: first.id });
    const third = createSampleCommit({ a: '3\n' }, { parent: second.id });
    await push(home, first, null);
    await push(home, second, first.id);
    await push(home, third, second.id);
    const fetched = await home.wire.fetch({ wants: [third.id], haves: [second.id], shallow: [second.id] });
    expect(idsOf(fetched)).toEqual(third.objects.map(({ id }) => id).sort());
    const two = await home.wire.fetch({ wants: [third.id], depth: 2, filter: 'tree:0' });
    expect(idsOf(two)).toEqual([second.id, third.id].sort());
    expect(two.shallow).toEqual([second.id]);
  });

  test('resolves deltas within a pack, and against objects that are here', async () => {
    const home = await open();
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index} ${'x'.repeat(40)}`);
    const first = createSampleCommit({ a: lines.join('\n') });
    const second = createSampleCommit({ a: lines.with(200, 'changed').join('\n') }, { parent: first.id });
    const third = createSampleCommit({ a: lines.with(100, 'other').join('\n') }, { parent: second.id });
    await push(home, first, null);
    await push(home, second, first.id);
    await push(home, third, second.id);
    await home.git('repack', '-q', '-a', '-d', '-f');
    expect(await home.git('verify-pack', '-v', ...(await packs(home)))).toMatch(/chain length = [12]/);

    const all = await home.open().fetch({ wants: [third.id] });
    expect(idsOf(all)).toEqual(
      [first, second, third].flatMap(({ objects }) => objects.map(({ id }) => id)).sort(),
    );
    const known = new Map([...first.objects, ...second.objects].map((object) => [object.id, object]));
    const asked: string[] = [];
    const thin = await home.wire.fetch({
      wants: [third.id],
      haves: [second.id],
      readBase(id) {
        asked.push(id);
        return Promise.resolve(known.get(id));
      },
    });
    expect(idsOf(thin)).toEqual(third.objects.map(({ id }) => id).sort());
    expect(asked).not.toEqual([]);
  });

  test('says so where the object is not there', async () => {
    const home = await open();
    await push(home, createSampleCommit({ a: '1\n' }), null);
    await expect(home.wire.fetch({ wants: ['1'.repeat(40)] })).rejects.toMatchObject({ kind: 'no-object' });
    expect(await home.wire.fetch({ wants: [] })).toEqual({ objects: [], shallow: [] });
  });

  test('says so where the server does not filter, and gets on without', async () => {
    const home = await open({ filter: false });
    const commit = createSampleCommit({ a: '1\n' });
    await push(home, commit, null);
    await home.wire.listRefs(['refs/']);
    const order = { wants: [commit.id], depth: 1 };
    await expect(home.wire.fetch({ ...order, filter: 'tree:0' })).rejects.toMatchObject({
      kind: 'unsupported',
    });
    expect(typesOf(await home.wire.fetch(order))).toEqual(['blob', 'commit', 'tree']);
    expect(await home.wire.capabilities()).toEqual({ protocol: 2, filter: false, anyObject: true });
  });
});

describe.each<ObjectFormat>(['sha1', 'sha256'])(
  'a server of %s that knows only the old protocol',
  (format) => {
    test('is understood all the same', async () => {
      const home = await open({
        format,
        alter: (request) => {
          delete request.headers['git-protocol'];
        },
      });
      const first = createSampleCommit({ a: '1\n' }, { format });
      const second = createSampleCommit({ a: '2\n' }, { format, parent: first.id });
      expect(await home.wire.listRefs(['refs/'])).toEqual({ refs: new Map(), format });
      await push(home, first, null);
      await push(home, second, first.id);
      await push(home, first, null, 'refs/heads/other');
      expect(await home.wire.listRefs([REF])).toEqual({ refs: new Map([[REF, second.id]]), format });
      expect(await home.wire.capabilities()).toEqual({ protocol: 0, filter: true, anyObject: false });
      const wants = [second.id];
      expect(typesOf(await home.wire.fetch({ wants, depth: 1 }))).toEqual(['blob', 'commit', 'tree']);
      expect(typesOf(await home.wire.fetch({ wants, depth: 1, filter: 'tree:0' }))).toEqual(['commit']);
      const news = await home.wire.fetch({ wants, haves: [first.id], shallow: [first.id] });
      expect(idsOf(news)).toEqual(second.objects.map(({ id }) => id).sort());
      await expect(home.wire.fetch({ wants: ['1'.repeat(first.id.length)] })).rejects.toMatchObject({
        kind: 'no-object',
      });
    });
  },
);

describe('pushing', () => {
  test('is a compare-and-swap, in one request', async () => {
    const home = await open();
    const first = createSampleCommit({ a: '1\n' });
    const mine = createSampleCommit({ a: '2\n' }, { parent: first.id });
    const theirs = createSampleCommit({ a: '3\n' }, { parent: first.id });
    await push(home, first, null);
    await push(home, theirs, first.id);
    home.sent.length = 0;
    const lost = await push(home, mine, first.id);
    expect(lost.refs.get(REF)).toMatchObject({ ok: false });
    expect(lost.messages).toContain('but expected');
    expect(home.sent).toMatchObject([{ method: 'POST', service: 'git-receive-pack' }]);
    expect(await home.git('rev-parse', REF)).toBe(theirs.id);
  });

  test('moves, makes and deletes several refs together or not at all', async () => {
    const home = await open();
    const first = createSampleCommit({ a: '1\n' });
    const second = createSampleCommit({ a: '2\n' }, { parent: first.id });
    await push(home, first, null);
    await push(home, first, null, 'refs/inbox/one');
    const objects = second.objects;
    const move = { ref: REF, from: first.id, to: second.id };
    const wrong = [move, { ref: 'refs/inbox/none', from: second.id, to: null }];
    const refused = await home.wire.push({ updates: wrong, objects, atomic: true });
    expect([...refused.refs.values()].map(({ ok }) => ok)).toEqual([false, false]);
    expect(await home.git('rev-parse', REF)).toBe(first.id);
    const right = [move, { ref: 'refs/inbox/one', from: first.id, to: null }];
    const done = await home.wire.push({ updates: right, objects, atomic: true });
    expect([...done.refs.values()]).toEqual([{ ok: true }, { ok: true }]);
    expect(await home.git('for-each-ref', '--format=%(refname)')).toBe(REF);
    const gone = await home.wire.push({ updates: [{ ref: REF, from: second.id, to: null }], objects: [] });
    expect(gone.refs.get(REF)).toEqual({ ok: true });
  });

  test('throws before it sends anything where several refs cannot be moved at once', async () => {
    const home = await open();
    await home.git('config', 'receive.advertiseAtomic', 'false');
    const commit = createSampleCommit({ a: '1\n' });
    const updates = [REF, 'refs/heads/b'].map((ref) => ({ ref, from: null, to: commit.id }));
    const order = { updates, objects: commit.objects, atomic: true };
    await expect(home.wire.push(order)).rejects.toMatchObject({ kind: 'unsupported', mayHaveArrived: false });
    expect(home.sent).toMatchObject([{ method: 'GET' }]);
  });

  test('reports objects that git does not take, and moves nothing', async () => {
    const home = await open();
    const commit = createSampleCommit({ a: '1\n' });
    const objects = commit.objects.filter(({ type }) => type !== 'blob');
    const report = await home.wire.push({ updates: [{ ref: REF, from: null, to: commit.id }], objects });
    expect(report.refs.get(REF)).toEqual({ ok: false, reason: 'missing necessary objects' });
    await git(['config', 'receive.fsckObjects', 'true'], { gitDirectory: home.gitDirectory });
    const odd = createSampleCommit({ '.git': 'no\n' });
    expect(await push(home, odd, null)).toMatchObject({ unpacked: false });
    expect(await home.git('for-each-ref')).toBe('');
  });
});

async function packs(home: WireRepository): Promise<string[]> {
  const { readdir } = await import('node:fs/promises');
  const folder = `${home.gitDirectory}/objects/pack`;
  return (await readdir(folder)).filter((name) => name.endsWith('.idx')).map((name) => `${folder}/${name}`);
}
