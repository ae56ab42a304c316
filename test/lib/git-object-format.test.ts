import { randomBytes } from 'node:crypto';
import { chmod, truncate } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../../src/lib/git.ts';
import {
  createObject,
  createTree,
  encodePack,
  formatOf,
  type ObjectFormat,
  parseTree,
} from '../../src/lib/git-object-format.ts';
import { createGitObjectReader, type GitObjectReader } from '../../src/lib/git-object-reader.ts';
import { editTree, type TreeChange } from '../../src/lib/git-tree-edit.ts';
import { createGitRepository, type TestRepository } from '../support/git-repository.ts';

let repository: TestRepository;
let reader: GitObjectReader;

beforeEach(async () => {
  repository = await createGitRepository({
    bare: true,
    files: { 'a.txt': 'a', 'a/b.txt': 'b', 'a/c/d.txt': 'd', 'a.b/e.txt': 'e', 'z.bin': '\u0000\n\u0001' },
  });
  reader = createGitObjectReader({ gitDirectory: repository.gitDirectory });
});
afterEach(async () => {
  reader.close();
  await repository.remove();
});

async function readContent(name: string): Promise<Buffer> {
  const object = await reader.read(name);
  if (!object) throw new Error(`nothing at ${name}`);
  return object.content;
}

describe('objects made without git', () => {
  it('have the ids that git gives them', async () => {
    const blob = createObject('blob', 'grün\n', 'sha1');
    expect(await repository.git(['hash-object', '--stdin'], { input: 'grün\n' })).toBe(blob.id);
    const tree = await reader.read('main^{tree}');
    const again = createTree(parseTree(tree?.content ?? Buffer.alloc(0), 'sha1').reverse(), 'sha1');
    expect(again.id).toBe(tree?.id);
  });

  it.each<ObjectFormat>(['sha1', 'sha256'])(
    'arrive whole in a pack that git takes, whatever their size (%s)',
    async (format) => {
      const other = await createGitRepository({ bare: true });
      const directory = `${other.directory}/${format}`;
      await git(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, directory]);
      const blobs = [0, 1, 15, 16, 2047, 2048, 300_000].map((size) =>
        createObject('blob', 'x'.repeat(size), format),
      );
      const tree = createTree(
        blobs.map(({ id }, index) => ({ mode: '100644', name: `f${index}`, id })),
        format,
      );
      const who = 'T <t@localhost> 1700000000 +0000';
      const commit = createObject(
        'commit',
        `tree ${tree.id}\nauthor ${who}\ncommitter ${who}\n\nfirst\n`,
        format,
      );
      await git(['unpack-objects', '-q', '--strict'], {
        gitDirectory: directory,
        input: encodePack([...blobs, tree, commit], format),
      });
      await git(['update-ref', 'refs/heads/main', commit.id], { gitDirectory: directory });
      await git(['fsck', '--strict', '--no-dangling'], { gitDirectory: directory });
      expect(formatOf(commit.id)).toBe(format);
      await other.remove();
    },
  );
});

