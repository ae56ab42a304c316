import { PassThrough } from 'node:stream';
import { runCli } from '../../src/app/cli/main.ts';
import type { CliResult } from './run-cli.ts';

export type CallOptions = {
  env?: Readonly<Record<string, string>>;
  /** Makes all three streams a terminal; lines are typed one by one, each when a prompt comes. */
  typed?: string[];
};

/** `tamma` in this process, on streams of ours: the same code behind the same door, without the start of a process. */
export async function callCli(argv: readonly string[], options: CallOptions = {}): Promise<CliResult> {
  const { typed } = options;
  const isTTY = typed !== undefined;
  const [stdin, stdout, stderr] = [0, 1, 2].map(() =>
    Object.assign(new PassThrough(), { isTTY, columns: 80 }),
  );
  if (!stdin || !stdout || !stderr) throw new Error('there are three streams');
  const texts = { stdout: '', stderr: '' };
  stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
    if (!typed || !/(?:^|\n)(?:q\d)?> $|\? $/.test(text)) return;
    const line = typed.shift();
    if (line === undefined) stdin.end();
    else stdin.write(`${line}\n`);
  });
  const exitCode = await runCli({
    argv,
    // Ollama on the machine of whoever runs the tests is not theirs to find.
    environment: { PATH: process.env.PATH, OLLAMA_BASE_URL: 'http://127.0.0.1:9/v1', ...options.env },
    streams: { stdin, stdout, stderr },
    version: '1.2.3',
  });
  return { exitCode, ...texts };
}
