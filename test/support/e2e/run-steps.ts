import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { StepLine, StepOrder } from './step-process.ts';

export type StepsResult = {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  lines: StepLine[];
  stderr: string;
};

const script = join(import.meta.dirname, 'step-process.ts');

/** A process that starts so often need not compile everything anew. */
export const COMPILED = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'node-compile'),
} as const;

export type StartedSteps = { child: ChildProcess; ended: Promise<StepsResult> };

type Environment = Readonly<Record<string, string>>;

/** Starts steps of the sample in a process of their own. */
export function startSteps(order: StepOrder, env: Environment = {}): StartedSteps {
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      // What a killed process leaves there goes with the project.
      TMPDIR: dirname(order.directory),
      ...COMPILED,
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return { child, ended: follow(child) };
}

export function runSteps(order: StepOrder, env?: Environment): Promise<StepsResult> {
  return startSteps(order, env).ended;
}

async function follow(child: ChildProcess): Promise<StepsResult> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const lines = texts.stdout.split('\n').filter((line) => line.startsWith('{'));
  return { exitCode, signal, lines: lines.map((line) => JSON.parse(line) as StepLine), stderr: texts.stderr };
}
