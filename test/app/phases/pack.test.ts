import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPack, writePack } from '../../../src/app/phases/pack.ts';
import { measurePack } from '../../../src/app/phases/pack-size.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { hasCommit } from '../../../src/lib/git-objects.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';

describe('commits between jobs', () => {
  let here: TestRepository;
  let there: TestRepository;
  let folder: string;
  let base: string;
  let head: string;
  const file = () => join(folder, 'commits.pack');
  const at = (repository: TestRepository) => join(repository.directory, '.git');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tamma-pack-'));
    here = await createGitRepository({ files: { 'a.txt': 'a\n' } });
    there = await createGitRepository({ files: {} });
    base = await here.git(['rev-parse', 'HEAD']);
    await there.git(['fetch', '--quiet', here.directory, base]);
    head = await here.commit('More', { 'b.txt': 'b\n' });
    await writePack(file(), { gitDirectory: at(here), head, known: [base] });
  });
  afterAll(async () => {
    await Promise.all([here.remove(), there.remove(), rm(folder, { recursive: true })]);
  });

  test('keep their ids, and move no ref', async () => {
    const refs = await there.git(['for-each-ref']);
    expect(await hasCommit(at(there), head)).toBe(false);
    await readPack(file(), { gitDirectory: at(there), head, known: [base] });
    expect(await there.git(['cat-file', 'blob', `${head}:b.txt`])).toBe('b');
    expect(await there.git(['for-each-ref'])).toBe(refs);
  });

  test.each([
    ['no pack', 'PA', 'is no pack'],
    ['a pack that is cut off', 'PACK\0\0\0\x02\0\0\0\x01x', 'cannot be unpacked'],
    ['a damaged pack', `PACK\0\0\0\x02\0\0\0\x00${'x'.repeat(20)}`, 'git refuses the pack'],
    ['more objects than a change has', 'PACK\0\0\0\x02\x7f\0\0\0', 'too many objects'],
  ])('in %s are refused', async (_name, content, message) => {
    const bad = join(folder, 'bad.pack');
    await writeFile(bad, content);
    await expect(readPack(bad, { gitDirectory: at(there), head, known: [base] })).rejects.toThrow(message);
  });

  test('that are not in it are refused', async () => {
    const range = { gitDirectory: at(there), head: 'f'.repeat(40), known: [base] };
    await expect(readPack(file(), range)).rejects.toThrow('is not in it');
  });

  test('that git would not take from a stranger are refused', async () => {
    const blob = await here.git(['hash-object', '-w', '--stdin'], {
      input: '[submodule "x"]\n\turl = -u./payload\n\tpath = x\n',
    });
    const tree = await here.git(['mktree'], { input: `100644 blob ${blob}\t.gitmodules\n` });
    const evil = await here.git(['commit-tree', tree, '-p', base, '-m', 'x']);
    const bad = join(folder, 'evil.pack');
    await writePack(bad, { gitDirectory: at(here), head: evil, known: [base] });
    const range = { gitDirectory: at(there), head: evil, known: [base] };
    await expect(readPack(bad, range)).rejects.toThrow('git refuses the pack');
  });

  test('that would fill the machine are refused before git unpacks them', async () => {
    const blob = await here.git(['hash-object', '-w', '--stdin'], { input: '\0'.repeat(101 * 1024 * 1024) });
    const tree = await here.git(['mktree'], { input: `100644 blob ${blob}\tbig.bin\n` });
    const big = await here.git(['commit-tree', tree, '-p', base, '-m', 'x']);
    const bomb = join(folder, 'bomb.pack');
    await writePack(bomb, { gitDirectory: at(here), head: big, known: [base] });
    expect((await stat(bomb)).size).toBeLessThan(200_000);
    const range = { gitDirectory: at(there), head: big, known: [base] };
    await expect(readPack(bomb, range)).rejects.toThrow('cannot be unpacked');
    expect(await hasCommit(at(there), big)).toBe(false);
  });

  test('are measured by what their deltas make', async () => {
    const lines = Array.from({ length: 3000 }, (_, line) => `line ${line} ${sha256(String(line))}\n`);
    const first = await here.commit('Long', { 'long.txt': lines.join('') });
    const second = await here.commit('Longer', { 'long.txt': `${lines.join('')}more\n` });
    const deltas = join(folder, 'deltas.pack');
    await writePack(deltas, { gitDirectory: at(here), head: second, known: [base] });
    const length = lines.join('').length;
    const total = measurePack(await readFile(deltas), { limit: 10 * length, idBytes: 20 });
    expect(total).toBeGreaterThan(2 * length);
    expect(total).toBeLessThan(2 * length + 3000);
    await readPack(deltas, { gitDirectory: at(there), head: second, known: [base] });
    expect(await hasCommit(at(there), first)).toBe(true);
  });
});
