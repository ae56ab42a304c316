import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { GitError, type GitOptions, toEnvironment } from './git.ts';

export type GitObject = { id: string; type: 'commit' | 'tree' | 'blob' | 'tag'; content: Buffer };

export type GitObjectReader = {
  /**
   * An object by its id or by a name of ours (`refs/heads/x`, `<commit>:<path>`), resolved at this moment; undefined if
   * it leads nowhere. May be called again before the answer: many questions at once cost one round. Throws GitError
   * where an object is damaged or git cannot start in this directory.
   */
  read(name: string): Promise<GitObject | undefined>;
  close(): void;
};

type Question = { name: string; resolve(object: GitObject | undefined): void; reject(error: unknown): void };

const ARGS = ['cat-file', '--batch'];

/**
 * One `git cat-file --batch` (git-cat-file(1), "BATCH OUTPUT") that is started when first asked, sees objects and refs
 * that others write meanwhile, and keeps nobody's process alive while it is idle.
 */
export function createGitObjectReader(options: Pick<GitOptions, 'gitDirectory' | 'env'>): GitObjectReader {
  let child: ChildProcessWithoutNullStreams | undefined;
  let questions: Question[] = [];
  let received: Buffer[] = [];
  let size = 0;

  function start(): ChildProcessWithoutNullStreams {
    const started = spawn('git', ARGS, { env: toEnvironment(options), stdio: 'pipe' });
    let stderr = '';
    started.stdout.on('data', (chunk: Buffer) => {
      received.push(chunk);
      size += chunk.length;
      answer();
    });
    started.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    started.stdin.on('error', () => {}); // its end is told below
    started.on('error', (error) => end(started, error));
    started.on('close', (code) => end(started, new GitError(ARGS, code ?? 137, stderr)));
    return started;
  }

  /** The first question waiting is the one that git died of; the others are asked again. */
  function end(ended: ChildProcessWithoutNullStreams, error: Error): void {
    if (child !== ended) return;
    child = undefined;
    received = [];
    size = 0;
    const [guilty, ...others] = questions;
    questions = [];
    guilty?.reject(error);
    for (const question of others) ask(question);
  }

  function answer(): void {
    for (let taken = takeAnswer(); taken; taken = takeAnswer()) questions.shift()?.resolve(taken.object);
    if (child && questions.length === 0) hold(child, false);
  }

  /** One whole answer off the front of what has arrived, or undefined if it is not all there yet. */
  function takeAnswer(): { object: GitObject | undefined } | undefined {
    const header = received[0];
    const lineEnd = header?.indexOf(10) ?? -1;
    if (!header || lineEnd < 0) return joinReceived() ? takeAnswer() : undefined;
    const found = /^([0-9a-f]{40,64}) (commit|tree|blob|tag) (\d+)$/.exec(
      header.subarray(0, lineEnd).toString(),
    );
    if (!found?.[1] || !found[2] || !found[3]) return dropReceived(lineEnd + 1, { object: undefined });
    const start = lineEnd + 1;
    const length = Number(found[3]);
    if (size < start + length + 1) return undefined;
    joinReceived();
    const content = received[0]?.subarray(start, start + length) ?? Buffer.alloc(0);
    const object = { id: found[1], type: found[2] as GitObject['type'], content };
    return dropReceived(start + length + 1, { object });
  }

  /** Makes one chunk of all; false if there was nothing to join. */
  function joinReceived(): boolean {
    if (received.length < 2) return false;
    received = [Buffer.concat(received)];
    return true;
  }

  function dropReceived<T>(bytes: number, result: T): T {
    const rest = received[0]?.subarray(bytes);
    received = [...(rest?.length ? [rest] : []), ...received.slice(1)];
    size -= bytes;
    return result;
  }

  function ask(question: Question): void {
    child ??= start();
    hold(child, true);
    questions.push(question);
    child.stdin.write(`${question.name}\n`);
  }

  return {
    read: (name) =>
      new Promise((resolve, reject) => {
        if (/[\n\0]/.test(name)) reject(new GitError(ARGS, 1, `not a name: ${JSON.stringify(name)}`));
        else ask({ name, resolve, reject });
      }),
    close() {
      child?.stdin.end();
    },
  };
}

/** Whether the child keeps this process running. */
function hold(child: ChildProcessWithoutNullStreams, wanted: boolean): void {
  for (const handle of [child, child.stdin, child.stdout, child.stderr] as unknown as Socket[]) {
    if (wanted) handle.ref();
    else handle.unref();
  }
}
