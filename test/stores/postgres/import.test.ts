import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { createLogHandle } from '../../../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../../../src/stores/postgres/postgres-store.ts';
import { createGitRepository } from '../../support/git-repository.ts';
import { createLogLines, exportText, importText } from '../../support/log-lines.ts';
import { createEventMaker, createTickingClock } from '../../support/new-events.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../support/postgres.ts';

const lines = createLogLines();
const text = lines.map((line) => `${line}\n`).join('');

describe.skipIf(!hasPostgres)('a log that moves', () => {
  let database: TestDatabase;
  let root: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    root = await mkdtemp(join(tmpdir(), 'tamma-move-'));
  });
  afterAll(async () => {
    await database.remove();
    await rm(root, { recursive: true, force: true });
  });

  async function openGit(name: string) {
    const repository = await createGitRepository({ directory: join(root, name), files: { a: 'a' } });
    return createGitBranchStore({ gitDirectory: repository.gitDirectory, clock: createTickingClock() });
  }

  function openPostgres(repository: string) {
    const own = database.open();
    return createPostgresStore({ database: own, log: createLogHandle(own, repository) });
  }

  test('from git to PostgreSQL and back to git is the same bytes, of two repositories in one database', async () => {
    const other = createEventMaker();
    const here = openPostgres('example.org/team/one');
    const beside = openPostgres('example.org/team/two');
    const [from, back] = [await openGit('from'), await openGit('back')];
    await beside.append([other.skip('2'), other.skip('3')]);
    const untouched = await exportText(beside);

    await importText(from, text);
    expect(await importText(here, await exportText(from))).toMatchObject({ imported: lines.length });
    expect(await exportText(here)).toBe(text);
    expect(await importText(back, await exportText(here))).toMatchObject({ imported: lines.length });
    expect(await exportText(back)).toBe(text);
    expect(await back.head()).toEqual(await from.head());
    for (const store of [from, here, back])
      expect(await store.verify()).toMatchObject({ ok: true, events: lines.length });

    expect(await exportText(beside)).toBe(untouched);
    const [event] = [other.skip('1')];
    await Promise.all([here.append([event]), back.append([event])]);
    expect(await here.head()).toEqual(await back.head());
    await Promise.all([from, here, beside, back].map((store) => store.close()));
  });
});
