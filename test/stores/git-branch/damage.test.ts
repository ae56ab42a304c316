import { chmod, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/core/events/envelope.ts';
import type { Anchor, EventStore } from '../../../src/ports/event-store.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { plantEvent } from '../../support/git-log.ts';
import { createGitRepository, openGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';

const BRANCH = 'tamma-events';
const REF = `refs/heads/${BRANCH}`;
/** Positions 3, 4 and 5. */
const FILE = 'log/2026-11/00/0001_3.ndjson';

let repository: TestRepository;
let store: EventStore;
let anchor: Anchor;
/** A log of three appends, made once and copied for each test. */
let template: string;
const make = createEventMaker();
const opened: EventStore[] = [];

function open(): EventStore {
  const handle = createGitBranchStore({ gitDirectory: repository.gitDirectory, clock: createTickingClock() });
  opened.push(handle);
  return handle;
}

beforeAll(async () => {
  repository = await createGitRepository({ bare: true });
  template = repository.directory;
  const writer = open();
  await writer.append([make.claim('1'), make.claim('2')]);
  await writer.append([make.skip('1', 'third'), make.skip('2', 'fourth'), make.skip('1', 'fifth')]);
  await writer.append([make.skip('1', 'sixth')]);
  anchor = { ...(await writer.head()), source: 'a pull request' };
});
afterAll(() => rm(template, { recursive: true, force: true }));
beforeEach(async () => {
  const copy = await mkdtemp(join(tmpdir(), 'tamma-repository-'));
  await cp(template, copy, { recursive: true });
  repository = openGitRepository(copy, { bare: true });
  store = open();
  await store.head();
});
afterEach(async () => {
  for (const handle of opened.splice(0)) await handle.close();
  await repository.remove();
});

async function show(path: string): Promise<string> {
  return `${await repository.git(['show', `${REF}:${path}`])}\n`;
}

/** A commit on the branch by somebody who is not Tamma. */
async function edit(files: Record<string, string | null>): Promise<void> {
  await repository.commit('meddle', files, { branch: BRANCH });
}

async function editLines(change: (lines: string[]) => string[]): Promise<void> {
  const lines = (await show(FILE)).trimEnd().split('\n');
  await edit({
    [FILE]: change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  });
}

async function findProblems(options: { anchors?: Anchor[] } = {}): Promise<string[]> {
  const report = await open().verify(options);
  expect(report.ok).toBe(report.problems.length === 0);
  return report.problems.map(({ kind, position }) => `${kind} ${position}`);
}

describe('a line of the log that is not what was written', () => {
  const cases: [string, (lines: string[]) => string[], string[]][] = [
    ['edited', ([a, b, c]) => [`${a}`, `${b}`.replace('fourth', 'FOURTH'), `${c}`], ['edited 4']],
    ['removed', ([a, , c]) => [`${a}`, `${c}`], ['removed 4']],
    ['swapped with another', ([a, b, c]) => [`${b}`, `${a}`, `${c}`], ['reordered 3']],
    ['there twice', ([a, b, c]) => [`${a}`, `${a}`, `${b}`, `${c}`], ['inserted 3']],
    ['no JSON', ([a, , c]) => [`${a}`, '{"v":1,', `${c}`], ['invalid-line 4']],
    ['written otherwise', ([a, b, c]) => [`${a}`, `${b}`.replace('":', '": '), `${c}`], ['invalid-line 4']],
    ['of another shape', ([a, b, c]) => [`${a}`, `${b}`.replace('"run":1', '"run":0'), `${c}`], ['schema 4']],
    ['binary', ([a, , c]) => [`${a}`, '\u0000\u0001\ufffd', `${c}`], ['invalid-line 4']],
  ];
  it.each(cases)(
    'is found where it is %s, and stops every read that needs it',
    async (_name, change, problems) => {
      await editLines(change);
      const { problems: found } = await store.verify();
      const inLog = found.filter(({ kind }) => kind !== 'foreign' && kind !== 'clock');
      expect(inLog.map(({ kind, position }) => `${kind} ${position}`)).toEqual(problems);
      expect(found.filter(({ kind }) => kind === 'foreign').map(({ message }) => message)).toEqual([
        `Tamma did not make it; it changed ${FILE}`,
      ]);
      const thrown = await readAll(store).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ code: 'LOG_CORRUPT', exitCode: 4 });
      expect(String(thrown)).toMatch(/damaged at position [345], log\/2026-11\/00\/0001_3\.ndjson/);
    },
  );

  it('does not stop reads that do not need it', async () => {
    await store.append([make.claim('3')]);
    await editLines(([a, b, c]) => [`${a}`, `${b}`.replace('fourth', 'FOURTH'), `${c}`]);
    expect(await readAll(open(), { items: [{ tags: { issueId: '3' } }] })).toHaveLength(1);
    expect(await readAll(open(), undefined, { after: 5 })).toHaveLength(2);
  });

  it('is found in an event edited together with its own hash, by the one that follows', async () => {
    const other = await createGitRepository({ bare: true });
    const forger = createGitBranchStore({ gitDirectory: other.gitDirectory, clock: createTickingClock() });
    await forger.append([make.claim('1'), make.claim('2')]);
    await forger.append([make.skip('1', 'third'), make.skip('2', 'FOURTH'), make.skip('1', 'fifth')]);
    const forged = `${await other.git(['show', `${REF}:${FILE}`])}\n`;
    await forger.close();
    await other.remove();
    await edit({ [FILE]: forged });
    expect((await open().verify()).problems.map(({ kind, position }) => `${kind} ${position}`)).toEqual([
      'rewritten 3',
      'foreign 3',
    ]);
    await expect(readAll(open())).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });
});

