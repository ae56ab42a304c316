import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DemoOptions, runDemo } from '../../src/app/demo.ts';
import { createSystemClock } from '../../src/hosts/system-clock.ts';
import { createTerminalHost } from '../../src/hosts/terminal.ts';

function demo(issue: number, more: Partial<DemoOptions> = {}) {
  const clock = createSystemClock();
  return runDemo({
    issue,
    keep: false,
    environment: { PATH: process.env.PATH },
    host: createTerminalHost({ runId: clock.newId(), view: { show: () => {}, close: () => {} } }),
    clock,
    signal: new AbortController().signal,
    ...more,
  });
}

describe('the demo', () => {
  test.each([1, 2])('plays issue %i back strictly and ends merged, closed and green', async (issue) => {
    const report = await demo(issue);
    expect(report).toMatchObject({
      status: 'done',
      issue,
      issueState: 'closed',
      logValid: true,
      testsPass: true,
    });
    expect(report.mergeSha).toMatch(/^[0-9a-f]{40}$/);
    expect(report.commits[0]?.message).toMatch(/^Add tests for/);
    expect(report.commits[1]?.message).toMatch(/^Implement/);
    expect(report.steps).toHaveLength(15);
    expect(report.costUsd).toBeGreaterThan(0);
    expect(existsSync(dirname(report.directory))).toBe(false);
  });

  test('asks about the issue nobody could act on, and answers for the person', async () => {
    const stops: string[] = [];
    const report = await demo(3, {
      onStep: ({ status, step }) => status === 'waiting' && stops.push(step ?? ''),
    });
    expect(stops).toEqual(['AMBIGUITY_CHECK']);
    expect(report).toMatchObject({ status: 'done', testsPass: true });
  });

  test('stops at the questions where somebody is asked and says nothing, and keeps the project if told to', async () => {
    const report = await demo(3, { ask: () => Promise.resolve(null), keep: true });
    expect(report).toMatchObject({
      status: 'waiting',
      mergeSha: null,
      testsPass: null,
      issueState: 'open',
      kept: true,
    });
    expect(existsSync(report.directory)).toBe(true);
    await rm(dirname(report.directory), { recursive: true });
  });

  test('goes on where the machine has no sandbox, and says that there was none', async () => {
    const { platform } = process;
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    try {
      const report = await demo(1);
      expect(report).toMatchObject({ status: 'done', testsPass: true, issueState: 'closed' });
      expect(report.sandbox).toMatch(/^none/);
    } finally {
      Object.defineProperty(process, 'platform', { value: platform });
    }
  });

  test('knows three issues and says so', async () => {
    await expect(demo(4)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
