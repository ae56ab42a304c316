import { afterEach, describe, expect, it } from 'vitest';
import { git, gitText } from '../../../src/lib/git.ts';
import { encodePack, parseTree } from '../../../src/lib/git-object-format.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import { HOT_ISSUES } from '../../../src/stores/git-branch/edit-index.ts';
import { createGitBranchStore, createStoreOn } from '../../../src/stores/git-branch/git-branch-store.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import {
  type Asked,
  createMemoryBackend,
  createMemoryBranch,
  type MemoryBranch,
} from '../../support/memory-backend.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';
import { writeSsh } from '../../support/write-ssh.ts';

const REF = 'refs/heads/tamma-events';
const repositories: TestRepository[] = [];
afterEach(async () => {
  for (const repository of repositories.splice(0)) await repository.remove();
});

type Clocked = { clock?: ReturnType<typeof createTickingClock> };

function open(branch: MemoryBranch, { clock = createTickingClock() }: Clocked = {}, asked: Asked[] = []) {
  return createStoreOn(createMemoryBackend(branch, asked), { clock });
}

/** So many appends, of as many issues in turn, and now and then one of none. */
async function fill(store: EventStore, appends: number, issues: number, make = createEventMaker()) {
  for (let index = 0; index < appends; index += 1) {
    const issue = String((index % issues) + 1);
    await store.append(index % 10 === 9 ? [make.trigger('t')] : [make.claim(issue), make.skip(issue)]);
  }
}

/** The same branch in a real repository. */
async function toRepository({ objects, commit }: MemoryBranch): Promise<TestRepository> {
  const repository = await createGitRepository({ bare: true });
  repositories.push(repository);
  const input = encodePack([...objects.values()], 'sha1');
  await git(['unpack-objects', '-q', '--strict'], { gitDirectory: repository.gitDirectory, input });
  await repository.git(['update-ref', REF, `${commit}`]);
  return repository;
}

function countInTree({ objects, commit }: MemoryBranch): number {
  const count = (tree: string): number => {
    const entries = parseTree(objects.get(tree)?.content ?? Buffer.alloc(0), 'sha1');
    return entries.reduce((sum, { mode, id }) => sum + 1 + (mode === '40000' ? count(id) : 0), 0);
  };
  const tree = /^tree ([0-9a-f]+)/.exec(objects.get(`${commit}`)?.content.toString() ?? '')?.[1];
  return count(tree ?? '');
}

