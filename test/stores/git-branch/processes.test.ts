import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TammaError } from '../../../src/core/errors.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import type { Acknowledgement, AppendOrder } from '../../support/append-process.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createGitServer } from '../../support/git-server.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';

const script = fileURLToPath(new URL('../../support/append-process.ts', import.meta.url));
let repository: TestRepository;

beforeEach(async () => {
  repository = await createGitRepository({ bare: true });
});
afterEach(() => repository.remove());

type Writer = {
  ready: Promise<void>;
  begin(): void;
  /** Ends the process and every git it started, at once. */
  kill(): void;
  /** Everything it was told before it ended. */
  ended: Promise<Acknowledgement[]>;
  acknowledged: Acknowledgement[];
};

function startWriter(order: AppendOrder): Writer {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [script, JSON.stringify(order)], {
    detached: true,
  });
  const acknowledged: Acknowledgement[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ready = new Promise<void>((resolve) => {
    let rest = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'ready') resolve();
        else acknowledged.push(JSON.parse(line) as Acknowledgement);
      }
    });
  });
  const ended = new Promise<Acknowledgement[]>((resolve, reject) => {
    child.on('close', (code) =>
      code === 0 || code === null ? resolve(acknowledged) : reject(new Error(errors)),
    );
  });
  return {
    ready,
    ended,
    acknowledged,
    begin: () => void child.stdin.write('go\n'),
    kill: () => void (child.pid && process.kill(-child.pid, 'SIGKILL')),
  };
}

async function race(orders: AppendOrder[]): Promise<Acknowledgement[][]> {
  const writers = orders.map(startWriter);
  await Promise.all(writers.map(({ ready }) => ready));
  for (const writer of writers) writer.begin();
  return Promise.all(writers.map(({ ended }) => ended));
}

async function readLog(gitDirectory: string) {
  const store = createGitBranchStore({ gitDirectory, clock: createTickingClock() });
  try {
    return { events: await readAll(store), report: await store.verify() };
  } finally {
    await store.close();
  }
}

describe('processes that write at once', () => {
  it('all get through where eight append at the same instant, whole batches in a row', async () => {
    const { gitDirectory } = repository;
    const orders = Array.from({ length: 8 }, (_none, index) => ({
      gitDirectory,
      issue: String(index + 1),
      appends: 2,
      isClaim: false,
    }));
    const answers = (await race(orders)).flat();
    expect(answers.map(({ result }) => result.status)).toEqual(Array.from({ length: 16 }, () => 'appended'));
    const { events, report } = await readLog(gitDirectory);
    expect(report).toMatchObject({ ok: true, events: 48 });
    for (const { ids, result } of answers) {
      const first = result.status === 'appended' ? result.firstPosition : 0;
      expect(events.slice(first - 1, first + 2).map(({ id }) => id)).toEqual(ids);
    }
  });

  it('share one claim between them: exactly one gets it, on a remote too', async () => {
    const root = await mkdtemp(join(tmpdir(), 'tamma-race-'));
    const there = await createGitRepository({ directory: join(root, 'team/app.git'), bare: true });
    const server = await createGitServer({ root, tokens: { secret: { login: 'bot', write: true } } });
    try {
      const remote = { url: `${server.url}/team/app.git`, authorization: 'Bearer secret' };
      const clones = await Promise.all(
        ['a', 'b', 'c', 'd'].map((name) => createGitRepository({ directory: join(root, name), bare: true })),
      );
      const answers = await race(
        clones.map(({ gitDirectory }) => ({ gitDirectory, remote, issue: '7', appends: 1, isClaim: true })),
      );
      expect(
        answers
          .flat()
          .map(({ result }) => result.status)
          .sort(),
      ).toEqual(['appended', 'conflict', 'conflict', 'conflict']);
      expect(await readLog(there.gitDirectory)).toMatchObject({ report: { ok: true, events: 1 } });
    } finally {
      await server.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    }
  });
});

describe('a writer that is killed in the middle', () => {
  it('loses nothing that was acknowledged and leaves no half of a batch, wherever it is hit', async () => {
    const { gitDirectory } = repository;
    const promised: Acknowledgement[] = [];
    for (let round = 0; round < 5; round += 1) {
      const writer = startWriter({ gitDirectory, issue: '1', appends: 1000, isClaim: false });
      await writer.ready;
      writer.begin();
      await expect.poll(() => writer.acknowledged.length, { interval: 1 }).toBeGreaterThan(1);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      writer.kill();
      promised.push(...(await writer.ended));
      await releaseLock(gitDirectory);
      const { events, report } = await readLog(gitDirectory);
      expect(report).toMatchObject({ ok: true, events: events.length });
      expect(events.length % 3).toBe(0);
      const ids = new Set<string>(events.map(({ id }) => id));
      expect(promised.flatMap((answer) => answer.ids).filter((id) => !ids.has(id))).toEqual([]);
    }
  });

  /** A killed git may leave the lock of the ref; the error names the file, and a person removes it. */
  async function releaseLock(gitDirectory: string): Promise<void> {
    const store = createGitBranchStore({ gitDirectory, clock: createTickingClock() });
    const make = createEventMaker();
    try {
      await store.append([make.skip('2'), make.skip('2'), make.skip('2')]);
    } catch (error) {
      const lock =
        error instanceof TammaError && error.code === 'LOG_REFUSED' ? error.details.lock : undefined;
      if (typeof lock !== 'string') throw error;
      await rm(lock);
    } finally {
      await store.close();
    }
  }
});
