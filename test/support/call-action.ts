import { summary } from '@actions/core';
import { type Around, runAction } from '../../src/app/action/main.ts';
import type { CliResult } from './run-cli.ts';

/** The action in this process, with variables of ours and what it prints caught. */
export async function callAction(
  variables: Readonly<Record<string, string>>,
  around: Around = {},
): Promise<CliResult> {
  const before = { ...process.env };
  const write = process.stdout.write;
  let stdout = '';
  Object.assign(process.env, variables);
  process.stdout.write = (chunk: string | Uint8Array) => {
    stdout += String(chunk);
    return true;
  };
  // It keeps the file of the first run of this process.
  Reflect.deleteProperty(summary, '_filePath');
  try {
    const exitCode = await runAction(process.env, around);
    return { exitCode, stdout, stderr: '' };
  } finally {
    process.stdout.write = write;
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
