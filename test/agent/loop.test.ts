import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentOptions, runAgent } from '../../src/agent/loop.ts';
import type { Trajectory } from '../../src/agent/session.ts';
import { defineTool, fail, succeed } from '../../src/agent/tools/tool.ts';
import { TammaError } from '../../src/core/errors.ts';
import type { Progress } from '../../src/ports/host.ts';
import type { Workspace } from '../../src/ports/workspace.ts';
import { createScriptedModel, type ScriptedModel, type ScriptedTurn } from '../support/scripted-model.ts';

const answer = z.strictObject({ summary: z.string().min(3) });
type Answer = z.infer<typeof answer>;

const echo = defineTool({
  name: 'echo',
  description: 'Says it again.',
  input: z.strictObject({ text: z.string() }),
  target: 'text',
  run: ({ text }) => Promise.resolve(succeed(`echo: ${text}`)),
});
const touch = defineTool({
  name: 'touch',
  description: 'Writes.',
  input: z.strictObject({ path: z.string() }),
  target: 'path',
  run: ({ path }) => Promise.resolve(succeed('written', path)),
});
const broken = defineTool({
  name: 'broken',
  description: 'Always fails.',
  input: z.strictObject({ code: z.string() }),
  target: 'code',
  run: ({ code }) => {
    if (code === 'PATH_REFUSED') throw new TammaError(code, '"../x" leads out');
    if (code === 'defect') throw new Error('a defect');
    return Promise.resolve(fail(`failed with ${code}`));
  },
});

const noFiles = new Proxy({} as Workspace, {
  get: (_, name) => {
    throw new Error(`the loop itself touches no files, but asked for ${String(name)}`);
  },
});

type Watched = { progress: Progress[]; trajectories: Trajectory[]; model: ScriptedModel };

function run(turns: readonly ScriptedTurn[], more: Partial<AgentOptions<Answer>> = {}) {
  const model = createScriptedModel(turns, more.model?.limits);
  const watched: Watched = { progress: [], trajectories: [], model };
  const result = runAgent<Answer>({
    task: 'sample',
    system: 'the system',
    prompt: 'the task',
    tools: [echo, touch, broken],
    toolContext: { workspace: noFiles, redact: (text) => text.replaceAll('s3cr3t', '***') },
    submit: { schema: answer, description: 'Ends it.' },
    limits: { maxTurns: 10, maxToolErrors: 5 },
    saveTrajectory: (trajectory) => {
      watched.trajectories.push(structuredClone(trajectory));
      return Promise.resolve();
    },
    report: (progress) => watched.progress.push(progress),
    clock: { now: () => new Date('2026-11-20T12:00:00.000Z') },
    signal: new AbortController().signal,
    ...more,
    model,
  });
  return { result, ...watched };
}

async function failureOf(result: Promise<unknown>): Promise<TammaError> {
  const error: unknown = await result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TammaError) return error;
  throw new Error('it did not end in an error of ours', { cause: error });
}

const submit = (summary: unknown = 'all done') => ({ name: 'submit', input: { summary } });
const call = (name: string, input: unknown = {}) => ({ name, input });

