import { TammaError } from '../../../core/errors.ts';
import type { StoredContent } from '../../../ports/content-store.ts';
import { toBlock } from '../../../report/untrusted.ts';
import { readWhole } from '../../kept-content.ts';
import type { Command } from '../command.ts';

export const listCommand: Command = async ({ runtime, options, palette }) => {
  const { content } = await runtime();
  const entries: StoredContent[] = [];
  for await (const entry of content.list()) entries.push(entry);
  if (options.json) return { json: { place: content.place, content: entries }, text: '' };
  const lines = entries.map(
    ({ digest, kind, bytes, storedAt }) =>
      `${palette.dim(`${storedAt.slice(0, 19)}Z`)} ${kind.padEnd(6)} ${String(bytes).padStart(9)} ${digest}`,
  );
  return { json: null, text: lines.length > 0 ? lines.join('\n') : `nothing is kept at ${content.place}` };
};

export const showCommand: Command = async ({ args, runtime }) => {
  const { content } = await runtime();
  const digest = args[0] ?? '';
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw new TammaError('USAGE', `${digest.slice(0, 80)} is no digest: it has 64 hex digits`, {
      help: 'Give one as `tamma content list` shows it, or as it stands in an event.',
    });
  }
  const text = await readWhole(content, digest);
  if (text === undefined) {
    throw new TammaError('USAGE', `${content.place} does not hold ${digest.slice(0, 80)}`, {
      help: 'Content of a job is in its artifact `tamma-content`: unpack it, and name the folder in TAMMA_CONTENT_DIR.',
    });
  }
  return { json: { digest, text }, text: toBlock(text) };
};

/** With a key that is not at hand it is all of them. */
const LISTED = 10;

export const rotateCommand: Command = async ({ runtime }) => {
  const { content } = await runtime();
  const { rotated, left } = await content.rotate();
  const rest = left.slice(0, LISTED).map((digest) => `left as it is, damaged or without its key: ${digest}`);
  if (left.length > LISTED) rest.push(`and ${left.length - LISTED} more; --json lists them all`);
  return {
    exitCode: left.length > 0 ? 1 : 0,
    json: { rotated, left },
    text: [`${rotated} encrypted anew at ${content.place}`, ...rest].join('\n'),
  };
};
