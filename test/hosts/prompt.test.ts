import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createPrompt } from '../../src/hosts/prompt.ts';

function createStreams() {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  const controller = new AbortController();
  return { input, output, controller, prompt: createPrompt({ input, output, signal: controller.signal }) };
}

describe('a prompt', () => {
  test('asks one question after the other and trims the answers', async () => {
    const { input, output, prompt } = createStreams();
    const first = prompt.ask('first? ');
    input.write('  one \n');
    expect(await first).toBe('one');
    const second = prompt.ask('second? ');
    input.write('two\n');
    expect(await second).toBe('two');
    prompt.say('thanks');
    expect(String(output.read())).toMatch(/first\? .*second\? .*thanks\n/s);
  });

  test('has no answer once the input has ended', async () => {
    const { input, prompt } = createStreams();
    const asked = prompt.ask('? ');
    input.end();
    expect(await asked).toBeUndefined();
  });

  test('has no answer once the run is being stopped', async () => {
    const { controller, prompt } = createStreams();
    const asked = prompt.ask('? ');
    controller.abort();
    expect(await asked).toBeUndefined();
  });
});