describe('the agent loop', () => {
  it('runs the calls of a turn in order and ends with what was submitted', async () => {
    const { result, model, progress, trajectories } = run([
      {
        text: 'Let me see.',
        calls: [
          call('echo', { text: 'one' }),
          call('touch', { path: 'b.ts' }),
          call('touch', { path: 'a.ts' }),
        ],
      },
      {
        sees: (results) =>
          expect(results.map(({ content }) => content)).toEqual(['echo: one', 'written', 'written']),
        calls: [submit()],
      },
    ]);
    expect(await result).toEqual({
      submitted: { summary: 'all done' },
      turns: 2,
      toolCalls: 4,
      filesTouched: ['a.ts', 'b.ts'],
    });
    model.assertUsedUp();
    expect(progress).toEqual([
      { kind: 'tool', name: 'echo', target: 'one' },
      { kind: 'tool', name: 'touch', target: 'b.ts' },
      { kind: 'tool', name: 'touch', target: 'a.ts' },
    ]);
    expect(trajectories.map(({ turns, messages }) => [turns, messages.length])).toEqual([
      [1, 3],
      [2, 5],
    ]);
  });

  it('asks with the task, the tools and submit as the last tool', async () => {
    const { result, model } = run([{ calls: [submit()] }], {
      temperature: 0.5,
      limits: { maxTurns: 2, maxToolErrors: 2, maxOutputTokens: 9999 },
    });
    await result;
    const [first] = model.requests;
    expect(first).toMatchObject({ task: 'sample', turn: 1 });
    expect(first?.request).toMatchObject({
      system: 'the system',
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'the task' }] }],
      maxOutputTokens: 8000,
      temperature: 0.5,
    });
    expect(first?.request.tools.map(({ name }) => name)).toEqual(['echo', 'touch', 'broken', 'submit']);
    expect(first?.request.tools.at(-1)?.inputSchema).toEqual({
      type: 'object',
      properties: { summary: { type: 'string', minLength: 3 } },
      required: ['summary'],
      additionalProperties: false,
    });
  });

  it('answers unknown tools, wrong input, refusals and paths that lead out with errors, and goes on', async () => {
    const { result } = run([
      {
        calls: [
          call('fetch', { url: 'http://169.254.169.254/' }),
          call('echo', { txt: 'x' }),
          call('echo', 'no object'),
          call('broken', { code: 'PATH_REFUSED' }),
        ],
      },
      {
        sees: (results) => {
          expect(results.every(({ isError }) => isError)).toBe(true);
          expect(results[0]?.content).toBe('unknown tool; there are echo, touch, broken, submit');
          expect(results[1]?.content).toMatch(/^invalid input for echo: text: .*string.*Unrecognized key/);
          expect(results[2]?.content).toMatch(/^invalid input for echo: input: /);
          expect(results[3]?.content).toBe('"../x" leads out');
        },
        calls: [submit()],
      },
    ]);
    expect((await result).toolCalls).toBe(5);
  });

  it('lets a defect of a tool through and saves the trajectory all the same', async () => {
    const { result, trajectories } = run([{ calls: [call('broken', { code: 'defect' })] }]);
    await expect(result).rejects.toThrow('a defect');
    expect(trajectories).toHaveLength(1);
  });

  it('takes null for what was left out', async () => {
    const { result } = run([{ calls: [{ name: 'submit', input: { summary: 'fine', extra: null } }] }]);
    expect((await result).submitted).toEqual({ summary: 'fine' });
  });

  it('masks secrets in what it reports', async () => {
    const { result, progress } = run([
      { calls: [call('echo', { text: 'a s3cr3t' })] },
      { calls: [submit()] },
    ]);
    await result;
    expect(progress[0]).toMatchObject({ target: 'a ***' });
  });
});

describe('a submission', () => {
  it('of the wrong form is sent back with what is wrong, and taken once it is mended', async () => {
    const { result } = run([
      { calls: [submit(7)] },
      {
        sees: ([first]) =>
          expect(first).toEqual({ content: expect.stringMatching(/^not taken.*summary: /), isError: true }),
        calls: [submit()],
      },
    ]);
    expect((await result).turns).toBe(2);
  });

  it('of the wrong form ends the session the third time', async () => {
    const { result, model } = run([{ calls: [submit(1)] }, { calls: [submit(2)] }, { calls: [submit('x')] }]);
    const error = await failureOf(result);
    expect(error.code).toBe('MODEL_OUTPUT_INVALID');
    expect(error.message).toBe('sample: 3 answers did not have the asked form');
    model.assertUsedUp();
  });

  it('is not taken in a turn in which an earlier call failed', async () => {
    const { result } = run([
      { calls: [call('broken', { code: 'x' }), submit()] },
      {
        sees: (results) =>
          expect(results[1]).toMatchObject({ isError: true, content: expect.stringMatching(/earlier call/) }),
        calls: [submit()],
      },
    ]);
    expect((await result).turns).toBe(2);
  });

  it('ends the session: calls after it in the same turn are not run', async () => {
    const { result, trajectories } = run([{ calls: [submit(), call('touch', { path: 'late.ts' })] }]);
    expect((await result).filesTouched).toEqual([]);
    expect(trajectories.at(-1)?.messages.at(-1)?.parts).toEqual([
      { type: 'tool-result', id: 'call-1-0', content: 'taken', isError: false },
      {
        type: 'tool-result',
        id: 'call-1-1',
        content: 'not run: submit had ended the session',
        isError: true,
      },
    ]);
  });
});

