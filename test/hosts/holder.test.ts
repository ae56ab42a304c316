import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createHolder, isHolderAlive } from '../../src/hosts/holder.ts';
import { describeMachine, findProcessStart } from '../../src/lib/process-identity.ts';

const children: ChildProcess[] = [];

/** A process that runs until it is killed; resolves with its pid, or the one it prints. */
async function start(script = 'echo $$; exec sleep 60'): Promise<{ pid: number; child: ChildProcess }> {
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { pid: Number(line), child };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
});

describe('a process', () => {
  test('has one start time as long as it lives, and none afterwards', async () => {
    const { pid, child } = await start();
    const first = findProcessStart(pid);
    expect(first).toMatch(/^[0-9a-f-]{18}-\d+$/);
    expect(findProcessStart(pid)).toBe(first);
    await kill(child);
    expect(findProcessStart(pid)).toBeUndefined();
  });

  test('that has ended and was not yet waited for does not run', async () => {
    // The shell becomes `sleep`, which never asks how its child ended.
    const { pid } = await start('(exit 0) & echo $!; exec sleep 60');
    await vi.waitFor(() => expect(findProcessStart(pid)).toBeUndefined());
  });

  test('is asked of ps where there is no /proc', () => {
    expect(findProcessStart(process.pid, 'darwin')).toMatch(/^\S*\d{4}$/);
    expect(findProcessStart(2 ** 22 + 1, 'darwin')).toBeUndefined();
  });
});

describe('the holder of a claim', () => {
  test('is alive while its very process runs', () => {
    expect(isHolderAlive(createHolder('run-1'))).toBe('alive');
  });

  test('is dead once its process has gone, and once its pid belongs to another', async () => {
    const { pid, child } = await start();
    const holder = { ...createHolder('run-1'), pid, startedAt: findProcessStart(pid) ?? '' };
    expect(isHolderAlive(holder)).toBe('alive');
    expect(isHolderAlive({ ...holder, startedAt: `${holder.startedAt}0` })).toBe('dead');
    await kill(child);
    expect(isHolderAlive(holder)).toBe('dead');
  });

  test('on another machine is unknown, and so is one whose start time nobody knew', () => {
    const holder = createHolder('run-1');
    expect(isHolderAlive({ ...holder, host: `${holder.host}x` })).toBe('unknown');
    expect(isHolderAlive({ ...holder, startedAt: '' })).toBe('unknown');
  });

  test('names its machine by host name and a digest that stays the same', () => {
    expect(describeMachine()).toMatch(/^.+-[0-9a-f]{8}$/);
    expect(describeMachine()).toBe(describeMachine());
  });
});
