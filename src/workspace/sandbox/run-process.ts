import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createOutputWindow } from './output-window.ts';

export type ProcessSpec = {
  file: string;
  args: readonly string[];
  cwd?: string;
  /** Called once it has ended: ends what outlived it, where ending the process does not. */
  sweep?(pid: number): Promise<void>;
};

export type ProcessLimits = {
  timeoutMs: number;
  outputBytes: number;
  signal?: AbortSignal | undefined;
  /** Ends everything the process started; called again until the process itself has ended. */
  stop(pid: number): void;
};

export type ProcessOutcome = {
  /** As in a shell: 128 and the signal's number where a signal ended it. */
  exitCode: number;
  output: string;
  truncated: boolean;
  /** What came on standard error: the set-up's own messages, the command's are in `output`. */
  messages: string;
  timedOut: boolean;
  durationMs: number;
};

const STOP_EVERY_MS = 20;
const DRAIN_MS = 5000;
const MESSAGE_BYTES = 8192;

/**
 * Runs a program in a session of its own without input, and waits until it has ended. Throws where it cannot be
 * started at all. Its environment is empty but for the PATH of the set-up tools.
 */
export async function runProcess(spec: ProcessSpec, limits: ProcessLimits): Promise<ProcessOutcome> {
  const startedAt = performance.now();
  const output = createOutputWindow(limits.outputBytes);
  const messages = createOutputWindow(MESSAGE_BYTES);
  const child = spawn(spec.file, spec.args, {
    cwd: spec.cwd ?? '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdout.on('data', output.push);
  child.stderr.on('data', messages.push);
  const watch = watchProcess(child, limits);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (child.pid !== undefined) await spec.sweep?.(child.pid);
    await drain(child);
    return {
      exitCode: code ?? toSignalCode(signal),
      output: output.text(),
      truncated: output.isTruncated(),
      messages: messages.text(),
      timedOut: watch.timedOut(),
      durationMs: Math.round(performance.now() - startedAt),
    };
  } finally {
    watch.end();
  }
}

/** Stops the process at the deadline or when the signal says so. */
function watchProcess(child: ChildProcess, { timeoutMs, signal, stop }: ProcessLimits) {
  let timedOut = false;
  let repeat: NodeJS.Timeout | undefined;
  function halt(): void {
    if (child.pid === undefined || repeat !== undefined) return;
    const { pid } = child;
    repeat = setInterval(() => stop(pid), STOP_EVERY_MS);
    stop(pid);
  }
  const deadline = setTimeout(() => {
    timedOut = true;
    halt();
  }, timeoutMs);
  signal?.addEventListener('abort', halt, { once: true });
  if (signal?.aborted) halt();
  return {
    timedOut: () => timedOut,
    end() {
      clearTimeout(deadline);
      clearInterval(repeat);
      signal?.removeEventListener('abort', halt);
    },
  };
}

/** What is still in the pipes is read; a process that escaped and holds one open is not waited for without end. */
async function drain(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  let patience: NodeJS.Timeout | undefined;
  await Promise.race([
    Promise.all(streams.map((stream) => (stream.closed ? undefined : once(stream, 'close')))),
    new Promise((resolve) => {
      patience = setTimeout(resolve, DRAIN_MS);
    }),
  ]);
  clearTimeout(patience);
  for (const stream of streams) stream.destroy();
}

function toSignalCode(signal: NodeJS.Signals | null): number {
  return signal === 'SIGTERM' ? 143 : 137;
}