describe('the loop stops', () => {
  it('a model that neither calls a tool nor submits, after one reminder', async () => {
    const { result, model } = run([
      { text: 'I am done, I think.' },
      {
        sees: (_, { messages }) => expect(JSON.stringify(messages.at(-1))).toContain('finish with submit'),
        text: 'Really.',
      },
    ]);
    expect((await failureOf(result)).code).toBe('MODEL_OUTPUT_INVALID');
    model.assertUsedUp();
  });

  it('not for two silent turns with work between them', async () => {
    const { result } = run([
      { text: 'Hm.' },
      { calls: [call('echo', { text: 'x' })] },
      {},
      {
        sees: (_, { messages }) =>
          expect(messages.at(-2)?.parts).toEqual([{ type: 'text', text: '(nothing)' }]),
        calls: [submit()],
      },
    ]);
    expect((await result).turns).toBe(4);
  });

  it('after the last turn', async () => {
    const turns = Array.from({ length: 4 }, (_, index) => ({ calls: [call('echo', { text: `${index}` })] }));
    const { result } = run(turns, { limits: { maxTurns: 4, maxToolErrors: 5 } });
    const error = await failureOf(result);
    expect(error).toMatchObject({ code: 'AGENT_LIMIT', retryable: true });
    expect(error.message).toBe('sample: all 4 turns are used up');
  });

  it('and tells the model in time that the turns come to an end', async () => {
    const seen: string[] = [];
    const turn = (): ScriptedTurn => ({
      sees: (results) => seen.push(results.at(-1)?.content ?? ''),
      calls: [call('echo', { text: 'a' }), call('echo', { text: 'b' })],
    });
    const { result } = run([turn(), turn(), turn(), turn(), { ...turn(), calls: [submit()] }], {
      limits: { maxTurns: 5, maxToolErrors: 5 },
    });
    await result;
    expect(seen).toEqual([
      '',
      'echo: b',
      'echo: b\n\n(3 turns are left: finish and call submit)',
      'echo: b\n\n(2 turns are left: finish and call submit)',
      'echo: b\n\n(1 turn is left: finish and call submit)',
    ]);
  });

  it('after too many failed calls in a row, and one that works starts the count anew', async () => {
    const failing = (code: string) => ({ calls: [call('broken', { code })] });
    const { result, model } = run(
      [
        failing('a'),
        failing('b'),
        { calls: [call('echo', { text: 'x' })] },
        failing('c'),
        failing('d'),
        failing('e'),
      ],
      { limits: { maxTurns: 20, maxToolErrors: 3 } },
    );
    expect((await failureOf(result)).message).toBe('sample: 3 tool calls in a row failed');
    model.assertUsedUp();
  });

  it('after the same failing call for the third time', async () => {
    const failing = { calls: [call('broken', { code: 'a' })] };
    const works = { calls: [call('echo', { text: 'x' })] };
    const { result, model } = run([failing, works, failing, works, failing]);
    const error = await failureOf(result);
    expect(error.code).toBe('AGENT_LIMIT');
    expect(error.message).toBe('sample: the same call failed 3 times: broken {"code":"a"}');
    model.assertUsedUp();
  });

  it('not for a repeated call between which a file changed', async () => {
    const failing = call('broken', { code: 'a' });
    const { result } = run([
      { calls: [failing] },
      { calls: [failing] },
      { calls: [call('touch', { path: 'a' })] },
      { calls: [failing] },
      { calls: [submit()] },
    ]);
    expect((await result).turns).toBe(5);
  });

  it('when the time is used up', async () => {
    let seconds = 0;
    const now = () => {
      seconds += 20;
      return new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
    };
    const turn = { calls: [call('echo', { text: 'x' })] };
    const { result, model } = run([turn, turn], {
      clock: { now },
      limits: { maxTurns: 9, maxToolErrors: 5, maxSeconds: 60 },
    });
    expect((await failureOf(result)).message).toBe('sample: the time of 60 seconds is used up');
    model.assertUsedUp();
  });

  it('when it is asked to', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const { result, model } = run([], { signal: controller.signal });
    await expect(result).rejects.toThrow('enough');
    expect(model.requests).toEqual([]);
  });

  it.each([
    ['refusal', 'PROVIDER_REFUSED'],
    ['context', 'PROVIDER_CONTEXT_OVERFLOW'],
  ] as const)('when the model answers with %s', async (stopReason, code) => {
    const { result } = run([{ text: 'no', calls: [call('touch', { path: 'a' })], stopReason }]);
    expect((await failureOf(result)).code).toBe(code);
  });
});

