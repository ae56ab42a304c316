import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '../../src/core/events/event.ts';
import { git } from '../../src/lib/git.ts';
import type { EventStore } from '../../src/ports/event-store.ts';
import { createGitBranchStore } from '../../src/stores/git-branch/git-branch-store.ts';
import { createCuttingProxy, type Direction } from './cutting-proxy.ts';
import type { FaultOrder } from './fault-writer.ts';
import { createGitRepository } from './git-repository.ts';
import { createGitListener } from './git-server.ts';
import { createEventMaker, readAll } from './new-events.ts';

export type FaultTransport = 'wire' | 'git' | 'local';

export type FaultRun = {
  transport: FaultTransport;
  /**
   * The connection is cut after so many bytes; the writer is killed then, or before its write of that number; or the
   * server's git is killed so many tenths of a millisecond after it was started.
   */
  effect: 'cut' | 'kill-at-byte' | 'kill-at-write' | 'kill-server';
  direction: Direction;
  at: number;
};

export type FaultEnd = {
  /** What became of the append that was disturbed, as its writer saw it. */
  first: 'appended' | 'failed' | 'killed';
  /** Whether the fault happened: the last ones of a step-through come after the end. */
  struck: boolean;
  /** What is wrong afterwards. Empty where all is well. */
  wrong: string[];
  /** Locks that a git left behind which died with its ref locked: the next run says so, and a person removes them. */
  locks: number;
};

export type FaultSize = Record<Direction | 'writes', number> & { whole: Record<Direction, number> };

export type FaultHome = {
  run(fault: FaultRun): Promise<FaultEnd>;
  /** Bytes and writes of an append that nothing disturbs; `whole`: with what a process asks for before it. */
  measure(transport: FaultTransport): Promise<FaultSize>;
  /** `git fsck --strict` of the repositories, in its own words. */
  check(): Promise<string>;
  close(): Promise<void>;
};

const clock = { now: () => new Date(), newId: createEventMaker().clock.newId };

/**
 * A log on a real git server behind a proxy that cuts, or on a ref of a repository here. Every run is a writer with one
 * fault, then another run that delivers the same events undisturbed, then a look at the whole log.
 */
