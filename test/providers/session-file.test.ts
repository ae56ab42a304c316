import { describe, expect, test } from 'vitest';
import { TammaError } from '../../src/core/errors.ts';
import { digestBlocks } from '../../src/providers/normalise-request.ts';
import { parseSession, type Session, serialiseSession } from '../../src/providers/session-file.ts';

const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 };
const blocks = { s: ['system', 'Be brief.'], t: ['tools'], u: ['user', 'hello', 'you'] };
const session: Session = {
  version: 1,
  createdAt: '2026-11-20T10:00:00.000Z',
  vendor: 'anthropic',
  model: 'claude-opus-5-5',
  entries: [
    {
      task: 'plan',
      turn: 1,
      digest: digestBlocks([blocks.s, blocks.t, blocks.u]),
      request: ['s', 't', 'u'],
      response: { stopReason: 'end', parts: [{ type: 'text', text: 'Hi.' }], usage },
    },
  ],
  blocks,
};

function parseError(text: string): TammaError {
  try {
    parseSession(text, 'demo.json');
  } catch (error) {
    return error as TammaError;
  }
  throw new Error('it was parsed');
}

describe('a session file', () => {
  test('makes the trip to text and back', () => {
    expect(parseSession(serialiseSession(session), 'demo.json')).toEqual(session);
  });

  test('has the same bytes for the same session, without what is not used', () => {
    const shuffled = {
      blocks: { unused: ['x'], u: blocks.u, t: blocks.t, s: blocks.s },
      ...{ entries: session.entries, model: session.model, vendor: session.vendor },
      ...{ createdAt: session.createdAt, version: 1 as const },
    };
    expect(serialiseSession(shuffled)).toBe(serialiseSession(session));
  });

  test.each([
    ['no JSON', '{', 'demo.json is no JSON'],
    ['another version', JSON.stringify({ ...session, version: 2 }), 'version'],
    ['a foreign key', JSON.stringify({ ...session, apiKey: 'x' }), 'apiKey'],
    ['no object', '[]', 'demo.json is no recorded session: file'],
    [
      'an edited request',
      serialiseSession({ ...session, blocks: { ...blocks, u: ['user', 'bye'] } }),
      'entries.0',
    ],
    ['a missing block', serialiseSession({ ...session, blocks: { s: blocks.s } }), 'entries.0'],
  ])('is refused where it is %s', (_, text, message) => {
    const error = parseError(text);
    expect(error).toBeInstanceOf(TammaError);
    expect(error).toMatchObject({ code: 'RECORDING_INVALID', exitCode: 2 });
    expect(error.message).toContain(message);
  });
});
