import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { createMemoryStore } from '../../../src/stores/memory.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createLogLines, exportText, importText } from '../../support/log-lines.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';

const lines = createLogLines();
const toText = (some: readonly string[]) => some.map((line) => `${line}\n`).join('');
const text = toText(lines);

describe.each(['a ref of the repository', 'a remote'])('a log imported into %s', (place) => {
  let local: TestRepository;
  let remote: TestRepository | undefined;
  const open = () =>
    createGitBranchStore({
      gitDirectory: local.gitDirectory,
      clock: createTickingClock('2026-11-20T12:00:00.000Z'),
      ...(remote ? { remote: { url: remote.gitDirectory } } : {}),
    });

  beforeAll(async () => {
    local = await createGitRepository({ files: { a: 'a' } });
    remote = place === 'a remote' ? await createGitRepository({ files: { a: 'a' } }) : undefined;
  });
  afterAll(async () => {
    await local.remove();
    await remote?.remove();
  });

  test('is the same log, verifies, is found by issue and goes on', async () => {
    const store = open();
    expect(await importText(store, toText(lines.slice(0, 100)))).toMatchObject({ imported: 100 });
    expect(await importText(store, text)).toMatchObject({
      already: 100,
      imported: 380,
      head: { position: 480 },
    });
    expect(await exportText(store)).toBe(text);
    await store.close();

    const fresh = open();
    const model = createMemoryStore();
    await importText(model, text);
    const ofIssue = { items: [{ tags: { issueId: '2' } }] };
    expect(await readAll(fresh, ofIssue)).toEqual(await readAll(model, ofIssue));
    expect(await fresh.verify()).toMatchObject({ ok: true, events: 480, problems: [] });
    const event = createEventMaker().skip('2');
    expect(await fresh.append([event])).toMatchObject({ firstPosition: 481 });
    expect(await fresh.verify()).toMatchObject({ ok: true, events: 481 });
    await expect(importText(fresh, text)).resolves.toMatchObject({ imported: 0 });
    await fresh.close();
  });

  test('has a folder for each month, and many batches a commit', async () => {
    const repository = remote ?? local;
    const months = await repository.git(['ls-tree', '--name-only', 'refs/heads/tamma-events:log']);
    expect(months.trim().split('\n')).toEqual(['2026-10', '2026-11']);
    const commits = await repository.git(['rev-list', '--count', 'refs/heads/tamma-events']);
    expect(Number(commits)).toBeLessThan(12);
  });
});