export async function createFaultHome(): Promise<FaultHome> {
  const root = await mkdtemp(join(tmpdir(), 'tamma-log-faults-'));
  const there = join(root, 'acme', 'log.git');
  await createGitRepository({ directory: there, bare: true });
  const here = await createGitRepository({ directory: join(root, 'here'), bare: true });
  const server = await serve(root);
  const proxy = await createCuttingProxy(server.port);
  const make = createEventMaker({ now: clock.now, newId: clock.newId });
  const appended = { here: 0, there: 0 };
  let issue = 0;

  function toPlace(transport: FaultTransport, port = proxy.port) {
    if (transport === 'local') return { gitDirectory: here.gitDirectory };
    const remote = { url: `http://127.0.0.1:${port}/acme/log.git`, authorization: 'Bearer tok' };
    return { gitDirectory: join(root, `client-${transport}`), remote, transport };
  }

  function open(transport: FaultTransport, budgetMs?: number): EventStore {
    return createGitBranchStore({
      ...toPlace(transport),
      clock,
      ...(budgetMs === undefined ? {} : { budgetMs }),
    });
  }

  async function startProcess(transport: FaultTransport, events: NewEvent[], endBefore: number | null) {
    const file = join(root, 'order.json');
    const order: FaultOrder = { ...toPlace(transport), events, endBefore };
    await writeFile(file, JSON.stringify(order));
    const child = spawn(process.execPath, [join(import.meta.dirname, 'fault-writer.ts'), file], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const ended = new Promise<{ code: number | null; writes: number }>((resolve) =>
      child.on('close', (code) => resolve({ code, writes: Number(text) })),
    );
    return { kill: () => void (child.pid && process.kill(-child.pid, 'SIGKILL')), ended };
  }

  async function appendDisturbed(
    fault: FaultRun,
    events: NewEvent[],
  ): Promise<Pick<FaultEnd, 'first' | 'struck'>> {
    const { transport, effect, direction, at } = fault;
    if (effect === 'kill-server') server.killAfter(at / 10);
    if (effect === 'kill-server') proxy.arm('up', Number.POSITIVE_INFINITY);
    else proxy.arm(direction, Number.POSITIVE_INFINITY);
    if (effect === 'cut' || effect === 'kill-server') {
      const store = open(transport, 0);
      const arm = () => effect === 'cut' && proxy.arm(direction, at);
      const first = await appendOnce(store, arm, events);
      return { first, struck: effect === 'cut' ? proxy.hasCut() : server.hasKilled() };
    }
    const writer = await startProcess(transport, events, effect === 'kill-at-write' ? at : null);
    if (effect === 'kill-at-byte') proxy.arm(direction, at, writer.kill);
    const { code } = await writer.ended;
    const first = code === null ? 'killed' : code === 0 ? 'appended' : 'failed';
    return { first, struck: code === null };
  }

  /** The next run: it finds what the other one left of the branch, and brings the same events. */
  async function deliver(transport: FaultTransport, events: NewEvent[]): Promise<number> {
    let locks = 0;
    for (;;) {
      const store = open(transport);
      try {
        await store.append(events);
        return locks;
      } catch (error) {
        const removed = await removeLocks(transport === 'local' ? here.gitDirectory : there);
        if (removed === 0) throw error;
        locks += removed;
      } finally {
        await store.close();
      }
    }
  }

  async function findWrong(transport: FaultTransport, events: NewEvent[]): Promise<string[]> {
    const store = open(transport);
    const expected = appended[transport === 'local' ? 'here' : 'there'];
    try {
      const logged = await readAll(store);
      const counts = events.map(({ id }) => logged.filter((event) => event.id === id).length);
      const report = await store.verify();
      return [
        ...counts.flatMap((count) => (count === 1 ? [] : [`an event is there ${count} times`])),
        ...(logged.length === expected ? [] : [`${logged.length} events instead of ${expected}`]),
        ...report.problems.map(({ message }) => message),
      ];
    } finally {
      await store.close();
    }
  }

  return {
    async run(fault) {
      issue += 1;
      const events = [make.skip(String(issue)), make.skip(String(issue))];
      const first = await appendDisturbed(fault, events);
      proxy.arm('up', Number.POSITIVE_INFINITY);
      const locks = await deliver(fault.transport, events);
      appended[fault.transport === 'local' ? 'here' : 'there'] += events.length;
      return { ...first, locks, wrong: await findWrong(fault.transport, events) };
    },
    async measure(transport) {
      proxy.arm('up', Number.POSITIVE_INFINITY);
      const store = open(transport);
      await store.head();
      const before = { ...proxy.passed };
      issue += 1;
      await store.append([make.skip(String(issue)), make.skip(String(issue))]);
      await store.close();
      const { up, down } = proxy.passed;
      proxy.arm('up', Number.POSITIVE_INFINITY);
      issue += 1;
      const events = [make.skip(String(issue)), make.skip(String(issue))];
      const { writes } = await (await startProcess(transport, events, null)).ended;
      appended[transport === 'local' ? 'here' : 'there'] += 4;
      return { up: up - before.up, down: down - before.down, writes, whole: { ...proxy.passed } };
    },
    async check() {
      const checked = await Promise.all(
        [there, here.gitDirectory].map((gitDirectory) =>
          git(['fsck', '--strict', '--full', '--no-dangling'], {
            gitDirectory,
            allowExitCodes: [1, 2, 3, 4, 5, 8],
          }),
        ),
      );
      return checked
        .flatMap(({ stdout, stderr }) => `${stdout.toString()}${stderr}`.split('\n'))
        .filter((line) => line !== '' && !line.startsWith('notice: '))
        .join('\n');
    },
    async close() {
      await proxy.close();
      server.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function appendOnce(
  store: EventStore,
  arm: () => void,
  events: NewEvent[],
): Promise<'appended' | 'failed'> {
  try {
    await store.head();
    arm();
    const { status } = await store.append(events);
    return status === 'appended' ? 'appended' : 'failed';
  } catch {
    return 'failed';
  } finally {
    await store.close();
  }
}

/** A git server whose git can be killed while it takes a push. */
async function serve(root: string) {
  let delay: number | undefined;
  let killed = false;
  const listener = createGitListener({
    root,
    tokens: { tok: { login: 'bot', write: true } },
    intercept: ({ service }) => {
      if (delay === undefined || service !== '/git-receive-pack') return undefined;
      setTimeout(() => {
        killed = true;
        listener.stop();
      }, delay);
      delay = undefined;
      return undefined;
    },
  });
  const server = http.createServer((request, response) => void listener.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    killAfter(milliseconds: number) {
      delay = milliseconds;
      killed = false;
    },
    hasKilled: () => killed,
    close() {
      server.close();
      server.closeAllConnections();
      listener.stop();
    },
  };
}

async function removeLocks(gitDirectory: string): Promise<number> {
  const files = await readdir(gitDirectory, { recursive: true });
  const locks = files.filter((file) => file.endsWith('.lock'));
  for (const lock of locks) await rm(join(gitDirectory, lock));
  return locks.length;
}
