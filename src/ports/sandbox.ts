export type SandboxLevel = 'bubblewrap' | 'unshare' | 'container' | 'none';

export type CommandRequest = {
  /** Run without a shell of ours. A configured command with shell syntax arrives as `['sh', '-c', text]`. */
  argv: readonly [string, ...string[]];
  /** The only folder the command may write to, and its working directory. */
  directory: string;
  /** Added to a short list of our own (PATH, HOME, LANG, TMPDIR, CI); nothing of the caller's environment is passed on. */
  env?: Readonly<Record<string, string>>;
  /** Only for fetching dependencies. Default: no network at all, not even loopback of the host. */
  network?: boolean;
  timeoutMs?: number;
  signal?: AbortSignal;
};

export type CommandResult = {
  /** 124 after a timeout, 137 where the process was killed, as in a shell. */
  exitCode: number;
  /** Standard output and standard error as they came, cut in the middle when longer than the limit. Untrusted. */
  output: string;
  truncated: boolean;
  timedOut: boolean;
  durationMs: number;
};

/**
 * Runs commands of the repository or the model where they can harm nothing: own PID namespace, no network, an
 * environment of our choice, home, `.git`, and the runner's folders out of reach, limits on time, memory, processes
 * and output. When `run` returns, no process of the command is alive. Throws SANDBOX_FAILED where the sandbox itself
 * could not be set up, and the signal's reason where it was aborted; a command that fails is a result.
 */
export interface Sandbox {
  readonly level: SandboxLevel;
  /** What is weaker than it should be, for the log and the pull request; empty at full strength. */
  readonly weaknesses: readonly string[];
  /** Where a command sees the folder of its request, and so where absolute paths of its reports begin; undefined: at its own path. */
  readonly directoryInside?: string;
  run(request: CommandRequest): Promise<CommandResult>;
}
