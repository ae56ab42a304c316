import { readFile, stat, writeFile } from 'node:fs/promises';
import { TammaError } from '../../core/errors.ts';
import { checkSha, GitError, git, gitText } from '../../lib/git.ts';
import { hasCommit } from '../../lib/git-objects.ts';
import { measurePack } from './pack-size.ts';

/** A change of a hundred files has room in it. */
export const MAX_PACK_BYTES = 10 * 1024 * 1024;
const MAX_OBJECTS = 5000;
/** All objects of it, unpacked; a few kilobytes may stand for gigabytes. */
const MAX_UNPACKED_BYTES = 100 * 1024 * 1024;

export type Range = { gitDirectory: string; head: string; known: readonly string[] };

/**
 * Writes the commits between what is known and the head, with all that is new in them, to one file. Commits travel as
 * they are: approvals and the log are bound to their ids, which a patch would not bring back.
 */
export async function writePack(file: string, { gitDirectory, head, known }: Range): Promise<void> {
  const wanted = [checkSha(head), ...known.map((sha) => `^${checkSha(sha)}`)].join('\n');
  const { stdout, isCut } = await git(['pack-objects', '--revs', '--stdout', '--quiet'], {
    gitDirectory,
    input: `${wanted}\n`,
    maxOutputBytes: MAX_PACK_BYTES,
  });
  if (isCut) throw new TammaError('POLICY_VIOLATION', `the change is larger than ${MAX_PACK_BYTES} bytes`);
  await writeFile(file, stdout, { mode: 0o600 });
}

/**
 * Takes the objects of such a file into the repository, every one checked, as git does it with what strangers push.
 * Nothing is checked out and no ref moves. Throws HAND_OVER_REFUSED.
 */
export async function readPack(file: string, { gitDirectory, head, known }: Range): Promise<void> {
  if ((await stat(file)).size > MAX_PACK_BYTES)
    throw refuse(`the pack is larger than ${MAX_PACK_BYTES} bytes`);
  const content = await readFile(file);
  if (content.subarray(0, 4).toString() !== 'PACK' || content.readUInt32BE(8) > MAX_OBJECTS)
    throw refuse('the pack is no pack, or holds too many objects');
  checkUnpacked(content, head);
  try {
    await git(['index-pack', '--stdin', '--strict', `--max-input-size=${MAX_PACK_BYTES}`], {
      gitDirectory,
      input: content,
    });
    if (!(await hasCommit(gitDirectory, head))) throw refuse(`the commit ${head.slice(0, 12)} is not in it`);
    const args = [
      'rev-list',
      '--objects',
      '--quiet',
      checkSha(head),
      ...known.map((sha) => `^${checkSha(sha)}`),
    ];
    await gitText(args, { gitDirectory });
  } catch (error) {
    if (error instanceof GitError) throw refuse(`git refuses the pack: ${error.stderr.trim().slice(0, 300)}`);
    throw error;
  }
}

function checkUnpacked(content: Buffer, head: string): void {
  try {
    measurePack(content, { limit: MAX_UNPACKED_BYTES, idBytes: head.length / 2 });
  } catch (error) {
    throw refuse(`the pack cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function refuse(why: string): TammaError {
  return new TammaError('HAND_OVER_REFUSED', `what the job before handed over is refused: ${why}`);
}
