import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TammaError } from '../../core/errors.ts';
import type { LineSource } from '../import-log.ts';
import type { CommandContext } from './command.ts';

type Input = Pick<CommandContext, 'input' | 'args'>;

const STDIN = '-';

/** The file that is named, or standard input for `-`, to be read from its beginning more than once. */
export async function withInput<T>(
  { input, args }: Input,
  use: (source: LineSource) => Promise<T>,
): Promise<T> {
  const [name = STDIN] = args;
  if (name !== STDIN) {
    await checkFile(name);
    return use({ name, open: () => createReadStream(name) });
  }
  const folder = await mkdtemp(join(tmpdir(), 'tamma-input-'));
  const file = join(folder, 'input');
  try {
    await pipeline(input, createWriteStream(file, { mode: 0o600 }));
    return await use({ name: 'standard input', open: () => createReadStream(file) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** All of a small input. Throws USAGE where there is none, or it is too large. */
export async function readInput({ input, args }: Input): Promise<string> {
  const [name = STDIN] = args;
  if (name !== STDIN) {
    await checkFile(name, MAX_TEXT_BYTES);
    return readFile(name, 'utf8');
  }
  let text = '';
  for await (const piece of input) {
    text += piece;
    if (text.length > MAX_TEXT_BYTES) throw tooLarge('standard input');
  }
  return text;
}

async function checkFile(name: string, maxBytes = Number.POSITIVE_INFINITY): Promise<void> {
  const found = await stat(name).catch((error: unknown) => error as Error);
  if (found instanceof Error) throw unreadable(`${name} cannot be read: ${found.message}`);
  if (!found.isFile()) throw unreadable(`${name} is no file`);
  if (found.size > maxBytes) throw tooLarge(name);
}

function unreadable(message: string): TammaError {
  return new TammaError('USAGE', message, { help: 'Name a file that is there and may be read.' });
}

function tooLarge(name: string): TammaError {
  return new TammaError('USAGE', `${name} is larger than ${MAX_TEXT_BYTES} bytes`);
}
