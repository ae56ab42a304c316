import { describe, expect, test } from 'vitest';
import type { Provider } from '../../src/ports/provider.ts';
import { costOf } from '../../src/providers/prices.ts';
import { createRecordedProvider } from '../../src/providers/recorded.ts';
import { createRecordingProvider, type RecordingOptions } from '../../src/providers/recording.ts';
import { parseSession, type Session, serialiseSession } from '../../src/providers/session-file.ts';
import { assistant, call, createRequest, readFileTool, result, user } from '../support/chat-requests.ts';
import { createScriptedProvider, type ScriptedAnswer } from '../support/scripted-provider.ts';
import { catchError } from '../support/wire-faults.ts';

const createdAt = new Date('2026-11-20T10:00:00.000Z');

function createSaver() {
  const saved: Session[] = [];
  return {
    save: (session: Session) => void saved.push(session),
    last() {
      const session = saved.at(-1);
      if (!session) throw new Error('nothing was recorded');
      return session;
    },
  };
}

/** Records what `work` does with a scripted provider; the session makes a trip through its file. */
async function record(
  answers: readonly ScriptedAnswer[],
  work: (provider: Provider) => Promise<unknown>,
  given: Partial<RecordingOptions> = {},
): Promise<{ session: Session; text: string }> {
  const left = [...answers];
  const { save, last } = createSaver();
  const scripted = createScriptedProvider({ answers: () => left.shift() ?? { text: 'nothing left' } });
  await work(createRecordingProvider(scripted, { createdAt, save, ...given }));
  const text = serialiseSession(last());
  return { session: parseSession(text, 'session.json'), text };
}

const ask = (text: string) => createRequest({ messages: [user(text)] });
const textOf = async (answer: ReturnType<Provider['chat']>) =>
  (await answer).message.parts.map((part) => part.type === 'text' && part.text)[0];

describe('a recorded session', () => {
  test('answers in any order and in any process what was recorded', async () => {
    const { session } = await record([{ text: 'one' }, { text: 'two' }], async (provider) => {
      await provider.chat(ask('first'));
      await provider.chat(ask('second'));
    });
    expect(await textOf(createRecordedProvider({ session }).chat(ask('second')))).toBe('two');
    const again = createRecordedProvider({ session });
    expect(await textOf(again.chat(ask('second')))).toBe('two');
    expect(await textOf(again.chat(ask('first')))).toBe('one');
  });

  test('gives equal questions their answers in turn and repeats the last one', async () => {
    const { session } = await record(
      [{ text: 'one' }, { text: 'one' }, { text: 'two' }],
      async (provider) => {
        for (let times = 0; times < 3; times++) await provider.chat(ask('same'));
      },
    );
    const provider = createRecordedProvider({ session });
    const answers: unknown[] = [];
    for (let times = 0; times < 5; times++) answers.push(await textOf(provider.chat(ask('same'))));
    expect(answers).toEqual(['one', 'one', 'two', 'two', 'two']);
  });

  test('costs what the recorded model costs, and says that it is recorded', async () => {
    const usage = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0 };
    const { session } = await record([{ text: 'one', usage }], (provider) => provider.chat(ask('first')));
    const provider = createRecordedProvider({ session });
    expect(provider).toMatchObject({ name: 'recorded', vendor: 'recorded', model: 'claude-opus-5-5' });
    const { price, maxOutputTokens } = provider.limits();
    expect(price).toMatchObject({ asOf: '2026-09-23 (recorded)', source: 'recorded session of 2026-11-20' });
    expect(maxOutputTokens).toBe(128_000);
    const response = await provider.chat(ask('first'));
    expect(price && costOf(response.usage, price)).toBe(0.006);
  });

  test('of an unpriced model costs nothing, and says so', async () => {
    const { session } = await record([{ text: 'one', costUsd: 0.25 }], (provider) =>
      provider.chat(ask('first')),
    );
    const provider = createRecordedProvider({ session: { ...session, model: 'unheard-of' } });
    expect(provider.limits().price).toMatchObject({ input: 0, asOf: 'not priced (recorded)' });
    expect(await provider.chat(ask('first'))).toMatchObject({ costUsd: 0.25 });
  });

  test('shows how a request differs from the nearest recorded one, and asks nobody', async () => {
    const { session } = await record([{ text: 'one' }, { text: 'two' }], async (provider) => {
      await provider.chat(ask('Add a button.\nIt must be blue.\nThanks.'), {
        label: { task: 'plan', turn: 1 },
      });
      await provider.chat(ask('Review the change.'), { label: { task: 'review', turn: 1 } });
    });
    const provider = createRecordedProvider({ session });
    const error = await catchError(
      provider.chat(ask('Add a button.\nIt must be green.\nThanks.'), { label: { task: 'plan', turn: 1 } }),
    );
    expect(error).toMatchObject({ code: 'RECORDING_MISMATCH' });
    expect(error.message).toBe(
      [
        'plan, turn 1: no such request was recorded. Nearest is entry 1 of 2; - recorded, + asked now:',
        '@@',
        ' tools',
        ' user',
        ' Add a button.',
        '-It must be blue.',
        '+It must be green.',
        ' Thanks.',
      ].join('\n'),
    );
  });

  test('finds the nearest request without a label too, by what both have in common', async () => {
    const talk = (...texts: string[]) => createRequest({ messages: texts.map(user) });
    const { session } = await record([{}, {}, {}], async (provider) => {
      await provider.chat(talk('a'));
      await provider.chat(talk('a', 'b', 'c'));
      await provider.chat(talk('x', 'y', 'z'));
    });
    const error = await catchError(createRecordedProvider({ session }).chat(talk('a', 'b', 'other')));
    expect(error.message).toContain('this request: no such request was recorded. Nearest is entry 2 of 3');
  });

  test('cuts a difference that nobody would read', async () => {
    const { session } = await record([{}], (provider) => provider.chat(ask('short')));
    const long = Array.from({ length: 2000 }, (_, index) => `line ${index}`).join('\n');
    const error = await catchError(createRecordedProvider({ session }).chat(ask(long)));
    expect(error.message.length).toBeLessThan(6300);
    expect(error.message).toMatch(/… \(cut\)$/);
  });

  test('without entries says so', async () => {
    const session: Session = {
      version: 1,
      createdAt: createdAt.toISOString(),
      vendor: 'v',
      model: 'm',
      entries: [],
      blocks: {},
    };
    const error = await catchError(createRecordedProvider({ session }).chat(ask('x')));
    expect(error.message).toBe('this request: the session is empty');
  });

  test('hands out answers that can be changed without harm', async () => {
    const toolCalls = [{ name: 'read_file', input: { path: 'a' } }];
    const { session } = await record([{ toolCalls }], (provider) => provider.chat(ask('first')));
    const provider = createRecordedProvider({ session });
    const { message } = await provider.chat(ask('first'));
    for (const part of message.parts)
      if (part.type === 'tool-call') (part.input as { path: string }).path = 'changed';
    expect((await provider.chat(ask('first'))).message.parts).toMatchObject([{ input: { path: 'a' } }]);
  });
});