describe('a log that grows', () => {
  it('is the same to a reader however many folders are complete, and verifies', async () => {
    const branch = createMemoryBranch();
    const store = open(branch);
    const make = createEventMaker();
    await fill(store, 215, 40, make);
    const wild = 'a "quoted" \\ name, ü';
    await store.append([make.skip('3', 'x', { branch: wild })]);
    const all = await readAll(store);
    expect(all.map(({ position }) => position)).toEqual(all.map((_event, index) => index + 1));
    for (const issue of ['1', '28', '37']) {
      const query = { items: [{ tags: { issueId: issue } }] };
      const expected = all.filter(({ tags }) => tags.issueId === issue).map(({ id }) => id);
      expect((await readAll(open(branch), query)).map(({ id }) => id)).toEqual(expected);
      const backwards = await readAll(open(branch), query, { backwards: true });
      expect(backwards.map(({ id }) => id)).toEqual(expected.toReversed());
    }
    expect((await readAll(open(branch), undefined, { backwards: true, limit: 250 })).at(-1)).toEqual(
      all.at(-250),
    );
    expect(await readAll(open(branch), undefined, { after: 150, until: 350 })).toEqual(all.slice(150, 350));
    const [since, before] = [all[120]?.timestamp ?? '', all[330]?.timestamp ?? ''];
    expect(await readAll(open(branch), undefined, { since, before })).toEqual(all.slice(120, 330));
    const triggers = { items: [{ types: ['TRIGGER.ACTIVATED'] }, { tags: { branch: wild } }] };
    expect(await readAll(open(branch), triggers)).toEqual(
      all.filter(({ type, tags }) => type === 'TRIGGER.ACTIVATED' || tags.branch === wild),
    );
    const repository = await toRepository(branch);
    const real = createGitBranchStore({ gitDirectory: repository.gitDirectory, clock: make.clock });
    expect(await real.verify()).toMatchObject({ ok: true, events: all.length });
    // What left the tree is not lost to a repository that cleans up.
    await repository.git(['gc', '--quiet', '--prune=now']);
    expect(await readAll(real)).toEqual(all);
    await real.close();
    expect((await repository.git(['ls-tree', '-r', '--name-only', REF, 'log/'])).split('\n')).toEqual([
      ...Array.from({ length: 16 }, () => expect.stringMatching(/^log\/2026-11\/02\/02\d\d_\d+\.ndjson$/)),
      'log/2026-11/folders.ndjson',
    ]);
  });

  it('has a newest tree that does not grow with it: a server goes through all of that at each push', async () => {
    const branch = createMemoryBranch();
    const store = open(branch);
    const make = createEventMaker();
    await fill(store, 250, 60, make);
    const early = countInTree(branch);
    await fill(store, 800, 200, make);
    expect(countInTree(branch)).toBeLessThan(early + 150);
    expect(readHot(branch).length).toBeLessThanOrEqual(HOT_ISSUES);
  });

  it('asks as little of the other side at its thousandth append as at its hundredth', async () => {
    const branch = createMemoryBranch();
    const asked: Asked[] = [];
    const store = open(branch, {}, asked);
    const make = createEventMaker();
    await fill(store, 1000, 40, make);
    asked.length = 0;
    await store.append([make.skip('1')]);
    expect(asked.map(({ call }) => call)).toEqual(['sync', 'publish']);
  });

  it('is opened and read by issue in five rounds at most, the question where the branch is among them', async () => {
    const branch = createMemoryBranch();
    await fill(open(branch), 600, 100);
    const isHot = new Set(readHot(branch));
    for (const issue of ['98', '41', '3', '77']) {
      const asked: Asked[] = [];
      const events = await readAll(open(branch, {}, asked), { items: [{ tags: { issueId: issue } }] });
      expect(events.length).toBeGreaterThan(0);
      const rounds = ['sync', 'read', 'read', ...(isHot.has(issue) ? [] : ['read']), 'below'];
      expect(asked.map(({ call }) => call)).toEqual(rounds);
    }
  });

  it('knows what it holds of a batch that comes again, however long ago that was', async () => {
    const branch = createMemoryBranch();
    const store = open(branch);
    const make = createEventMaker();
    const [old, untagged] = [[make.claim('7')], [make.trigger('old')]];
    await store.append(old);
    await store.append(untagged);
    for (let index = 0; index < 320; index += 1) await store.append([make.trigger('t')]);
    await fill(store, 100, 50, make);
    for (const batch of [old, untagged])
      expect(await open(branch).append(batch)).toMatchObject({ status: 'appended', tries: 0 });
    expect(await open(branch).append(untagged)).toMatchObject({ firstPosition: 2 });
  });

  it('goes on in a new month, where the last folder of the old one is complete as it is', async () => {
    const branch = createMemoryBranch();
    const clock = createTickingClock('2026-11-30T23:59:50.000Z');
    const make = createEventMaker();
    const store = open(branch, { clock });
    for (let index = 0; index < 6; index += 1) await store.append([make.skip('1')]);
    const repository = await toRepository(branch);
    expect((await repository.git(['ls-tree', '-r', '--name-only', REF, 'log/'])).split('\n')).toEqual([
      'log/2026-11/folders.ndjson',
      'log/2026-12/00/0000_5.ndjson',
      'log/2026-12/00/0001_6.ndjson',
    ]);
    expect(await readAll(open(branch))).toHaveLength(6);
    expect(await readAll(open(branch), undefined, { limit: 1 })).toMatchObject([{ position: 1 }]);
  });
});

