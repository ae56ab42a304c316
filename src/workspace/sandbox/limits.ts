/** What one command may use up, in bytes and milliseconds. */
export type SandboxLimits = {
  /** Wall time; a request may ask for less or more. */
  timeoutMs: number;
  /**
   * Private memory of each process (RLIMIT_DATA, setrlimit(2)). Not the address space: Node, Go and Java reserve far
   * more of that than they use and would not start. When all together take too much, the kernel ends them first.
   */
  memoryBytes: number;
  /** Processes and threads together. */
  processes: number;
  /** Of one file. */
  fileBytes: number;
  /** All of `/tmp`, which lives in memory. */
  temporaryBytes: number;
  /** What is kept of the output: the beginning and the end. */
  outputBytes: number;
};

const MIB = 1024 * 1024;

export const defaultLimits: SandboxLimits = {
  timeoutMs: 10 * 60_000,
  memoryBytes: 4096 * MIB,
  processes: 1024,
  fileBytes: 1024 * MIB,
  temporaryBytes: 2048 * MIB,
  outputBytes: MIB,
};

/** The options of prlimit(1) for these limits. */
export function toPrlimitOptions(limits: SandboxLimits): string[] {
  return [
    `--data=${limits.memoryBytes}`,
    `--nproc=${limits.processes}`,
    `--fsize=${limits.fileBytes}`,
    '--core=0',
  ];
}
