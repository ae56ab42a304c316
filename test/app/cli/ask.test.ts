import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createAsk } from '../../../src/app/cli/ask.ts';
import type { LoopState } from '../../../src/core/state.ts';
import { createPrompt } from '../../../src/hosts/prompt.ts';
import { createPalette } from '../../../src/lib/palette.ts';
import { DIGEST, SHA } from '../../support/event-log.ts';
import {
  createAskingLog,
  createEscalatedLog,
  createPlannedLog,
  createPullLog,
  stateOf,
} from '../../support/sample-loop.ts';

/** A person who types these lines, each when the next prompt comes. */
async function askWith(state: LoopState, ...typed: string[]) {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  let screen = '';
  output.on('data', (text: string) => {
    screen += text;
    if (!text.endsWith('> ') && !text.endsWith('? ')) return;
    const line = typed.shift();
    if (line === undefined) input.end();
    else input.write(`${line}\n`);
  });
  const prompt = createPrompt({ input, output, signal: new AbortController().signal });
  const said = await createAsk(prompt, createPalette(false))({ issue: 7, state, wait: state.wait });
  return { said, screen };
}

describe('a person at the terminal', () => {
  test('answers questions by number and in their own words', async () => {
    const { said, screen } = await askWith(stateOf(createAskingLog()), '2', 'only CSV');
    expect(said).toEqual({ command: 'answer', argument: 'q1=2 q2=only CSV' });
    expect(screen).toContain('1. double them');
  });

  test('leaves questions waiting by typing nothing', async () => {
    expect((await askWith(stateOf(createAskingLog()), '1', '')).said).toBeNull();
  });

  test('approves the plan that is shown, by its digest', async () => {
    const { said, screen } = await askWith(stateOf(createPlannedLog()), '1');
    expect(said).toEqual({ command: 'approve', argument: DIGEST('d') });
    expect(screen).toContain('The plan for issue 7:');
    expect(screen).toContain('2. Read quotes');
  });

  test('sends the plan back, saying what should be different', async () => {
    const { said } = await askWith(stateOf(createPlannedLog()), 'x', '2', '', '2', 'keep the old name');
    expect(said).toEqual({ command: 'revise', argument: 'keep the old name' });
  });

  test('stops the issue, or leaves it waiting', async () => {
    expect((await askWith(stateOf(createPlannedLog()), '3')).said).toEqual({ command: 'stop', argument: '' });
    expect((await askWith(stateOf(createPlannedLog()), '4')).said).toBeNull();
  });

  test('is asked about a merge as such', async () => {
    const log = createPullLog()
      .add('APPROVAL.REQUESTED', {
        kind: 'merge',
        digest: SHA('e'),
        reasons: [],
        expiresAt: '2026-11-27T08:00:00.000Z',
      })
      .add('WORKFLOW.WAITING', { stepId: 'APPROVAL_GATE', run: 1, for: 'approval', durationMs: 1 });
    const { said, screen } = await askWith(stateOf(log), '1');
    expect(screen).toContain('May issue 7 be merged?');
    expect(said).toEqual({ command: 'approve', argument: SHA('e') });
  });

  test('answers an escalation with one of its commands', async () => {
    const state = stateOf(createEscalatedLog());
    expect((await askWith(state, '1')).said).toEqual({ command: 'retry', argument: '' });
    const escalation = state.escalation && {
      ...state.escalation,
      commands: ['tamma skip CI_CHECK --issue 7', 'unknown'],
    };
    const { said, screen } = await askWith({ ...state, escalation }, '1');
    expect(said).toEqual({ command: 'skip', argument: 'CI_CHECK' });
    expect(screen).toContain('2. leave it waiting');
  });

  test('who goes away leaves the loop waiting', async () => {
    expect((await askWith(stateOf(createPlannedLog()))).said).toBeNull();
  });

  test('is not asked where nothing can be answered', async () => {
    const state = { ...stateOf(createEscalatedLog()), escalation: null };
    expect((await askWith(state)).said).toBeNull();
  });
});
