import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDemoSession } from '../../../src/app/demo/sessions.ts';
import { type RunAgainOptions, type RunAgainSource, runAgain } from '../../../src/app/replay/run-again.ts';
import type { LoggedEvent } from '../../../src/core/events/event.ts';
import { createSystemClock } from '../../../src/hosts/system-clock.ts';
import { createTerminalHost } from '../../../src/hosts/terminal.ts';
import { createPalette } from '../../../src/lib/palette.ts';
import { renderRunAgain } from '../../../src/report/replay-run.ts';
import { createNoContent } from '../../../src/stores/content/no-content.ts';
import { openRepository } from '../../../src/workspace/repository.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createStoreOf, readRecordedLog, recordedLogs, relink } from '../../support/recorded-log.ts';

const recorded = readRecordedLog('5c4a8d7/people');
const silent = createTerminalHost({ runId: 'test', view: { show() {}, close() {} } });

let folder: string;
let repository: TestRepository;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-again-'));
  repository = await createGitRepository({ files: { 'README.md': 'elsewhere by now\n' } });
  const bundle = join(recordedLogs, '5c4a8d7', 'people.bundle');
  await repository.git(['fetch', '--quiet', bundle, 'refs/heads/recorded-base:refs/heads/recorded']);
  await writeFile(join(folder, 'session.json'), await readDemoSession(1));
});

afterAll(async () => {
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
});

async function again(events: readonly LoggedEvent[], options: Partial<RunAgainOptions> = {}) {
  const source: RunAgainSource = {
    store: createStoreOf(events),
    repository: await openRepository({ directory: repository.directory }),
    clock: createSystemClock(),
    content: createNoContent(),
    host: silent,
    environment: { PATH: process.env.PATH, ANTHROPIC_API_KEY: 'not to be used' },
    signal: new AbortController().signal,
  };
  const session = join(folder, 'session.json');
  return runAgain(source, { issue: 1, session, sandbox: 'best-effort', ...options });
}

/** The log with one event said otherwise, as if an older version had decided so. */
function change(type: string, data: object, nth = 0): LoggedEvent[] {
  const { position } = recorded.filter((event) => event.type === type)[nth] ?? { position: 0 };
  return relink(
    recorded.map((event) =>
      event.position === position ? ({ ...event, data: { ...event.data, ...data } } as LoggedEvent) : event,
    ),
  );
}

const text = (report: Awaited<ReturnType<typeof again>>) => renderRunAgain(report, createPalette(false));