function readHot({ objects, commit }: MemoryBranch): string[] {
  const message = objects.get(`${commit}`)?.content.toString() ?? '';
  const state = / state=([0-9a-f]+)/.exec(message)?.[1] ?? '';
  const entries = parseTree(objects.get(state)?.content ?? Buffer.alloc(0), 'sha1');
  return entries.filter(({ name }) => name !== 'cold').map(({ name }) => name);
}

describe('a long log on a server', () => {
  it('that gives no single objects, as with the old protocol, is read as a whole', async () => {
    const branch = createMemoryBranch();
    const make = createEventMaker();
    await fill(open(branch), 120, 30, make);
    const there = await toRepository(branch);
    const mine = await createGitRepository({ bare: true });
    repositories.push(mine);
    const ssh = await writeSsh(mine.directory, 'unset GIT_PROTOCOL');
    const remote = { url: `git@example.org:${there.gitDirectory}`, environment: { GIT_SSH_COMMAND: ssh } };
    const store = createGitBranchStore({ gitDirectory: mine.gitDirectory, remote, clock: make.clock });
    const all = await readAll(open(branch));
    expect(await readAll(store)).toEqual(all);
    const other = createGitBranchStore({ gitDirectory: there.gitDirectory, clock: make.clock });
    await other.append([make.skip('1')]);
    expect(await store.append([make.skip('1')])).toMatchObject({ firstPosition: all.length + 2 });
    expect(await readAll(store)).toHaveLength(all.length + 2);
    expect(await store.verify()).toMatchObject({ ok: true, events: all.length + 2 });
    for (const handle of [store, other]) await handle.close();
  });
});

describe('a log of format 1', () => {
  it('is read as it is, and takes the form of today with the next append', async () => {
    const repository = await createGitRepository({ bare: true });
    repositories.push(repository);
    const { gitDirectory } = repository;
    const source = createMemoryBranch();
    const make = createEventMaker();
    await fill(open(source), 5, 2, make);
    await writeOldLog(repository, await readAll(open(source)));
    const store = createGitBranchStore({
      gitDirectory,
      clock: createTickingClock('2026-11-21T00:00:00.000Z'),
    });
    const ofIssue = { items: [{ tags: { issueId: '1' } }] };
    expect(await readAll(store)).toEqual(await readAll(open(source)));
    expect(await readAll(store, ofIssue)).toEqual(await readAll(open(source), ofIssue));
    expect(await store.append([make.skip('1')])).toMatchObject({ firstPosition: 11 });
    expect(JSON.parse(await repository.git(['show', `${REF}:format.json`]))).toMatchObject({
      format: 2,
      createdAt: '2026-11-20T00:00:00.000Z',
      repository: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await readAll(store, ofIssue)).toHaveLength((await readAll(open(source), ofIssue)).length + 1);
    expect(await repository.git(['ls-tree', '--name-only', REF, 'state/'])).toBe('state/1\nstate/2');
    await store.close();
  });

  /** As the first version wrote it: an index of another shape, no trailers that name trees, no times in head.json. */
  async function writeOldLog(repository: TestRepository, events: Awaited<ReturnType<typeof readAll>>) {
    const { toLine } = await import('../../../src/core/events/line.ts');
    const files: Record<string, string> = { 'README.md': 'old', 'state/open/1.json': '{"v":1}\n' };
    events.forEach((event, index) => {
      const number = Math.floor(index / 2);
      const path = `log/2026-11/00/${String(number).padStart(4, '0')}_${number * 2 + 1}.ndjson`;
      files[path] = `${files[path] ?? ''}${toLine(event)}\n`;
    });
    const last = events.at(-1);
    const number = Math.floor((events.length - 1) / 2);
    files['format.json'] = '{"chain":"sha256-jcs-v1","createdAt":"2026-11-20T00:00:00.000Z","format":1}\n';
    files['head.json'] =
      `{"hash":"${last?.hash}","index":null,"month":"2026-11","number":${number},"position":${last?.position},"v":1}\n`;
    await repository.commit('old', files, { branch: 'tamma-events' });
    await gitText(['rev-parse', REF], { gitDirectory: repository.gitDirectory });
  }
});
