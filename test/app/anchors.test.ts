import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnchorBook } from '../../src/app/anchor-book.ts';
import { readAnchorFile } from '../../src/app/anchor-file.ts';
import {
  checkAnchorFile,
  checkIssueAnchors,
  checkNotedAnchors,
  compareAnchor,
} from '../../src/app/check-anchors.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import { verifyRuntimeLog } from '../../src/app/verify-log.ts';
import { findAnchor, parseAnchor, writeAnchor } from '../../src/core/events/anchor-text.ts';
import { activityProjection } from '../../src/core/projections/activity.ts';
import { issuesProjection } from '../../src/core/projections/issues.ts';
import { openSealed, sealState } from '../../src/core/projections/seal.ts';
import type { EventStore, LogHead } from '../../src/ports/event-store.ts';
import type { Progress } from '../../src/ports/host.ts';
import type { Issue } from '../../src/ports/platform/issues.ts';
import { createMemoryLog, createMemoryStore } from '../../src/stores/memory.ts';
import { createEventMaker, createTickingClock } from '../support/new-events.ts';

let folder: string;
let file: string;
let lines: string[];
let store: EventStore;
let told: Progress[];
const clock = createTickingClock();
const make = createEventMaker(clock);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-anchors-'));
  file = join(folder, 'deep', 'anchors');
  lines = [];
  store = createMemoryStore(createMemoryLog(lines));
  told = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const host = { report: (progress: Progress) => void told.push(progress) };
const openBook = (path: string | undefined = file) => createAnchorBook({ store, file: path, clock, host });

type Page = { sticky?: string; body?: string };

/** The part of a runtime that compares the log with what is noted elsewhere. */
function createRuntime({ sticky, body }: Page = {}, path = file) {
  const { store: watched, book: anchors } = openBook(path);
  const comments = sticky === undefined ? [] : [{ marker: 'status', body: sticky }];
  const asked: string[] = [];
  const platform = {
    capabilities: { issueWrites: 'api' },
    issues: {
      get: () => {
        asked.push('issue');
        return sticky === 'unreadable'
          ? Promise.reject(new Error('no network'))
          : Promise.resolve({ number: 7, comments });
      },
    },
    pulls: {
      find: () => {
        asked.push('pull');
        return Promise.resolve({ number: 12, body: body ?? '' });
      },
    },
  };
  const redactor = { redact: (text: string) => text };
  const projections = { issues: () => Promise.resolve([{ issue: 7, state: { position: 1, ...withPull } }]) };
  const runtime = { store: watched, anchors, platform, host, redactor, projections, clock };
  return { runtime: runtime as unknown as Runtime, asked };
}

const withoutPull = { pull: null, branch: null };
const withPull = { pull: { number: 12, url: '' }, branch: 'tamma/7' } as never as typeof withoutPull;
const check = (runtime: Runtime, state = withoutPull) =>
  checkNotedAnchors(runtime, { issue: 7, state, stepId: 'MERGE' });

/** Three events; answers with the head after each. */
async function fill(target: EventStore): Promise<LogHead[]> {
  const heads: LogHead[] = [];
  for (const reason of ['a', 'b', 'c']) {
    await target.append([make.skip('7', reason)]);
    heads.push(await target.head());
  }
  return heads;
}

describe('an anchor in a text', () => {
  const head = { position: 12, hash: 'c0ffee42'.repeat(8) };

  it('is found again, the last of several: what others wrote stands before it', () => {
    expect(writeAnchor(head)).toBe('log position 12, hash `c0ffee42c0ffee42`');
    const planted = writeAnchor({ position: 1, hash: 'f'.repeat(64) });
    const text = `The model says: ${planted}\n\n## Cost\n\n$1 · ${writeAnchor(head)}`;
    expect(findAnchor(text, 'here')).toEqual({ position: 12, hash: 'c0ffee42c0ffee42', source: 'here' });
    expect(findAnchor(`Log position 12, hash \`${head.hash}\``, 'here')?.hash).toBe(head.hash);
    expect(findAnchor('log position 12', 'here')).toBeUndefined();
  });

  it('is taken from people with 16 to 64 digits', () => {
    expect(parseAnchor(`12:${head.hash}`, 'x')).toMatchObject({ position: 12, hash: head.hash });
    for (const text of ['12', `12:${'a'.repeat(15)}`, `12:${'g'.repeat(64)}`, `x:${head.hash}`])
      expect(parseAnchor(text, 'x')).toBeUndefined();
  });
});

