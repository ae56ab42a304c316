import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Confinement, Site } from './confinement.ts';
import type { Identity } from './identity.ts';
import {
  describeMissingLimits,
  toInsideEnvironment,
  toLimitedCommand,
  toPrivilegeDrop,
} from './inner-command.ts';
import { ensureOwner } from './owner.ts';
import { kill, killByEnvironment } from './stragglers.ts';

/**
 * No sandbox: what can be done without one. A clean environment, limits, another user where Tamma is root, and an end
 * to the processes that are left behind. Everything else is listed as a weakness.
 */
export async function createUnconfined(site: Site, path: string): Promise<Confinement> {
  const { tools, places } = site;
  const identity = await findReachableIdentity(site);
  const drop = identity.isDropped && tools.setpriv ? toPrivilegeDrop(tools.setpriv, identity) : [];
  let running = 0;
  return {
    level: 'none',
    name: 'none',
    weaknesses: [...describeWeaknesses(identity), ...describeMissingLimits(site)],
    identity,
    wrap(command) {
      const temporary = mkdtempSync(join(places.temporary, 'run-'));
      if (identity.isDropped) chownSync(temporary, identity.uid, identity.gid);
      const env = toInsideEnvironment(path, { HOME: places.home, TMPDIR: temporary, ...command.env });
      const [file = '', ...args] = [...drop, ...toLimitedCommand(command, { ...site, env })];
      running += 1;
      return {
        file,
        args,
        cwd: command.directory,
        async sweep(pid) {
          running -= 1;
          kill(-pid);
          if (running === 0 && identity.isUnique) killAllOf(drop, tools.sh);
          await killByEnvironment(`TMPDIR=${temporary}`);
          rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
        },
      };
    },
    stop: (pid) => kill(-pid),
  };
}

/** Another user is of use only where it can reach what it works on: a private temporary folder keeps it out. */
async function findReachableIdentity({ identity, tools, places }: Site): Promise<Identity> {
  const own: Identity = {
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    isDropped: false,
    isUnique: false,
  };
  if (!identity.isDropped || !tools.setpriv) return own;
  await ensureOwner(places.home, identity, tools);
  const [file = '', ...args] = [
    ...toPrivilegeDrop(tools.setpriv, identity),
    tools.sh ?? 'sh',
    '-c',
    'test -w "$0"',
    places.home,
  ];
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0 ? identity : own;
}

/** kill(2): -1 is every process that the caller may signal, which for a user of our own is its own and no others. */
function killAllOf(drop: readonly string[], sh = 'sh'): void {
  const [file = '', ...args] = [...drop, sh, '-c', 'kill -s KILL -- -1'];
  spawnSync(file, args, { stdio: 'ignore' });
}

function describeWeaknesses({ uid, isDropped }: Identity): string[] {
  const system =
    process.platform === 'linux'
      ? 'no sandbox was found'
      : `${process.platform} has no sandbox that Tamma can use`;
  return [
    `${system}: commands of the repository can use the network and read every file that ${isDropped ? 'is readable for all users' : 'this user can read'}`,
    ...(isDropped
      ? []
      : ["commands run as this user and can read this process's environment, secrets included"]),
    ...(uid === 0 ? ['the number of processes is not limited, because they run as root'] : []),
    'a process that hides from its parent may outlive its command',
  ];
}
