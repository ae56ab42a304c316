import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

export type StartedProcess = {
  /** `GITHUB_JOB` at that moment. */
  job: string;
  program: string;
  args: readonly string[];
  /** Variables of the job that hold this text. */
  holds(text: string): string[];
};

/** Writes down every process that this one starts, and starts it. `stop` ends that. */
export function recordProcesses(): { started: StartedProcess[]; stop(): void } {
  const { spawn } = childProcess;
  const started: StartedProcess[] = [];
  const recording = (...all: Parameters<typeof spawn>) => {
    const [program, args] = all;
    const variables = { ...process.env };
    started.push({
      job: variables.GITHUB_JOB ?? '',
      program,
      args: Array.isArray(args) ? args : [],
      holds: (text) => Object.keys(variables).filter((name) => variables[name]?.includes(text)),
    });
    return spawn(...all);
  };
  replace(recording as typeof spawn);
  return { started, stop: () => replace(spawn) };
}

function replace(spawn: typeof childProcess.spawn): void {
  childProcess.spawn = spawn;
  syncBuiltinESMExports();
}
