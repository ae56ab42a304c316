import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Annotation, obeyCommands, readKeyValues } from './commands.ts';

/** What a job's steps share on its machine. */
export type Machine = {
  workspace: string;
  temp: string;
  /** GITHUB_* and RUNNER_* of every step. */
  environment: Readonly<Record<string, string>>;
  /** Added by steps through GITHUB_ENV and GITHUB_PATH. */
  added: Record<string, string>;
  paths: string[];
  masks: string[];
  /** Aborted where the run is cancelled or the time is over. */
  signal: AbortSignal;
  /** Aborted where the process has to end at once. */
  halt: AbortSignal;
  /** Milliseconds from SIGINT to SIGTERM, and from there to SIGKILL. */
  grace: { term: number; kill: number };
};

export type StepResult = {
  name: string;
  code: number | null;
  outputs: Record<string, string>;
  state: Record<string, string>;
  summary: string;
  annotations: Annotation[];
  /** As the runner prints it: secrets masked. */
  log: string;
  /** What the process printed. */
  raw: string;
};

export type StepCommand = {
  name: string;
  program: string;
  args: readonly string[];
  directory: string;
  environment: Readonly<Record<string, string>>;
  /** Runs it without a process of its own. */
  inProcess?: InProcess | undefined;
};

/** Stands in for a process: gets its environment, answers with what it printed. */
export type InProcess = (
  environment: Record<string, string>,
) => Promise<{ code: number | null; raw: string }>;

const FILES = ['OUTPUT', 'ENV', 'PATH', 'STATE', 'STEP_SUMMARY'] as const;

/** One process of a step, with the runner's command files and without anything of our own environment. */
export async function runProcess(machine: Machine, command: StepCommand): Promise<StepResult> {
  const folder = await mkdtemp(join(machine.temp, 'step-'));
  const files = Object.fromEntries(FILES.map((key) => [`GITHUB_${key}`, join(folder, key.toLowerCase())]));
  for (const file of Object.values(files)) await writeFile(file, '');
  const environment = {
    PATH: [...machine.paths.toReversed(), process.env.PATH ?? ''].join(':'),
    ...machine.environment,
    ...machine.added,
    ...files,
    ...command.environment,
  };
  const { code, raw } = await (command.inProcess?.(environment) ??
    spawnAndWait(machine, command, environment));
  const obeyed = obeyCommands(raw);
  machine.masks.push(...obeyed.masks.filter((mask) => mask.trim() !== ''));
  const read = (key: (typeof FILES)[number]) => readKeyValues(files[`GITHUB_${key}`] ?? '');
  Object.assign(machine.added, await read('ENV'));
  machine.paths.push(...(await readFile(files.GITHUB_PATH ?? '', 'utf8')).split(/\r?\n/).filter(Boolean));
  return {
    name: command.name,
    code,
    outputs: { ...obeyed.outputs, ...(await read('OUTPUT')) },
    state: await read('STATE'),
    summary: await readFile(files.GITHUB_STEP_SUMMARY ?? '', 'utf8'),
    annotations: obeyed.annotations,
    log: mask(raw, machine.masks),
    raw,
  };
}

async function spawnAndWait(
  machine: Machine,
  { program, args, directory }: StepCommand,
  env: Record<string, string>,
): Promise<{ code: number | null; raw: string }> {
  const child = spawn(program, args, {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let raw = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      raw += text;
    });
  }
  const stop = stopGently((signal) => kill(child, signal), machine);
  const [code] = (await once(child, 'close')) as [number | null];
  stop();
  return { code, raw };
}

/** SIGINT and SIGTERM go to the step's process, SIGKILL to everything it has started. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
  } catch {
    // it had ended already
  }
}

/** As the runner cancels (ProcessInvoker.cs): SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL. */
function stopGently(
  send: (signal: NodeJS.Signals) => void,
  { signal, halt, grace }: Pick<Machine, 'signal' | 'halt' | 'grace'>,
): () => void {
  const timers: NodeJS.Timeout[] = [];
  const start = () => {
    send('SIGINT');
    timers.push(
      setTimeout(() => send('SIGTERM'), grace.term),
      setTimeout(() => send('SIGKILL'), grace.term + grace.kill),
    );
  };
  const end = () => send('SIGKILL');
  if (halt.aborted) end();
  else if (signal.aborted) start();
  signal.addEventListener('abort', start, { once: true });
  halt.addEventListener('abort', end, { once: true });
  return () => {
    signal.removeEventListener('abort', start);
    halt.removeEventListener('abort', end);
    for (const timer of timers) clearTimeout(timer);
  };
}

export function mask(text: string, secrets: readonly string[]): string {
  const all = secrets.flatMap((secret) => secret.split('\n')).filter((line) => line.trim() !== '');
  return all
    .toSorted((a, b) => b.length - a.length)
    .reduce((out, secret) => out.replaceAll(secret, '***'), text);
}

/** A step of the runner's own, without a process. */
export function toStepResult(name: string, log: string, outputs: Record<string, string> = {}): StepResult {
  return { name, code: 0, outputs, state: {}, summary: '', annotations: [], log, raw: log };
}
