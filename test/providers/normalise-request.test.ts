import { describe, expect, test } from 'vitest';
import { describeCommandOutput } from '../../src/agent/command-output.ts';
import { wrapUntrusted } from '../../src/core/text/untrusted.ts';
import type { ChatRequest } from '../../src/ports/provider.ts';
import { normaliseRequest } from '../../src/providers/normalise-request.ts';
import { assistant, call, createRequest, readFileTool, result, user } from '../support/chat-requests.ts';

const digest = (request: Partial<ChatRequest>, options = {}) =>
  normaliseRequest(createRequest(request), options).digest;
const withText = (text: string) => digest({ messages: [user(text)] });

function withCommand(output: string, { exitCode = 1, durationMs = 12, id = 'call_1' } = {}) {
  const ended = { exitCode, output, truncated: false, timedOut: false, durationMs };
  const content = describeCommandOutput(ended, (text) => text);
  return [
    user('run the tests'),
    assistant(call(id, { command: 'npm test' }, 'run_command')),
    { role: 'user' as const, parts: [result(id, content)] },
  ];
}

describe('a normalised request', () => {
  test.each([
    [
      'ids of quotations',
      wrapUntrusted({ id: 'a'.repeat(32), source: 'issue.body', text: 'text' }),
      wrapUntrusted({ id: 'b'.repeat(32), source: 'issue.body', text: 'text' }),
    ],
    ['commits', `HEAD is ${'0a'.repeat(20)}`, `HEAD is ${'1b'.repeat(20)}`],
    ['abbreviated commits', 'at 0a1b2c3 (main)', 'at 9f8e7d6c (main)'],
    ['digests', `approve ${'c0ffee11'.repeat(8)}`, `approve ${'deadbee0'.repeat(8)}`],
    ['UUIDs', 'run 019aa000-0000-7000-8000-000000000000', 'run 019bb111-2222-7333-9444-555566667777'],
    ['times', 'since 2026-11-20T10:00:00.123Z', 'since 2027-01-02T03:04:05+02:00'],
    ['days', 'on 2026-11-20', 'on 2027-01-02'],
    ['durations', '# duration_ms 12.345 (ok in 12.3ms, 4 s)', '# duration_ms 0.5 (ok in 1ms, 12.25 s)'],
    [
      'temporary folders',
      'Error: /tmp/tamma-x1/src/a.ts failed',
      'Error: /var/folders/ab/cd/T/tamma-2/src/a.ts failed',
    ],
    [
      'output of commands in a report',
      'Tests failed:\n<output>\nTAP version 13\nnot ok 1\n</output>\nRepair. <output>x</output>',
      'Tests failed:\n<output>\n▶ suite\n  ✖ adds\n</output>\nRepair. <output>y</output>',
    ],
  ])('is the same in spite of %s', (_, one, other) => {
    expect(withText(one)).toBe(withText(other));
  });

  test.each([
    ['a word', 'add a test', 'add two tests'],
    ['a number', 'at most 3 tries', 'at most 4 tries'],
    ['a relative path', 'see src/a.ts', 'see src/b.ts'],
    [
      'the exit code in a report',
      '<output>\nexit code: 1\nx\n</output>',
      '<output>\nexit code: 2\nx\n</output>',
    ],
    [
      'the source of a quotation',
      '<untrusted id="1" source="issue.body">',
      '<untrusted id="1" source="issue.title">',
    ],
    [
      'what stands between two outputs',
      '<output>a</output> one <output>b</output>',
      '<output>a</output> two <output>b</output>',
    ],
  ])('differs by %s', (_, one, other) => {
    expect(withText(one)).not.toBe(withText(other));
  });

  test('looks at how a command ended, not at what it printed', () => {
    const same = [withCommand('TAP version 13'), withCommand('▶ suite', { durationMs: 900, id: 'toolu_9' })];
    expect(digest({ messages: same[0] ?? [] })).toBe(digest({ messages: same[1] ?? [] }));
    expect(digest({ messages: withCommand('TAP', { exitCode: 0 }) })).not.toBe(
      digest({ messages: same[0] ?? [] }),
    );
  });

  test('has nothing of model, limits, reasoning and the ids of calls', () => {
    const thought = { type: 'reasoning' as const, opaque: { signature: 'x' } };
    const talk = (id: string, ...more: (typeof thought)[]) => [
      user('go'),
      assistant(...more, call(id, { path: 'a' })),
      { role: 'user' as const, parts: [result(id, 'content')] },
    ];
    const one = digest({ messages: talk('call_1', thought), model: 'a', maxOutputTokens: 1, temperature: 1 });
    expect(digest({ messages: talk('toolu_2'), model: 'b', maxOutputTokens: 2 })).toBe(one);
  });

  test.each<[string, Partial<ChatRequest>]>([
    ['system text', { system: 'You review code.' }],
    ['tools', { tools: [readFileTool] }],
    ['role', { messages: [assistant({ type: 'text', text: 'hello' })] }],
    ['number of messages', { messages: [user('hello'), user('hello')] }],
    ['input of a call', { messages: [assistant(call('c', { path: 'b', n: 1 }))] }],
    [
      'failure of a tool',
      { messages: [assistant(call('c', {})), { role: 'user', parts: [result('c', 'x', true)] }] },
    ],
    ['call without an object', { messages: [assistant(call('c', 'text'))] }],
    ['call without anything', { messages: [assistant(call('c', undefined))] }],
  ])('has the %s', (_, given) => {
    const others = [{}, { system: 'Else.' }, { messages: [assistant(call('c', { path: 'b', n: '1' }))] }];
    for (const other of others) expect(digest(given)).not.toBe(digest(other));
  });

  test('does not mind the order of fields', () => {
    const one = digest({ messages: [assistant(call('c', { a: { x: 1, y: 2 }, b: 2 }))] });
    expect(digest({ messages: [assistant(call('c', { b: 2, a: { y: 2, x: 1 } }))] })).toBe(one);
  });

  test('calls the folders of this run by one name', () => {
    const at = (root: string) =>
      digest({ messages: [user(`open ${root}/src/a.ts`)] }, { roots: [root, '/'] });
    expect(at('/home/ann/project/.git/tamma/work/7')).toBe(at('/builds/ci/9'));
  });

  test('masks secrets before anything is compared', () => {
    const redact = (text: string) => text.replaceAll('s3cret', '***');
    const { blocks, digest: masked } = normaliseRequest(createRequest({ system: 'key s3cret' }), { redact });
    expect(blocks[0]).toEqual(['system', 'key ***']);
    expect(masked).toBe(digest({ system: 'key ***' }));
  });

  test('can be read', () => {
    const messages = [
      user('Write it.\nIn src.'),
      assistant(
        { type: 'text', text: 'Now.' },
        call('x', { path: 'src/a.ts', content: 'one\ntwo', flags: [1] }, 'write_file'),
      ),
      { role: 'user' as const, parts: [result('x', 'written'), result('unknown', '?')] },
    ];
    expect(normaliseRequest(createRequest({ messages, tools: [readFileTool] })).blocks).toEqual([
      ['system', 'You write code.'],
      [
        'tools',
        'read_file: Reads a file. {"properties":{"path":{"type":"string"}},"required":["path"],"type":"object"}',
      ],
      ['user', 'Write it.', 'In src.'],
      [
        'assistant',
        'Now.',
        'call 1: write_file',
        '  content: one',
        'two',
        '  flags = [1]',
        '  path: src/a.ts',
      ],
      ['user', 'result 1: write_file', 'written', 'result ?: unknown', '?'],
    ]);
  });

  test('has a digest even for text that is no Unicode', () => {
    expect(withText('half a pair \ud800')).toMatch(/^[0-9a-f]{64}$/);
  });
});