describe('a tree edited in memory', () => {
  async function edit(changes: Record<string, string | null>): Promise<string[]> {
    const objects = Object.entries(changes).map(([path, content]) => ({
      path,
      object: content === null ? null : createObject('blob', content, 'sha1'),
    }));
    const edited = await editTree({
      tree: 'main^{tree}',
      format: 'sha1',
      readTree: readContent,
      changes: new Map<string, TreeChange>(
        objects.map(({ path, object }) => [path, object && { type: 'blob', id: object.id }]),
      ),
    });
    const blobs = objects.flatMap(({ object }) => object ?? []);
    await repository.git(['unpack-objects', '-q', '--strict'], {
      input: encodePack([...blobs, ...edited.objects], 'sha1'),
    });
    await repository.git(['fsck', '--strict', '--no-dangling', `${edited.tree}`]);
    return (await repository.git(['ls-tree', '-r', '--name-only', `${edited.tree}`])).split('\n');
  }

  it('gains, changes and loses files at any depth, and empty folders go', async () => {
    expect(
      await edit({ 'a/c/d.txt': null, 'new/deep/file': 'x', 'a/b.txt': 'changed', 'a.b/e.txt': null }),
    ).toEqual(['a.txt', 'a/b.txt', 'new/deep/file', 'z.bin']);
  });

  it('is sorted as git sorts: a folder as if its name ended in a slash', async () => {
    expect(await edit({ 'a-': 'x', a0: 'x' })).toEqual([
      'a-',
      'a.b/e.txt',
      'a.txt',
      'a/b.txt',
      'a/c/d.txt',
      'a0',
      'z.bin',
    ]);
  });

  it('lets a file take the place of a folder, and a folder that of a file', async () => {
    expect(await edit({ a: 'file now', 'a.txt': null, 'z.bin/inside': 'x' })).toEqual([
      'a',
      'a.b/e.txt',
      'z.bin/inside',
    ]);
  });

  it('makes only the trees on the way to a change', async () => {
    const edited = await editTree({
      tree: 'main^{tree}',
      format: 'sha1',
      readTree: readContent,
      changes: new Map([['a/c/d.txt', { type: 'blob', id: 'b'.repeat(40) }]]),
    });
    expect(edited.objects).toHaveLength(3);
  });

  it('is nothing once nothing is left', async () => {
    const changes = new Map<string, TreeChange>(['a', 'a.txt', 'a.b', 'z.bin'].map((name) => [name, null]));
    expect(await editTree({ tree: 'main^{tree}', format: 'sha1', readTree: readContent, changes })).toEqual({
      tree: undefined,
      objects: [],
    });
  });
});

describe('the object reader', () => {
  it('answers many questions at once, in order, by id, ref and path', async () => {
    const names = ['refs/heads/main', 'main:a/b.txt', 'main:none', 'main:z.bin', 'refs/heads/none', 'main:a'];
    const answers = await Promise.all(names.map((name) => reader.read(name)));
    expect(answers.map((answer) => answer?.type)).toEqual([
      'commit',
      'blob',
      undefined,
      'blob',
      undefined,
      'tree',
    ]);
    expect(answers[1]?.content.toString()).toBe('b');
    expect(answers[3]?.content).toEqual(Buffer.from('\u0000\n\u0001'));
    expect(answers[0]?.id).toBe(await repository.findRef('refs/heads/main'));
  });

  it('reads what is larger than a pipe, and much of it', async () => {
    const large = 'ab\n'.repeat(200_000);
    await repository.commit('large', {
      large,
      ...Object.fromEntries(Array.from({ length: 50 }, (_none, i) => [`f${i}`, large])),
    });
    const answers = await Promise.all(Array.from({ length: 50 }, (_none, i) => reader.read(`main:f${i}`)));
    expect(answers.every((answer) => answer?.content.toString() === large)).toBe(true);
  });

  it('sees refs and objects that others write meanwhile', async () => {
    const before = await reader.read('refs/heads/main');
    const id = await repository.commit('later', { 'later.txt': 'later' });
    expect(before?.id).not.toBe(id);
    expect((await reader.read('refs/heads/main'))?.id).toBe(id);
    expect((await reader.read('main:later.txt'))?.content.toString()).toBe('later');
  });

  it('survives a damaged object: that question fails, the others are answered', async () => {
    await repository.commit('more', { 'more.txt': 'more' });
    const damaged = await repository.git(['hash-object', '-w', '--stdin'], { input: randomBytes(60_000) });
    const path = `${repository.gitDirectory}/objects/${damaged.slice(0, 2)}/${damaged.slice(2)}`;
    await chmod(path, 0o644);
    await truncate(path, 30_000);
    const answers = await Promise.allSettled(
      ['main:a.txt', damaged, 'main:more.txt', 'main:z.bin'].map((name) => reader.read(name)),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((await reader.read('main:a.txt'))?.content.toString()).toBe('a');
  });

  it('refuses a name that would be two questions, and a folder that is no repository', async () => {
    await expect(reader.read('main\nmain')).rejects.toThrow('not a name');
    const nowhere = createGitObjectReader({ gitDirectory: '/nonexistent' });
    await expect(Promise.all([nowhere.read('a'), nowhere.read('b')])).rejects.toThrow('not a git repository');
  });
});
