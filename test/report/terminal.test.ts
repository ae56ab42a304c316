import { describe, expect, test } from 'vitest';
import { createInitialState } from '../../src/core/state.ts';
import { createPalette } from '../../src/lib/palette.ts';
import { renderCheckpoint } from '../../src/report/checkpoint.ts';
import { renderReplay } from '../../src/report/replay.ts';
import { renderStatus, renderStatusList } from '../../src/report/status.ts';
import { DIGEST, SHA } from '../support/event-log.ts';
import {
  createAskingLog,
  createEscalatedLog,
  createPlannedLog,
  createPullLog,
  stateOf,
} from '../support/sample-loop.ts';

const plain = createPalette(false);
const options = { issue: 7, palette: plain };

describe('the status of one issue', () => {
  test('names all fifteen steps and what the next one is', () => {
    const text = renderStatus(stateOf(createPullLog()), options);
    expect(text.match(/^ {2}[✓·✗↷▶⏸] /gm)?.length).toBe(15 + 1);
    expect(text).toContain('✓ Write tests and code   repaired · 2 attempts');
    expect(text).toContain('✓ Tests gate             12 tests pass · 2 attempts');
    expect(text).toContain('pull request #12');
  });

  test('has no escape sequence without colour, and colours with it', () => {
    expect(renderStatus(stateOf(createPullLog()), options)).not.toContain('\u001b');
    const coloured = renderStatus(stateOf(createPullLog()), { issue: 7, palette: createPalette(true) });
    expect(coloured).toContain('\u001b[32m✓\u001b[39m');
  });

  test('shows the control characters of a hostile title instead of obeying them', () => {
    const coloured = renderStatus(stateOf(createPullLog()), { issue: 7, palette: createPalette(true) });
    expect(coloured).not.toContain('\u001b[2J');
    expect(coloured).toContain('\\x1b[2J');
  });

  test('says in its first line where it stands', () => {
    expect(renderStatus(stateOf(createPlannedLog()), options)).toMatch(
      /^#7 .* {2}⏸ waiting for approval of the plan\n/,
    );
    expect(renderStatus(stateOf(createEscalatedLog()), options)).toMatch(
      /^#7 .* {2}⚠ needs a person: the attempts are used up\n/,
    );
  });
});

test('the status of all issues is a line each, with the command of those that wait', () => {
  const states = [
    { issue: 7, state: stateOf(createPlannedLog()) },
    { issue: 8, state: createInitialState() },
  ];
  const text = renderStatusList(states, plain);
  expect(text).toMatch(/^ {3}#7 .*waiting for approval/);
  expect(text).toContain(`tamma approve ${DIGEST('d')} --issue 7`);
  expect(text).toMatch(/^ {3}#8 .*about to begin/m);
  expect(renderStatusList([], plain)).toContain('tamma run --next');
});

describe('what a person must know to answer', () => {
  test('questions come with numbered choices', () => {
    expect(renderCheckpoint(stateOf(createAskingLog()), plain)).toMatch(
      /q1 What about quotes\?\n {5}1\. double them/,
    );
  });

  test('a plan comes whole, with its digest', () => {
    const text = renderCheckpoint(stateOf(createPlannedLog()), plain);
    expect(text).toContain('2. Read quotes');
    expect(text).toContain('test/parse.test.js');
    expect(text).toContain('new dependencies: left-pad');
    expect(text).toContain(`plan ${DIGEST('d')}, until 2026-11-27 08:00 UTC`);
  });

  test('a merge comes with its gates and its head', () => {
    const log = createPullLog()
      .add('APPROVAL.REQUESTED', {
        kind: 'merge',
        digest: SHA('e'),
        reasons: ['x'],
        expiresAt: '2026-11-27T08:00:00.000Z',
      })
      .add('WORKFLOW.WAITING', { stepId: 'APPROVAL_GATE', run: 1, for: 'approval', durationMs: 1 });
    const text = renderCheckpoint(stateOf(log), plain);
    expect(text).toContain('✓ Tests');
    expect(text).toContain(`head ${SHA('e')}`);
  });

  test('an escalation comes with the newest report', () => {
    const text = renderCheckpoint(stateOf(createEscalatedLog()), plain);
    expect(text).toContain('- major src/parse.js:12');
    expect(text).toContain('    not ok 1');
  });

  test('nothing is said where nobody is asked', () => {
    expect(renderCheckpoint(stateOf(createPullLog()), plain)).toBe('');
  });
});

describe('a replay', () => {
  const decision = {
    position: 4,
    timestamp: '2026-11-20T08:04:00.000Z',
    key: 'run DESIGN (run 1)',
    because: 'everything before it is done: design',
    again: { key: 'run DESIGN (run 1)', because: 'everything before it is done: design' },
    agrees: true,
    restedOn: [{ position: 3, type: 'WORKFLOW.STEP_COMPLETED', text: 'RESEARCH done' }],
  };
  const view = {
    issue: 7,
    at: null,
    state: stateOf(createPullLog()),
    decisions: [decision],
    next: { key: 'wait DESIGN', because: 'waiting for approval', restedOn: [] },
    difference: null,
    why: null,
  };

  test('tells every decision with its reason and the events it rests on', () => {
    const text = renderReplay(view, plain);
    expect(text).toContain('run DESIGN (run 1) 08:04:00');
    expect(text).toContain('because everything before it is done: design');
    expect(text).toContain('rests on 3 WORKFLOW.STEP_COMPLETED RESEARCH done');
    expect(text).toMatch(/next wait DESIGN\n {7}because waiting for approval/);
    expect(text).toContain('1 of 1 the same');
  });

  test('of a decision with many grounds tells the newest, and how many there are', () => {
    const restedOn = Array.from({ length: 12 }, (_, index) => ({ position: index + 1, type: 'X', text: '' }));
    const text = renderReplay({ ...view, decisions: [{ ...decision, restedOn }] }, plain);
    expect(text).toContain('rests on 4 more, and\n       rests on 5 X\n');
  });

  test('says loudly where this version decides differently', () => {
    const again = { key: 'stop (done)', because: 'the change is merged' };
    const text = renderReplay({ ...view, decisions: [{ ...decision, again, agrees: false }] }, plain);
    expect(text).toContain('THIS VERSION DECIDES 1 OF 1 DIFFERENTLY');
    expect(text).toContain('this version decides: stop (done), because the change is merged');
  });

  test('of two moments tells what differs', () => {
    const changes = [
      { path: 'wait', before: null, after: 'x' },
      { path: 'head.sha', before: 'a', after: undefined },
    ];
    const text = renderReplay({ ...view, difference: { from: '1', to: '2', changes } }, plain);
    expect(text).toContain('from 1 to 2');
    expect(text).toContain('wait: null → "x"');
    expect(text).toContain('head.sha: "a" → absent');
    expect(renderReplay({ ...view, difference: { from: '1', to: '2', changes: [] } }, plain)).toContain(
      'nothing differs',
    );
  });
});