describe('a file of the log', () => {
  /** The index of an issue names files as they were written: its reader is not misled. */
  const ofIssueTwo = { items: [{ tags: { issueId: '2' } }] };

  it('that ends in the middle of a line is found, and stops a read', async () => {
    await edit({ [FILE]: (await show(FILE)).slice(0, -40) });
    expect(await findProblems()).toEqual(['invalid-line 5', 'foreign 3']);
    await expect(readAll(open())).rejects.toThrow('the file ends in the middle of a line');
  });

  it('that lost its last lines is found, and stops a read', async () => {
    await editLines(([a]) => [`${a}`]);
    expect(await findProblems()).toEqual(['tail 4', 'foreign 3']);
    for (const query of [undefined, ofIssueTwo])
      await expect(readAll(open(), query)).rejects.toThrow('the file has 1 events where 3 belong');
  });

  it('that is gone is found, and stops a read', async () => {
    await edit({ [FILE]: null });
    expect(await findProblems()).toEqual(['removed 3', 'foreign 3']);
    for (const query of [undefined, ofIssueTwo])
      await expect(readAll(open(), query)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });

  it('that was renamed is found', async () => {
    await edit({ [FILE]: null, 'log/2026-11/00/0007_3.ndjson': await show(FILE) });
    expect(await findProblems()).toEqual(['removed 3', 'foreign 3']);
  });

  it('that Tamma did not write is found, and harms no read', async () => {
    await edit({ 'log/notes.txt': 'mine', 'log/2026-11/00/9_9.ndjson': 'mine too' });
    expect(await findProblems()).toEqual(['foreign null']);
    expect(await readAll(open())).toHaveLength(6);
  });

  it('that was edited and put back is found in the history', async () => {
    const before = await show(FILE);
    await edit({ [FILE]: 'nothing\n' });
    await edit({ [FILE]: before });
    expect(await readAll(open())).toHaveLength(6);
    expect((await open().verify()).problems.map(({ position, message }) => `${position} ${message}`)).toEqual(
      [`3 Tamma did not make it; it changed ${FILE}`, `3 Tamma did not make it; it changed ${FILE}`],
    );
  });

  it('whose object is damaged on disk is found, stops a read, and does not stop verify', async () => {
    const id = await repository.git(['rev-parse', `${REF}:${FILE}`]);
    const path = join(repository.gitDirectory, 'objects', id.slice(0, 2), id.slice(2));
    await chmod(path, 0o644);
    await writeFile(path, 'garbage');
    await expect(readAll(open())).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    expect(await findProblems()).toEqual(['invalid-line 3', 'removed 3']);
  });

  it('may not hold a known event whose data does not fit: that is damage, not a later version', async () => {
    await plantEvent(repository.gitDirectory, { ...make.skip('1'), data: { steps: 'many' } } as Envelope);
    expect(await findProblems()).toEqual(['schema 7']);
    await expect(readAll(open())).rejects.toThrow('data of WORKFLOW.STEP_SKIPPED');
  });
});

describe('what stands beside the log', () => {
  it('may be explained better: an edited README harms nothing', async () => {
    await edit({ 'README.md': 'Our own words.\n' });
    await open().append([make.skip('1')]);
    expect(await findProblems({ anchors: [anchor] })).toEqual([]);
    expect(await show('README.md')).toBe('Our own words.\n');
  });

  it('is needed: without head.json or format.json the branch is no log', async () => {
    await edit({ 'head.json': null });
    for (const act of [() => open().head(), () => readAll(open()), () => open().append([make.skip('1')])]) {
      await expect(act()).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        message: expect.stringContaining('head.json is missing'),
      });
    }
    expect(await findProblems()).toEqual(['foreign null']);
  });

  it('must agree: a head that is not the last event is found', async () => {
    const head = await show('head.json');
    await edit({ 'head.json': head.replace(anchor.hash, 'f'.repeat(64)) });
    expect(await findProblems()).toEqual(['tail 6']);
    await expect(readAll(open())).rejects.toThrow('the last event is not the one that head.json names');
    await edit({ 'head.json': head.replace('"position":6', '"position":5') });
    expect(await findProblems()).toEqual(['tail 6']);
    await edit({ 'head.json': head.replace('"position":6', '"position":8') });
    expect(await findProblems()).toEqual(['tail 7']);
  });

  it('may be of a later format, which this Tamma leaves alone', async () => {
    await edit({ 'format.json': '{"format":99}\n' });
    await expect(open().append([make.skip('1')])).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      help: 'Use the newer version of Tamma that wrote it.',
    });
  });

  it('may be somebody else’s: a branch of the same name that is no log is never written to', async () => {
    const other = await createGitRepository({ bare: true, branch: BRANCH, files: { 'index.html': 'mine' } });
    const handle = createGitBranchStore({ gitDirectory: other.gitDirectory, clock: createTickingClock() });
    const before = await other.findRef(REF);
    await expect(handle.append([make.skip('1')])).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    expect(await other.findRef(REF)).toBe(before);
    await handle.close();
    await other.remove();
  });
});