describe('an answer that was cut off', () => {
  it('has none of its calls run', async () => {
    const { result } = run([
      { calls: [call('touch', { path: 'a.ts' }), call('echo', {})], stopReason: 'length' },
      {
        sees: (results) => {
          expect(results).toHaveLength(2);
          expect(results.every(({ isError, content }) => isError && content.includes('cut off'))).toBe(true);
        },
        calls: [submit()],
      },
    ]);
    expect((await result).filesTouched).toEqual([]);
  });

  it('without calls is followed by a reminder that says so', async () => {
    const { result } = run([
      { text: 'I will explain at length', stopReason: 'length' },
      {
        sees: (_, { messages }) =>
          expect(JSON.stringify(messages.at(-1))).toContain('cut off at the output limit'),
        calls: [submit()],
      },
    ]);
    expect((await result).turns).toBe(2);
  });
});

it('a pause of the vendor is followed by the same question, and what comes then belongs to one answer', async () => {
  const { result, trajectories } = run([
    { text: 'wait', stopReason: 'paused' },
    { text: 'now', calls: [submit()] },
  ]);
  await result;
  const parts = trajectories.at(-1)?.messages[1]?.parts;
  expect(parts?.map(({ type }) => type)).toEqual(['text', 'text', 'tool-call']);
});

describe('the trajectory', () => {
  it('hides the reasoning of the model, which gets it back unchanged', async () => {
    const { result, trajectories } = run([
      { reasoning: { signature: 'sealed' }, calls: [call('echo', { text: 'x' })] },
      {
        sees: (_, { messages }) =>
          expect(messages[1]?.parts[0]).toEqual({ type: 'reasoning', opaque: { signature: 'sealed' } }),
        calls: [submit()],
      },
    ]);
    await result;
    expect(JSON.stringify(trajectories)).not.toContain('sealed');
  });

  it('keeps what was trimmed for the model', async () => {
    const long = 'x'.repeat(9000);
    const model = createScriptedModel([], { contextTokens: 20_000, maxOutputTokens: 2000 });
    const turns: ScriptedTurn[] = Array.from({ length: 6 }, () => ({
      calls: [call('echo', { text: long })],
    }));
    const { result, trajectories, model: scripted } = run([...turns, { calls: [submit()] }], { model });
    await result;
    const last = scripted.requests.at(-1)?.request;
    expect(JSON.stringify(last)).toContain('left out to save room');
    expect(JSON.stringify(trajectories.at(-1))).not.toContain('left out to save room');
    expect(trajectories.at(-1)).toMatchObject({
      task: 'sample',
      model: 'scripted',
      turns: 7,
      tools: ['echo', 'touch', 'broken', 'submit'],
    });
    expect(trajectories.at(-1)?.usage).toHaveLength(7);
  });

  it('that cannot be saved costs a warning and not the work', async () => {
    const { result, progress } = run([{ calls: [submit()] }], {
      saveTrajectory: () => Promise.reject(new Error('disk full')),
    });
    expect((await result).turns).toBe(1);
    expect(progress).toEqual([
      { kind: 'note', level: 'warning', text: "the agent's messages could not be saved: disk full" },
    ]);
  });
});