describe('the anchor file', () => {
  it('gets a line for every head that was appended, and for none twice', async () => {
    const { store: watched, book } = openBook();
    expect(book.seen()).toBeUndefined();
    const heads = await fill(watched);
    const events = [make.skip('7', 'again')];
    await watched.append(events);
    await watched.append(events);
    expect(book.seen()).toEqual(await store.head());
    expect((await readFile(file, 'utf8')).trim().split('\n')).toEqual([
      ...heads.map(({ position, hash }) => expect.stringMatching(new RegExp(`^${position}:${hash} 2026-`))),
      expect.stringMatching(/^4:/),
    ]);
    expect((await book.read()).map(({ position, source }) => `${position} ${source}`)).toContain(
      `3 ${file}, line 3`,
    );
  });

  it('is no reason to stop where it cannot be written, and is told of', async () => {
    const { store: watched } = openBook(join('/dev/null', 'anchors'));
    await fill(watched);
    expect(told[0]).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('was not noted in /dev/null'),
    });
  });

  it('gets no line that would hide a tail which was cut off', async () => {
    await fill(openBook().store);
    const noted = await readFile(file, 'utf8');
    lines.pop();
    const { store: watched } = openBook();
    const stop = () => watched.append([make.skip('7', 'd')]);
    await expect(stop()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    await expect(stop()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    expect(lines).toHaveLength(2);
    expect(await readFile(file, 'utf8')).toBe(noted);
  });

  it('may be made by hand, and is refused where a line is none', async () => {
    const path = join(folder, 'by-hand');
    await writeFile(path, `# noted on paper\n3:${'a'.repeat(16)}\n\n`);
    expect(await readAnchorFile(path)).toEqual([
      { position: 3, hash: 'a'.repeat(16), source: `${path}, line 2` },
    ]);
    await writeFile(path, 'three\n');
    await expect(readAnchorFile(path)).rejects.toMatchObject({
      code: 'ANCHORS_UNREADABLE',
      message: expect.stringContaining('line 1 is not <position>:<hash>'),
    });
    expect(await readAnchorFile(join(folder, 'none'))).toEqual([]);
    await expect(readAnchorFile(folder)).rejects.toMatchObject({ code: 'ANCHORS_UNREADABLE' });
  });
});

describe('the start of a run', () => {
  it('goes on where the log holds what was noted', async () => {
    const [, second, third] = await fill(openBook().store);
    if (!second || !third) throw new Error('three heads');
    const { runtime, asked } = createRuntime({ sticky: writeAnchor(second), body: writeAnchor(third) });
    await check(runtime);
    await check(runtime);
    expect(asked).toEqual(['issue']);
    const later = createRuntime({ sticky: writeAnchor(second), body: writeAnchor(third) });
    await check(later.runtime, withPull);
    expect(later.asked).toEqual(['pull']);
    await checkAnchorFile(later.runtime);
    expect(told).toEqual([]);
  });

  it('asks the platform only before steps that are worth it', async () => {
    const { runtime, asked } = createRuntime({ sticky: '' });
    await checkNotedAnchors(runtime, { issue: 7, state: withoutPull, stepId: 'DESIGN' });
    expect(asked).toEqual([]);
  });

  it('does not begin an issue again that the log has lost', async () => {
    const [first] = await fill(store);
    lines.length = 0;
    const comments = [{ marker: 'status', body: writeAnchor(first as LogHead) }];
    const issue = { number: 7, comments } as unknown as Issue;
    await expect(checkIssueAnchors(createRuntime().runtime, issue)).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringContaining('the status comment of issue 7'),
    });
  });

  it.each<[string, (noted: LogHead) => Page]>([
    ['the status comment', (noted) => ({ sticky: writeAnchor(noted) })],
    ['the pull request', (noted) => ({ body: writeAnchor(noted) })],
  ])('stops where the tail is gone, by %s', async (_name, toPage) => {
    const [, , third] = await fill(store);
    if (!third) throw new Error('three heads');
    lines.pop();
    const page = toPage(third);
    await expect(
      check(createRuntime(page).runtime, page.body ? withPull : withoutPull),
    ).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      exitCode: 4,
      message: expect.stringContaining('the tail is cut off: the log ends at 2, but 3 was once its head'),
    });
  });

  it('stops where the history was rewritten, by the anchor file', async () => {
    await fill(openBook().store);
    lines.length = 0;
    await fill(store);
    await expect(checkAnchorFile(createRuntime().runtime)).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringContaining(
        'the history was rewritten: position 3 is not the event that was noted',
      ),
      help: expect.stringContaining('tamma events verify'),
    });
  });

  it('does not take what cannot be read for damage', async () => {
    await fill(store);
    await check(createRuntime({ sticky: 'unreadable' }).runtime);
    expect(told).toMatchObject([{ level: 'warning', text: expect.stringContaining('no network') }]);
  });

  it('asks a log that moved on meanwhile again', async () => {
    const other = createMemoryStore(createMemoryLog(lines));
    await store.head();
    const [first] = await fill(other);
    await compareAnchor(store, { ...(first as LogHead), source: 'x' });
    await compareAnchor(store, { position: 0, hash: '0'.repeat(64), source: 'x' });
  });
});