describe('the index of issues', () => {
  const ofIssue = { items: [{ tags: { issueId: '1' } }] };

  async function listIndex(): Promise<string[]> {
    const listed = await repository.git(['ls-tree', '-r', '--name-only', REF, 'state/']);
    return listed.split('\n').filter(Boolean);
  }

  async function findEntry(start: string): Promise<string> {
    const found = (await listIndex()).find((path) => path.startsWith(`state/1/${start}`));
    if (!found) throw new Error(`no entry ${start}`);
    return found;
  }

  it.each<[string, () => Promise<Record<string, string | null>>]>([
    ['took a batch out of it', async () => ({ [await findEntry('2026-11_1_3')]: null })],
    ['put another file in its place', async () => ({ [await findEntry('2026-11_1_3')]: 'nothing\n' })],
    ['put a strange name into it', async () => ({ 'state/1/notes.txt': 'mine' })],
    ['removed it', async () => Object.fromEntries((await listIndex()).map((path) => [path, null]))],
  ])(
    'is gone around where somebody %s, found by verify, and mended by the next append',
    async (_name, change) => {
      await edit(await change());
      expect((await readAll(open(), ofIssue)).map(({ position }) => position)).toEqual([1, 3, 5, 6]);
      const claim = { failIfEventsMatch: ofIssue, after: 5 };
      expect(await open().append([make.claim('1')], claim)).toEqual({ status: 'conflict', position: 6 });
      expect(await findProblems()).toContain('index null');
      await open().append([make.cancel('1')]);
      expect(await findProblems()).toEqual([]);
      expect(await readAll(open(), ofIssue)).toHaveLength(5);
    },
  );

  it('is told from what does not belong beside it', async () => {
    await edit({ 'state/notes.txt': 'mine' });
    expect((await open().verify()).problems).toContainEqual({
      kind: 'index',
      position: null,
      place: 'state/notes.txt',
      message: 'Tamma did not write this file',
    });
  });

  it('names issues in a way that is safe', async () => {
    const wild = '../../etc/passwd';
    await store.append([make.cancel('1'), make.claim(wild)]);
    expect((await listIndex()).map((path) => path.split('/')[1])).toContainEqual(
      expect.stringMatching(/^x[0-9a-f]{40}$/),
    );
    expect(await readAll(open(), { items: [{ tags: { issueId: wild } }] })).toHaveLength(1);
    expect(await findProblems()).toEqual([]);
  });
});

