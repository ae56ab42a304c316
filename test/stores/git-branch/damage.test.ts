import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/core/events/envelope.ts';
import type { EventStore, LogHead } from '../../../src/ports/event-store.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { plantEvent } from '../../support/git-log.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';

const BRANCH = 'tamma-events';
const REF = `refs/heads/${BRANCH}`;
/** Positions 3, 4 and 5. */
const FILE = 'log/2026-11/00/0001_3.ndjson';

let repository: TestRepository;
let store: EventStore;
let anchor: LogHead;
const make = createEventMaker();
const opened: EventStore[] = [];

function open(): EventStore {
  const handle = createGitBranchStore({ gitDirectory: repository.gitDirectory, clock: createTickingClock() });
  opened.push(handle);
  return handle;
}

beforeEach(async () => {
  repository = await createGitRepository({ bare: true });
  store = open();
  await store.append([make.claim('1'), make.claim('2')]);
  await store.append([make.skip('1', 'third'), make.skip('2', 'fourth'), make.skip('1', 'fifth')]);
  await store.append([make.skip('1', 'sixth')]);
  anchor = await store.head();
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

async function findProblems(options: { anchor?: LogHead } = {}): Promise<string[]> {
  const report = await open().verify(options);
  expect(report.ok).toBe(report.problems.length === 0);
  return report.problems.map(({ kind, position }) => `${kind} ${position}`);
}

describe('a line of the log that is not what was written', () => {
  const cases: [string, (lines: string[]) => string[], string[]][] = [
    ['edited', ([a, b, c]) => [`${a}`, `${b}`.replace('fourth', 'FOURTH'), `${c}`], ['hash 4']],
    ['removed', ([a, , c]) => [`${a}`, `${c}`], ['position 4']],
    [
      'swapped with another',
      ([a, b, c]) => [`${b}`, `${a}`, `${c}`],
      ['position 3', 'position 3', 'position 4'],
    ],
    ['there twice', ([a, b, c]) => [`${a}`, `${a}`, `${b}`, `${c}`], ['position 3', 'duplicate-id 3']],
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
        `${FILE} was changed after it had been written`,
      ]);
      const thrown = await readAll(store, { items: [{ tags: { issueId: '2' } }] }).catch(
        (error: unknown) => error,
      );
      expect(thrown).toMatchObject({ code: 'LOG_CORRUPT', exitCode: 4 });
      expect(String(thrown)).toMatch(/damaged at position [345], log\/2026-11\/00\/0001_3\.ndjson/);
      await expect(readAll(store)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
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
    expect((await open().verify()).problems.map(({ kind, position }) => `${kind} ${position}`)).toEqual(
      expect.arrayContaining(['chain 3', 'chain 6']),
    );
    await expect(readAll(open())).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });
});

