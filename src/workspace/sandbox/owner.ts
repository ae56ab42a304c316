import { execFile } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Identity } from './identity.ts';
import type { Tools } from './tools.ts';

/**
 * Gives a folder and all below it to the user the commands run as, once: new files follow the owner of their folder
 * (`../place.ts`). Links are not followed, and no command runs meanwhile. Root may read and remove it all the same.
 */
export async function ensureOwner(directory: string, identity: Identity, tools: Tools): Promise<void> {
  if (!identity.isDropped) return;
  const owned = lstatSync(directory, { throwIfNoEntry: false });
  if (!owned || owned.uid === identity.uid) return;
  const user = `${identity.uid}:${identity.gid}`;
  await promisify(execFile)(tools.chown ?? 'chown', ['-R', '-h', '-P', '--', user, directory]);
}