describe('a branch that went back', () => {
  it('is noticed by a process that saw more of it', async () => {
    const last = await repository.findRef(REF);
    await repository.git(['update-ref', REF, `${last}~1`]);
    for (const act of [() => store.head(), () => readAll(store), () => store.append([make.skip('1')])]) {
      await expect(act()).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        help: expect.stringContaining(`${last}`),
      });
    }
    expect((await store.verify()).problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('was rewritten'),
    ]);
  });

  it('is noticed by a new process that has an anchor', async () => {
    await repository.git(['update-ref', REF, `${REF}~1`]);
    expect(await findProblems()).toEqual([]);
    expect(await findProblems({ anchors: [anchor] })).toEqual(['tail 6']);
    await open().append([make.skip('1', 'another sixth')]);
    expect(await findProblems({ anchors: [anchor] })).toEqual(['rewritten 6']);
  });

  it('is noticed where it is gone', async () => {
    await repository.git(['update-ref', '-d', REF]);
    await expect(store.append([make.skip('1')])).rejects.toThrow('is gone');
    expect(await findProblems({ anchors: [anchor] })).toEqual(['tail 1']);
  });

  it('is noticed where another log was merged into it', async () => {
    const head = await repository.findRef(REF);
    const merge = await repository.git([
      'commit-tree',
      `${REF}^{tree}`,
      '-p',
      `${head}`,
      '-p',
      `${REF}~1`,
      '-m',
      'merge',
    ]);
    await repository.git(['update-ref', REF, merge]);
    expect((await open().verify()).problems).toMatchObject([
      { kind: 'foreign', message: 'a merge: the log is linear' },
    ]);
  });
});

describe('a ref that cannot be read', () => {
  it('does not pass for an empty log', async () => {
    await writeFile(join(repository.gitDirectory, REF), 'garbage\n');
    for (const act of [() => open().head(), () => open().append([make.skip('1')])]) {
      await expect(act()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    }
    expect(await findProblems()).toEqual(['foreign null']);
  });

  it('does not pass for an empty log where the commit it names is missing', async () => {
    await writeFile(join(repository.gitDirectory, REF), `${'1'.repeat(40)}\n`);
    await expect(open().head()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });

  it('stops with the name of its lock where one was left behind', async () => {
    const lock = join(repository.gitDirectory, `${REF}.lock`);
    await writeFile(lock, '');
    const thrown = await open()
      .append([make.skip('1')])
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      code: 'LOG_REFUSED',
      details: { lock: expect.stringContaining('tamma-events.lock') },
    });
    expect(await readAll(open())).toHaveLength(6);
    expect(await readdir(join(repository.gitDirectory, 'refs/heads'))).toContain('tamma-events.lock');
  });

  it('says where there is no repository', async () => {
    const nowhere = createGitBranchStore({ gitDirectory: '/nonexistent', clock: createTickingClock() });
    await expect(nowhere.head()).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
  });
});
