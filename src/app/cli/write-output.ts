import type { Hash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { TammaError } from '../../core/errors.ts';

/**
 * Writes a file that is there whole or not at all, and answers with its size in bytes; `digest` is fed with it. What is no
 * file, such as a pipe, is written to as it is. Throws USAGE where the place cannot be written to.
 */
export async function writeOutput(
  output: string,
  pieces: AsyncIterable<string>,
  digest: Hash,
): Promise<number> {
  const isSpecial = await stat(output).then(
    (found) => !found.isFile(),
    () => false,
  );
  const target = isSpecial ? output : `${output}.part`;
  let bytes = 0;
  try {
    const file = await open(target, 'w').catch((cause: Error) => {
      throw new TammaError('USAGE', `${output} cannot be written: ${cause.message}`, {
        help: 'Name a file in a folder that is there and may be written to.',
        cause,
      });
    });
    try {
      for await (const piece of pieces) {
        const content = Buffer.from(piece);
        digest.update(content);
        bytes += content.length;
        for (let at = 0; at < content.length; ) at += (await file.write(content, at)).bytesWritten;
      }
    } finally {
      await file.close();
    }
    if (!isSpecial) await rename(target, output);
  } catch (error) {
    if (!isSpecial) await rm(target, { force: true });
    throw error;
  }
  return bytes;
}
