import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeepContent } from '../../src/app/keep-content.ts';
import { createRedactor } from '../../src/core/text/redact.ts';
import type { ContentStore } from '../../src/ports/content-store.ts';
import type { Progress } from '../../src/ports/host.ts';
import { openContent } from '../../src/stores/content/open-content.ts';

const SECRET = 'hunter2-hunter2-hunter2';
let directory: string;
let told: Progress[];
let now: Date;
let store: ContentStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tamma-content-'));
  told = [];
  now = new Date('2026-11-20T10:00:00.000Z');
  store = open();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function open(more: Partial<Parameters<typeof openContent>[0]> = {}): ContentStore {
  const clock = { now: () => now };
  const place = { keep: 'directory', directory: join(directory, 'content') } as const;
  return openContent({
    ...place,
    keys: undefined,
    clock,
    gitDirectory: directory,
    remote: undefined,
    ...more,
  });
}

function keepIn(into: ContentStore) {
  return createKeepContent({
    store: into,
    redactor: createRedactor([{ name: 'TOKEN', value: SECRET }]),
    host: { report: (progress) => told.push(progress) },
    clock: { now: () => now },
    retentionDays: 90,
  });
}

describe('what is kept beside the log', () => {
  it('is redacted before it gets there, in texts and inside of values', async () => {
    const keep = keepIn(store);
    const log = await keep(`token: ${SECRET}`, 'log');
    const prompt = await keep({ messages: [{ text: `"${SECRET}"` }] }, 'prompt');
    expect(await store.get(log ?? '')).toBe('token: [REDACTED:TOKEN]');
    expect(await store.get(prompt ?? '')).toBe('{"messages":[{"text":"\\"[REDACTED:TOKEN]\\""}]}');
  });

  it('loses the middle where it is longer than anything anybody reads', async () => {
    const digest = await keepIn(store)(`begin${'.'.repeat(9 * 1024 * 1024)}end`, 'log');
    const text = (await store.get(digest ?? '')) ?? '';
    expect(text.length).toBe(8 * 1024 * 1024);
    expect(text).toMatch(/^begin.*characters left out.*end$/s);
  });

  it('is gone when its time is over: whoever keeps something clears the directory', async () => {
    const digest = await keepIn(store)('old', 'log');
    now = new Date('2027-02-18T10:00:01.000Z');
    await keepIn(store)('new', 'log');
    expect(await store.get(digest ?? '')).toBeUndefined();
  });

  it('costs no work where it cannot be kept: that is told once', async () => {
    await writeFile(join(directory, 'content'), 'a file is in the way');
    const keep = keepIn(store);
    expect(await keep('one', 'log')).toBeUndefined();
    expect(await keep('two', 'log')).toBeUndefined();
    expect(told).toMatchObject([
      { kind: 'note', level: 'warning', text: expect.stringContaining('log is not kept at') },
    ]);
  });

  it('is not kept in plain where the key that should encrypt it is missing', async () => {
    const sealed = open({ keys: { variable: 'CONTENT_KEYS', value: undefined } });
    expect(await keepIn(sealed)('a customer', 'prompt')).toBeUndefined();
    expect(told).toMatchObject([{ text: expect.stringContaining('CONTENT_KEYS holds no key') }]);
    const listed: string[] = [];
    for await (const { digest } of sealed.list()) listed.push(digest);
    expect(listed).toEqual([]);
  });

  it('is nothing at all where the configuration says so', async () => {
    expect(await keepIn(open({ keep: 'none' }))('text', 'log')).toBeUndefined();
    expect(told).toEqual([]);
  });
});
