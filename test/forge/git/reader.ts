import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

export type GitObject = { sha: string; type: string; size: number; content: Buffer };

export type ObjectReader = {
  /** An object by any name git knows, such as `<sha>:<path>` or `<sha>^{commit}`; undefined where there is none. */
  read(name: string): Promise<GitObject | undefined>;
  /** The same without its content. */
  look(name: string): Promise<Omit<GitObject, 'content'> | undefined>;
  close(): void;
};

type Waiting = { hasContent: boolean; resolve(object: GitObject | undefined): void };

/** One `git cat-file --batch-command` for all reads of a repository: a process for each would be most of the cost. */
export function createObjectReader(directory: string): ObjectReader {
  let child: ChildProcessWithoutNullStreams | undefined;
  const waiting: Waiting[] = [];
  let buffer: Buffer = Buffer.alloc(0);

  function start(): ChildProcessWithoutNullStreams {
    const started = spawn('git', ['--git-dir', directory, 'cat-file', '--batch-command'], {
      env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    });
    hold(started, false);
    started.stdout.on('data', (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      while (takeAnswer());
    });
    return started;
  }

  function takeAnswer(): boolean {
    const end = buffer.indexOf(10);
    const [first] = waiting;
    if (end < 0 || !first) return false;
    const [, sha = '', type = '', length = ''] =
      /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(buffer.subarray(0, end).toString()) ?? [];
    const size = Number(length);
    const hasContent = first.hasContent && sha !== '';
    const total = end + 1 + (hasContent ? size + 1 : 0);
    if (buffer.length < total) return false;
    const content = Buffer.from(buffer.subarray(end + 1, hasContent ? end + 1 + size : end + 1));
    buffer = buffer.subarray(total);
    waiting.shift();
    first.resolve(sha === '' ? undefined : { sha, type, size, content });
    return true;
  }

  function ask(command: 'contents' | 'info', name: string): Promise<GitObject | undefined> {
    if (name === '' || /[\n\0]/.test(name)) return Promise.resolve(undefined);
    const running = child ?? start();
    child = running;
    hold(running, true);
    return new Promise((resolve) => {
      waiting.push({
        hasContent: command === 'contents',
        resolve(object) {
          if (waiting.length === 0) hold(running, false);
          resolve(object);
        },
      });
      running.stdin.write(`${command} ${name}\n`);
    });
  }

  return {
    read: (name) => ask('contents', name),
    look: (name) => ask('info', name),
    close: () => void child?.kill(),
  };
}

/** Whether this process waits for the other one before it ends. */
function hold(child: ChildProcessWithoutNullStreams, isHeld: boolean): void {
  for (const one of [child, child.stdin, child.stdout, child.stderr] as unknown as Socket[]) {
    if (isHeld) one.ref();
    else one.unref();
  }
}
