import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export type CliResult = { exitCode: number | null; stdout: string; stderr: string };

export type CliOptions = {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Called as output comes, with what there is so far. */
  onOutput?: (so: { far: string; kill(signal: NodeJS.Signals): void }) => void;
};

const root = join(import.meta.dirname, '..', '..');

/** `tamma` from its sources in a process of its own, with an environment of ours. Standard input is empty. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runEntry('src/cli.ts', args, options);
}

/** `tamma` from the bundle, as people have it; build it first. */
export function runBuiltCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runEntry('dist/cli.js', args, options);
}

/** The action's entry point, as the runner starts it. */
export function runActionEntry(options: CliOptions = {}): Promise<CliResult> {
  return runEntry('src/action.ts', [], options);
}

async function runEntry(entry: string, args: readonly string[], options: CliOptions): Promise<CliResult> {
  const child = spawn(process.execPath, [join(root, entry), ...args], {
    cwd: options.cwd ?? root,
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const tell = () => options.onOutput?.({ far: stdout + stderr, kill: (signal) => void child.kill(signal) });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    tell();
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode: exitCode as number | null, stdout, stderr };
}