describe('recording', () => {
  test('keeps texts that many requests share once, and no reasoning', async () => {
    const thinking: Provider = {
      ...createScriptedProvider({ answers: {} }),
      chat: () =>
        Promise.resolve({
          model: 'm',
          message: {
            role: 'assistant',
            parts: [
              { type: 'reasoning', opaque: 'a thought' },
              { type: 'text', text: 'ok' },
            ],
          },
          stopReason: 'end',
          usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
        }),
    };
    const { save, last } = createSaver();
    const provider = createRecordingProvider(thinking, { createdAt, save });
    const first = createRequest({ tools: [readFileTool] });
    const { message } = await provider.chat(first);
    await provider.chat({ ...first, messages: [...first.messages, message, user('more')] });
    const text = serialiseSession(last());
    expect(text).not.toContain('a thought');
    expect(text.match(/You write code/g)).toHaveLength(1);
    expect(text.match(/Reads a file/g)).toHaveLength(1);
    expect(last().entries.map(({ request }) => request.length)).toEqual([3, 5]);
  });

  test('writes no secret, and plays back all the same', async () => {
    const redact = (text: string) => text.replaceAll('s3cret', '***');
    const answer = {
      text: 'the key is s3cret',
      toolCalls: [{ name: 'read_file', input: { paths: ['s3cret', 3, null] } }],
    };
    const { session, text } = await record([answer], (provider) => provider.chat(ask('my key: s3cret')), {
      redact,
    });
    expect(text).not.toContain('s3cret');
    const provider = createRecordedProvider({ session, redact });
    expect((await provider.chat(ask('my key: s3cret'))).message.parts).toMatchObject([
      { text: 'the key is ***' },
      { input: { paths: ['***', 3, null] } },
    ]);
  });

  test('goes on with the session of an earlier process', async () => {
    const first = await record([{ text: 'one' }], (provider) => provider.chat(ask('first')));
    const second = await record([{ text: 'two' }], (provider) => provider.chat(ask('second')), {
      earlier: first.session,
    });
    const provider = createRecordedProvider({ session: second.session });
    expect(await textOf(provider.chat(ask('first')))).toBe('one');
    expect(await textOf(provider.chat(ask('second')))).toBe('two');
  });

  test('leaves no trace of a call that failed', async () => {
    const failing = createScriptedProvider({ answers: {} });
    const { save, last } = createSaver();
    const provider = createRecordingProvider(failing, { createdAt, save });
    await expect(provider.chat(ask('x'))).rejects.toThrow('no answer is scripted');
    expect(last).toThrow('nothing was recorded');
  });

  test('keeps a whole conversation with tools, by task and turn', async () => {
    const script = {
      implement: [[{ toolCalls: [{ id: 'c1', name: 'read_file', input: { path: 'a' } }] }, { text: 'done' }]],
    };
    const { save, last } = createSaver();
    const provider = createRecordingProvider(createScriptedProvider({ answers: script }), {
      createdAt,
      save,
    });
    const label = (turn: number) => ({ label: { task: 'implement', turn } });
    await provider.chat(ask('go'), label(1));
    const messages = [
      user('go'),
      assistant(call('c1', { path: 'a' })),
      { role: 'user' as const, parts: [result('c1', 'x')] },
    ];
    await provider.chat(createRequest({ messages }), label(2));
    expect(last().entries.map(({ task, turn, response }) => [task, turn, response.stopReason])).toEqual([
      ['implement', 1, 'tool-calls'],
      ['implement', 2, 'end'],
    ]);
  });
});