describe('a file of the log', () => {
  it('that ends in the middle of a line is found, and stops a read', async () => {
    await edit({ [FILE]: (await show(FILE)).slice(0, -40) });
    expect(await findProblems()).toEqual(['invalid-line 5', 'foreign 3']);
    await expect(readAll(open())).rejects.toThrow('the file ends in the middle of a line');
  });

  it('that lost its last lines is found, and stops a read', async () => {
    await editLines(([a]) => [`${a}`]);
    expect(await findProblems()).toEqual(expect.arrayContaining(['position 4']));
    await expect(readAll(open())).rejects.toThrow('the file has 1 events where 3 belong');
    await expect(readAll(open(), { items: [{ tags: { issueId: '2' } }] })).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
    });
  });

  it('that is gone is found, and stops a read', async () => {
    await edit({ [FILE]: null });
    expect(await findProblems()).toEqual(expect.arrayContaining(['position 3', 'foreign null']));
    await expect(readAll(open())).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    await expect(readAll(open(), { items: [{ tags: { issueId: '2' } }] })).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
    });
  });

  it('that was renamed is found', async () => {
    await edit({ [FILE]: null, 'log/2026-11/00/0007_3.ndjson': await show(FILE) });
    expect(await findProblems()).toEqual(expect.arrayContaining(['foreign null']));
  });

  it('that Tamma did not write is found, and harms no read', async () => {
    await edit({ 'log/notes.txt': 'mine', 'log/2026-11/00/9_9.ndjson': 'mine too' });
    expect(await findProblems()).toEqual(['foreign null', 'foreign null', 'foreign null']);
    expect(await readAll(open())).toHaveLength(6);
  });

  it('that was edited and put back is found in the history', async () => {
    const before = await show(FILE);
    await edit({ [FILE]: 'nothing\n' });
    await edit({ [FILE]: before });
    expect(await readAll(open())).toHaveLength(6);
    expect((await open().verify()).problems.map(({ position, message }) => `${position} ${message}`)).toEqual(
      [`3 ${FILE} was changed after it had been written`, `3 ${FILE} was changed after it had been written`],
    );
  });

  it('whose object is damaged on disk is found, stops a read, and does not stop verify', async () => {
    const id = await repository.git(['rev-parse', `${REF}:${FILE}`]);
    const path = join(repository.gitDirectory, 'objects', id.slice(0, 2), id.slice(2));
    await chmod(path, 0o644);
    await writeFile(path, 'garbage');
    await expect(readAll(open())).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    expect(await findProblems()).toEqual(expect.arrayContaining(['invalid-line 3', 'position 3']));
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
    expect(await findProblems({ anchor })).toEqual([]);
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
    await edit({ 'format.json': '{"format":2}\n' });
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
  const path = 'state/open/1.json';

  it.each([
    ['edited', (text: string) => text.replace('["2026-11/00/0001_3",3],', '')],
    ['garbled', () => 'nothing'],
    ['removed', () => null],
  ])(
    'is gone around where somebody %s it, found by verify, and mended by the next append',
    async (_name, change) => {
      await edit({ [path]: change(await show(path)) });
      expect((await readAll(open(), ofIssue)).map(({ position }) => position)).toEqual([1, 3, 5, 6]);
      const claim = { failIfEventsMatch: ofIssue, after: 5 };
      expect(await open().append([make.claim('1')], claim)).toEqual({ status: 'conflict', position: 6 });
      expect(await findProblems()).toEqual(['index null']);
      await open().append([make.cancel('1')]);
      expect(await findProblems()).toEqual([]);
      expect(await show('state/closed/01/1.json')).toContain('0003_7');
    },
  );

  it('may be missing altogether, or hold what does not belong there', async () => {
    await edit({ [path]: null, 'state/open/2.json': null });
    expect(await readAll(open(), ofIssue)).toHaveLength(4);
    await edit({ 'state/notes.txt': 'mine' });
    expect((await open().verify()).problems.map(({ place }) => place).sort()).toEqual([
      'state/notes.txt',
      'state/open/1.json',
      'state/open/2.json',
    ]);
    await open().append([make.skip('2')]);
    expect(await findProblems()).toEqual([]);
  });

  it('is not believed where it names a file that is not there, even if head.json vouches for it', async () => {
    const wrong = (await show(path)).replace('0002_6', '0009_6');
    await edit({ [path]: wrong });
    const tree = await repository.git(['rev-parse', `${REF}:state`]);
    await edit({
      'head.json': (await show('head.json')).replace(/"index":"[0-9a-f]+"/, `"index":"${tree}"`),
    });
    expect((await readAll(open(), ofIssue)).map(({ position }) => position)).toEqual([1, 3, 5, 6]);
    expect(await findProblems()).toEqual(['index null']);
  });

  it('files an issue under closed while its newest events say so, under a name that is safe', async () => {
    const wild = '../../etc/passwd';
    await store.append([make.cancel('1'), make.claim(wild)]);
    const list = async () =>
      (await repository.git(['ls-tree', '-r', '--name-only', REF, 'state/'])).split('\n');
    expect(await list()).toEqual([
      'state/closed/01/1.json',
      'state/open/2.json',
      expect.stringMatching(/^state\/open\/x[0-9a-f]{40}\.json$/),
    ]);
    await store.append([make.skip('1')]);
    expect(await list()).toContain('state/open/1.json');
    expect(await list()).not.toContain('state/closed/01/1.json');
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
    expect(await findProblems({ anchor })).toEqual(['tail 6']);
    await open().append([make.skip('1', 'another sixth')]);
    expect(await findProblems({ anchor })).toEqual(['chain 6']);
  });

  it('is noticed where it is gone', async () => {
    await repository.git(['update-ref', '-d', REF]);
    await expect(store.append([make.skip('1')])).rejects.toThrow('is gone');
    expect(await findProblems({ anchor })).toEqual(['tail 1']);
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
