import { describe, expect, test } from 'vitest';
import { createWalk } from '../../../src/app/replay/walk.ts';
import { tellDecisions } from '../../../src/app/replay.ts';
import { createPalette } from '../../../src/lib/palette.ts';
import { readRecordedLog } from '../../support/recorded-log.ts';
import { createPullLog } from '../../support/sample-loop.ts';

const events = readRecordedLog('5c4a8d7/people');
const open = () =>
  createWalk({ issue: 1, events, decisions: tellDecisions(events), palette: createPalette(false) });

/** The answer to the last of these lines, and where it leaves the walk. */
function walk(...lines: string[]): { text: string; at: number } {
  const steps = open();
  const answers = lines.map((line) => steps.answer(line) ?? 'THE END');
  return { text: answers.at(-1) ?? '', at: Number(steps.place().split('/')[0]) };
}

describe('a walk through a log', () => {
  test('begins at the first event, and says how long it is', () => {
    const text = open().begin();
    expect(text).toContain('116 events, 18 decisions');
    expect(text).toContain('run ISSUE_ASSIGNMENT (run 1)');
  });

  test('goes on by a line that is empty, and by so many events', () => {
    expect(walk('').at).toBe(2);
    expect(walk('n 10', 'p', 'previous 3').at).toBe(7);
  });

  test('stops at both ends and says so', () => {
    expect(walk('p')).toEqual({ text: 'That is the first event.', at: 1 });
    expect(walk('e', '')).toEqual({ text: 'That was the last event.', at: 116 });
    expect(walk('e', 'f').at).toBe(1);
  });

  test('goes from decision to decision, each with its reason and what it rested on', () => {
    expect(walk('d')).toMatchObject({
      at: 6,
      text: expect.stringContaining('because “Assign the issue” is done'),
    });
    expect(walk('d').text).toContain('rests on 5 WORKFLOW.STEP_COMPLETED ISSUE_ASSIGNMENT done');
    expect(walk('d', 'd', 'b').at).toBe(6);
    expect(walk('e', 'd').text).toBe('No decision comes after this.');
    expect(walk('b').text).toBe('No decision came before.');
  });

  test('jumps to a position and to a time', () => {
    expect(walk('105').at).toBe(105);
    const time = events.find(({ position }) => position === 40)?.timestamp ?? '';
    const last = events.findLast(({ timestamp }) => timestamp <= time)?.position;
    expect(walk(`j ${time}`).at).toBe(last);
    expect(walk('j nowhere')).toMatchObject({
      at: 1,
      text: expect.stringContaining('Give a position or a time'),
    });
  });

  test('searches on, round the end, and again with the same words', () => {
    const first = walk('/refused');
    expect(first).toMatchObject({ at: 31, text: expect.stringContaining('COMMAND.REFUSED') });
    expect(walk('/STEP_FAILED', '/').at).toBeGreaterThan(walk('/step_failed').at);
    expect(walk('e', '/refused').text).toContain('From the beginning again');
    expect(walk('/no such thing').text).toContain('Nothing holds');
    expect(walk('/').text).toContain('Nothing holds');
  });

  test('tells why: the causes of an event, back to what was decided before', () => {
    const { text } = walk('105', 'w');
    expect(text).toContain('escalate CODE_GENERATION (step-keeps-failing)');
    expect(text).toMatch(/← 104 WORKFLOW\.STEP_FAILED[\s\S]*← 98[\s\S]*← 94/);
    expect(walk('w 32').text).toContain('said by Tamma demo');
    expect(walk('w 999').text).toContain('No event of this issue is at 999');
  });

  test('shows what an event changed, the state after it, its neighbours and its line', () => {
    expect(walk('105').text).toContain('status: "active" → "escalated"');
    expect(walk('105', 's').text).toContain('needs a person: a step keeps failing');
    const list = walk('105', 'l').text;
    expect(list.split('\n').length).toBe(11);
    expect(list).toMatch(/^▶◆ {3}105/m);
    expect(walk('105', 'r').text).toContain('"prevHash"');
  });

  test('knows no other words, and helps', () => {
    expect(walk('dance').text).toMatch(/There is no “dance” here\.[\s\S]*the next decision/);
    expect(walk('h').text).toContain('search on from here');
    expect(walk('q').text).toBe('THE END');
  });

  test('shows control characters of a log instead of obeying them', () => {
    const hostile = createPullLog().events;
    const steps = createWalk({
      issue: 7,
      events: hostile,
      decisions: tellDecisions(hostile),
      palette: createPalette(false),
    });
    const all = [
      steps.begin(),
      ...hostile.flatMap(() => ['', 'r', 's', 'w']).map((line) => steps.answer(line)),
    ];
    expect(all.join('\n')).not.toContain('\u001b');
  });
});
