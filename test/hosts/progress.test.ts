import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createJsonView } from '../../src/hosts/json-view.ts';
import { createLiveView } from '../../src/hosts/live-view.ts';
import { createPlainView, type ProgressView } from '../../src/hosts/progress-view.ts';
import { createTerminalHost } from '../../src/hosts/terminal.ts';
import { createPalette } from '../../src/lib/palette.ts';
import type { Progress } from '../../src/ports/host.ts';

const story: Progress[] = [
  {
    kind: 'step-started',
    stepId: 'DESIGN',
    title: 'Design',
    run: 2,
    because: 'everything\nbefore it is done',
  },
  { kind: 'tool', name: 'read_file', target: 'src/\u001b[2Ja.ts' },
  { kind: 'cost', addedUsd: 0.01, issueUsd: 0.01 },
  { kind: 'cost', addedUsd: 0.02, issueUsd: 0.03 },
  { kind: 'note', level: 'warning', text: 'slow today' },
  { kind: 'note', level: 'info', text: 'by the way' },
  { kind: 'step-ended', stepId: 'DESIGN', outcome: 'completed', summary: '5 steps', durationMs: 2500 },
];

function createScreen(columns = 80) {
  const written: string[] = [];
  return { columns, write: (text: string) => written.push(text), text: () => written.join('') };
}

function tell(view: ProgressView, progress: readonly Progress[] = story) {
  for (const fact of progress) view.show(fact);
}

const palette = createPalette(false);
const now = () => new Date(1000);

describe('progress in plain lines', () => {
  test('tells begin, tools, warnings and end with run, time and the cost of the step', () => {
    const screen = createScreen();
    tell(createPlainView({ stream: screen, palette, now }));
    expect(screen.text()).toBe(
      [
        '▶ Design because everything before it is done',
        '    read_file src/\\x1b[2Ja.ts',
        '! slow today',
        '  by the way',
        '✓ Design                 5 steps attempt 2 · 2.5 s · 0.03 USD',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['gate-failed', '✗'],
    ['failed', '✗'],
    ['skipped', '↷'],
    ['waiting', '⏸'],
    ['something new', '•'],
  ])('marks a step that ended as %s with %s', (outcome, symbol) => {
    const screen = createScreen();
    tell(createPlainView({ stream: screen, palette, now }), [
      { kind: 'step-ended', stepId: 'MERGE', outcome, summary: 's', durationMs: 0 },
    ]);
    expect(screen.text().startsWith(`${symbol} MERGE`)).toBe(true);
  });
});

describe('live progress', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());
  const clock = () => new Date();

  /** What stands on the screen once carriage returns and erased lines are carried out. */
  function look(text: string): string[] {
    return text.split('\n').map((line) => line.slice(line.lastIndexOf('\u001b[2K') + 1).replace('[2K', ''));
  }

  test('keeps one line for the step at work, with its tool, time and cost', () => {
    const screen = createScreen(100);
    const view = createLiveView({ stream: screen, palette, now: clock });
    tell(view, story.slice(0, 4));
    vi.advanceTimersByTime(2000);
    expect(look(screen.text()).at(-1)).toMatch(
      /^. Design +attempt 2 · read_file src\/\\x1b\[2Ja\.ts · [12]\.\d s · 0\.03 USD$/,
    );
    expect(screen.text()).not.toContain('\n');
    view.close();
  });

  test('leaves ended steps and notes as lines, and nothing of the moving one', () => {
    const screen = createScreen();
    const view = createLiveView({ stream: screen, palette, now: clock });
    tell(view);
    expect(look(screen.text())).toEqual([
      '! slow today',
      '  by the way',
      '✓ Design                 5 steps attempt 2 · 2.5 s · 0.03 USD',
      '',
    ]);
    const before = screen.text();
    vi.advanceTimersByTime(5000);
    expect(screen.text()).toBe(before);
  });

  test('never writes a line longer than the terminal is wide', () => {
    const screen = createScreen(30);
    const view = createLiveView({ stream: screen, palette, now: clock });
    tell(view, story.slice(0, 2));
    expect(look(screen.text()).at(-1)?.length).toBeLessThan(30);
    view.close();
  });

  test('closed in the middle of a step erases its line', () => {
    const screen = createScreen();
    const view = createLiveView({ stream: screen, palette, now: clock });
    tell(view, story.slice(0, 1));
    view.close();
    view.close();
    expect(look(screen.text())).toEqual(['']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('progress as JSON lines', () => {
  test('holds every fact with time, level and run', async () => {
    const screen = createScreen();
    tell(await createJsonView({ stream: screen, level: 'debug', runId: 'r1' }));
    const lines = screen
      .text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [30, 'DESIGN started'],
      [20, 'read_file'],
      [20, 'model call paid'],
      [20, 'model call paid'],
      [40, 'slow today'],
      [30, 'by the way'],
      [30, 'DESIGN completed'],
    ]);
    expect(lines[0]).toMatchObject({
      runId: 'r1',
      kind: 'step-started',
      stepId: 'DESIGN',
      time: expect.stringMatching(/Z$/),
    });
  });

  test('says no more than the level asks for', async () => {
    const screen = createScreen();
    tell(await createJsonView({ stream: screen, level: 'warn', runId: 'r1' }));
    expect(screen.text().trimEnd().split('\n')).toHaveLength(1);
  });

  test('cannot be read as a command by a runner, and reads the same as JSON', async () => {
    const screen = createScreen();
    const text = '##[error]owned\n::error::owned ##vso[x]';
    tell(await createJsonView({ stream: screen, level: 'info', runId: 'r1' }), [
      { kind: 'note', level: 'info', text },
    ]);
    expect(screen.text()).not.toMatch(/##\w*\[/);
    expect(screen.text()).not.toMatch(/^\s*::/m);
    expect(JSON.parse(screen.text()).msg).toBe(text);
  });
});

test('the terminal host passes progress on without secrets, and holds claims in the name of this process', () => {
  const screen = createScreen();
  const view = createPlainView({ stream: screen, palette, now });
  const host = createTerminalHost({ runId: 'r1', view, redact: (text) => text.replace('everything', '***') });
  for (const fact of story.slice(0, 1)) host.report(fact);
  host.close();
  expect(host.holder).toMatchObject({ runId: 'r1', pid: process.pid });
  expect(host.isAlive(host.holder)).toBe('alive');
  expect(screen.text()).toContain('▶ Design because *** before it is done');
});
