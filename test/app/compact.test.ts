import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compact, toMonthBefore } from '../../src/app/compact.ts';
import { createArchiveDirectory } from '../../src/stores/archive/archive-directory.ts';
import { openContent } from '../../src/stores/content/open-content.ts';
import { createGitBranchStore } from '../../src/stores/git-branch/git-branch-store.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createGitRepository, type TestRepository } from '../support/git-repository.ts';
import { createEventMaker, createTickingClock } from '../support/new-events.ts';
import { createConfig } from '../support/workbench.ts';

let folder: string;
let repository: TestRepository;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-compact-'));
  repository = await createGitRepository({ directory: join(folder, 'log.git'), bare: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The parts of a run on that day. */
function open(day: string, afterMonths: number | null) {
  const clock = createTickingClock(`${day}T08:00:00.000Z`);
  const { gitDirectory } = repository;
  const place = { keep: 'directory', directory: join(folder, 'content') } as const;
  return {
    clock,
    config: createConfig({ events: { archive: { afterMonths }, content: { retentionDays: 30 } } }),
    content: openContent({ ...place, keys: undefined, clock, gitDirectory, remote: undefined }),
    store: createGitBranchStore({ gitDirectory, clock }),
  };
}

describe('compacting', () => {
  it('deletes content that is too old and archives months that are, by the configuration', async () => {
    for (const day of ['2026-08-03', '2026-09-03', '2026-10-03']) {
      const { clock, store, content } = open(day, null);
      await store.append([createEventMaker(clock).trigger(day)]);
      await content.put(day, 'log');
      await store.close();
    }
    const runtime = open('2026-10-20', 1);
    const files = createArchiveDirectory(join(folder, 'archive'));
    const dry = await compact(runtime, { files, dryRun: true });
    expect(dry).toMatchObject({
      content: { deleted: 2 },
      archive: { before: '2026-09', planned: [{ month: '2026-08', first: 1, last: 1 }], moved: [] },
    });
    const done = await compact(runtime, { files });
    expect(done).toMatchObject({ content: { deleted: 2 }, archive: { moved: [{ month: '2026-08' }] } });
    expect(await readdir(join(folder, 'archive'))).toEqual(['2026-08_1-1.ndjson.gz']);
    expect(await compact(runtime, { files })).toMatchObject({
      content: { deleted: 0 },
      archive: { planned: [] },
    });
    expect(await compact(runtime, { files, before: '2026-12' })).toMatchObject({
      archive: { moved: [{ month: '2026-09' }] },
    });
    expect(await runtime.store.verify()).toMatchObject({ ok: true, events: 3 });
    await runtime.store.close();
  });

  it('leaves months alone where nothing says otherwise, or the log has no archive', async () => {
    const runtime = open('2026-10-20', null);
    expect(await compact(runtime, {})).toMatchObject({ archive: null });
    await runtime.store.close();
    const memory = { ...runtime, store: createMemoryStore() };
    expect(await compact(memory, { before: '2026-01', dryRun: true })).toMatchObject({ archive: null });
  });

  it('asks for a folder before it deletes anything', async () => {
    const runtime = open('2026-10-20', 3);
    await expect(compact(runtime, {})).rejects.toMatchObject({ code: 'USAGE' });
    await runtime.store.close();
  });

  it('counts months back over the turn of a year', () => {
    expect(toMonthBefore(new Date('2027-01-31T23:59:59.000Z'), 3)).toBe('2026-10');
    expect(toMonthBefore(new Date('2026-12-01T00:00:00.000Z'), 12)).toBe('2025-12');
    expect(toMonthBefore(new Date(), null)).toBeNull();
  });
});
