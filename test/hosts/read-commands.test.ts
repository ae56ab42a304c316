import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readCommands } from '../../src/hosts/read-commands.ts';

function open(isTTY: boolean) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  const stopping = new AbortController();
  let shown = '';
  output.on('data', (text) => {
    shown += text;
  });
  const lines = readCommands({ input, output, signal: stopping.signal, prompt: () => '1/9 › ' });
  return { input, lines, stop: () => stopping.abort(), shown: () => shown };
}

describe('lines that somebody types', () => {
  test('come one by one to their end, however they were sent, and without a prompt from a pipe', async () => {
    const { input, lines, shown } = open(false);
    input.end('one\ntwo\nthree');
    const got: string[] = [];
    for await (const line of lines) got.push(line);
    expect(got).toEqual(['one', 'two', 'three']);
    expect(shown()).toBe('');
  });

  test('are asked for on a terminal, each time anew', async () => {
    const { input, lines, shown } = open(true);
    const first = lines.next();
    input.write('n\n');
    expect(await first).toEqual({ done: false, value: 'n' });
    const second = lines.next();
    input.end();
    expect((await second).done).toBe(true);
    expect(shown().split('1/9 › ').length).toBe(3);
  });

  test('end when the run is asked to stop, and when nobody wants any more', async () => {
    const stopped = open(true);
    const waiting = stopped.lines.next();
    stopped.stop();
    expect((await waiting).done).toBe(true);
    const left = open(false);
    left.input.write('one\ntwo\n');
    for await (const line of left.lines) {
      expect(line).toBe('one');
      break;
    }
    expect((await left.lines.next()).done).toBe(true);
  });
});