describe('a whole loop run again from its log and its session', () => {
  test('comes out the same: steps, people, failures, and what was decided', async () => {
    const refs = await repository.git(['for-each-ref']);
    const report = await again(recorded);
    expect(report).toMatchObject({
      status: 'same',
      events: 116,
      of: 116,
      decisions: 18,
      tokens: 0,
      taken: 4,
    });
    expect(text(report)).toContain('✓ issue 1 would come out the same: 18 decisions, 116 of 116 events');
    expect(await repository.git(['for-each-ref'])).toBe(refs);
  }, 120_000);

  test('parts where another reason is given now, and names the place and both', async () => {
    const report = await again(change('WORKFLOW.STEP_STARTED', { because: 'it was in a hurry' }, 2));
    expect(report).toMatchObject({
      status: 'differs',
      parting: {
        position: 9,
        type: 'WORKFLOW.STEP_STARTED',
        stepId: 'RESEARCH',
        difference: { path: 'data.because' },
      },
    });
    expect(text(report)).toMatch(/NO LONGER COMES OUT AS RECORDED: it parts at position 9/);
    expect(text(report)).toContain('recorded: "it was in a hurry"');
  });

  test('parts where a step comes to something else', async () => {
    const report = await again(change('AMBIGUITY.SCORED', { score: 80 }));
    expect(report.parting?.difference).toEqual({ path: 'data.score', recorded: 80, replayed: 8 });
  });

  test('parts where the model is asked something else, and shows what', async () => {
    const session = join(folder, 'other.json');
    await writeFile(session, await readDemoSession(2));
    const report = await again(recorded, { session });
    expect(report.parting).toMatchObject({
      stepId: 'RESEARCH',
      difference: { replayed: 'AI.REQUEST.FAILED' },
    });
    expect(text(report)).toContain('-Title: Write rows as a Markdown table');
    expect(text(report)).toContain('+Title: A quoted field with a comma is split in two');
  });

  test('parts where the log goes on and this version has nothing to do', async () => {
    const [first] = recorded;
    const stopped = recorded.find(({ type }) => type === 'WORKFLOW.CANCELLED') as LoggedEvent;
    const command = recorded[stopped.position - 2] as LoggedEvent;
    const events = relink([
      ...recorded.slice(0, 8),
      command,
      stopped,
      { ...first, id: command.id } as LoggedEvent,
    ]);
    const report = await again(events);
    expect(report.parting).toMatchObject({
      position: 11,
      reason: expect.stringContaining('a person stopped it'),
    });
  });

  test('takes up what a run that was cut off had claimed and spent', async () => {
    const [started, asked, answered] = recorded.slice(8, 11) as [LoggedEvent, LoggedEvent, LoggedEvent];
    const because = 'the run that held RESEARCH is gone; it starts again';
    const next = {
      ...started,
      id: answered.id.replace(/^..../, 'ffff'),
      data: { ...started.data, run: 2, because },
    };
    const copy = (event: LoggedEvent) => ({ ...event, id: event.id.replace(/^..../, 'eeee') });
    const done = recorded.findIndex(
      ({ type, tags }) => type === 'WORKFLOW.STEP_COMPLETED' && tags.stepId === 'RESEARCH',
    );
    const events = relink([
      ...recorded.slice(0, 9),
      ...[copy(asked), copy(answered), next as LoggedEvent],
      ...recorded
        .slice(9, done + 1)
        .map((event) =>
          event.type === 'WORKFLOW.STEP_COMPLETED' ? { ...event, data: { ...event.data, run: 2 } } : event,
        ),
    ] as LoggedEvent[]);
    const report = await again(events);
    expect(report.parting).toBeNull();
    expect(report).toMatchObject({ status: 'same', taken: 1, events: events.length });
  });
});

/** As if the same loop had run on a forge: its issue has an address. */
function onForge(events: readonly LoggedEvent[]): LoggedEvent[] {
  const url = 'https://forge.example/acme/shop/issues/1';
  return relink(
    events.map((event) =>
      event.type === 'ISSUE.SELECTED' ? ({ ...event, data: { ...event.data, url } } as LoggedEvent) : event,
    ),
  );
}

describe('a loop that ran on a forge', () => {
  test('is run again without it: the issue is that of the session, the forge’s word that of the log', async () => {
    const design = recorded.findIndex(({ type }) => type === 'APPROVAL.GRANTED') + 1;
    const report = await again(onForge(recorded.slice(0, design)));
    expect(report.parting).toBeNull();
    expect(report).toMatchObject({ status: 'same', taken: 1, again: 4 });
  });

  test('is refused where the session does not show the issue', async () => {
    const session = join(folder, 'blind.json');
    const blind = (await readDemoSession(1)).replaceAll('source=\\"issue\\"', 'source=\\"other\\"');
    const { entries, ...rest } = JSON.parse(blind);
    await writeFile(session, JSON.stringify({ ...rest, entries: [] }));
    await expect(again(onForge(recorded), { session })).rejects.toThrow(
      'does not show the text of the issue',
    );
  });
});

describe('a run again is refused, before anything is done,', () => {
  test.each([
    ['where the log has no base commit yet', recorded.slice(0, 6), {}, 'has not come to a base commit'],
    [
      'where the base is not in this clone',
      change('CONTEXT.GATHERED.SUCCESS', { baseSha: 'f'.repeat(40) }),
      {},
      'is not in this clone',
    ],
    ['where the session is not there', recorded, { session: '/nowhere/session.json' }, 'cannot be read'],
    ['where the session is a folder', recorded, { session: tmpdir() }, 'cannot be read'],
    [
      'where nothing was kept of the prompts',
      recorded,
      { session: undefined },
      'of 16 calls of models 0 are kept',
    ],
    ['for an issue the log does not know', recorded, { issue: 9 }, 'knows nothing of issue 9'],
  ])('%s', async (_, events, options, message) => {
    await expect(again(events, options)).rejects.toThrow(message);
  });
});