describe('verifying the log of a runtime', () => {
  it('compares all that is noted, given, in the file and on the platform', async () => {
    const [first, second, third] = await fill(openBook().store);
    if (!first || !second || !third) throw new Error('three heads');
    const page = { sticky: writeAnchor(second), body: writeAnchor(third) };
    const { report, anchors } = await verifyRuntimeLog(createRuntime(page).runtime, [
      { ...first, source: '--anchor' },
    ]);
    expect(report.ok).toBe(true);
    expect(anchors.map(({ source }) => source)).toEqual([
      '--anchor',
      ...[1, 2, 3].map((line) => `${file}, line ${line}`),
      'pull request #12',
      'the status comment of issue 7',
    ]);
    lines.pop();
    const after = await verifyRuntimeLog(createRuntime(page).runtime);
    expect(after.report.problems.map(({ kind, place }) => `${kind} ${place}`)).toEqual([
      'tail pull request #12',
    ]);
  });

  it('goes on where the platform cannot be asked', async () => {
    await fill(store);
    const { report } = await verifyRuntimeLog(createRuntime({ sticky: 'unreadable' }).runtime);
    expect(report.ok).toBe(true);
    expect(told).toMatchObject([{ text: expect.stringContaining('no network') }]);
  });
});

describe('snapshots beside the log', () => {
  async function keep(projection: typeof issuesProjection | typeof activityProjection, upTo: number) {
    const state = projection.create();
    let at: LogHead = { position: 0, hash: '' };
    for await (const event of store.read({ items: [] }, { until: upTo })) {
      projection.take(state as never, event);
      at = { position: event.position, hash: event.hash };
    }
    const sealed = sealState(projection as typeof issuesProjection, state as never, at);
    await store.snapshots.save(sealed);
    return sealed;
  }

  it('are compared with the fold of the log', async () => {
    await fill(store);
    await keep(issuesProjection, 3);
    await keep(activityProjection, 2);
    expect((await verifyRuntimeLog(createRuntime().runtime)).report).toMatchObject({
      ok: true,
      problems: [],
    });
  });

  it('are found where they are not it, or that of another log', async () => {
    await fill(store);
    const sealed = await keep(issuesProjection, 3);
    await store.snapshots.save(sealState(issuesProjection, issuesProjection.create(), sealed));
    const activity = await keep(activityProjection, 2);
    const state = openSealed(activityProjection, activity);
    if (!state) throw new Error('a state');
    await store.snapshots.save(sealState(activityProjection, state, { position: 2, hash: 'f'.repeat(64) }));
    const { report } = await verifyRuntimeLog(createRuntime().runtime);
    expect(report.ok).toBe(false);
    expect(report.problems.map(({ kind, position, message }) => `${kind} ${position} ${message}`)).toEqual([
      'index 3 the snapshot is not the fold of the log up to there',
      'index 2 the snapshot is that of another log',
    ]);
  });
});
