import { spawnSync } from 'node:child_process';
import type { Attempt, ConfinedCommand, Rung, Site } from './confinement.ts';
import type { Identity } from './identity.ts';
import {
  describeMissingLimits,
  LIFELINE,
  toInsideEnvironment,
  toLimitedCommand,
  toPrivilegeDrop,
} from './inner-command.ts';
import { insideWorkspace } from './layout.ts';
import { findNamespaceInit } from './namespace.ts';
import { writeSkeleton } from './skeleton.ts';
import { kill } from './stragglers.ts';
import type { Tools } from './tools.ts';

/** How a process comes to the right to mount: it is root, sudo makes it root, or a user namespace does. */
type Way = { name: string; isForRoot: boolean; usesSudo: boolean; usesUserNamespace: boolean };

const ways = [
  { name: 'unshare as root', isForRoot: true, usesSudo: false, usesUserNamespace: false },
  { name: 'unshare through sudo', isForRoot: false, usesSudo: true, usesUserNamespace: false },
  { name: 'unshare in a user namespace', isForRoot: false, usesSudo: false, usesUserNamespace: true },
] as const satisfies readonly Way[];

/** unshare(1) of util-linux 2.38: the namespaces of bubblewrap, put together by hand. */
export const unshareRungs: readonly Rung[] = ways.map((way) => ({
  name: way.name,
  prepare: (site) => prepare(way, site),
}));

/**
 * Runs as process 1 of the new namespaces with the right to mount. Everything is mounted by one call from a table;
 * then the old root is let go, and what follows gives the rights up.
 */
const SET_UP = `set -e
root=$1 table=$2 workspace=$3
shift 3
mount --all --fstab "$table"
mount --options bind,nosuid,nodev "$workspace" "$root${insideWorkspace}"
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || :
cd "$root"
pivot_root . old
umount --lazy old
cd ${insideWorkspace}
exec "$@"`;

function prepare(way: Way, site: Site): Attempt {
  const { tools, identity, layout, places } = site;
  const { unshare, setpriv, sudo, sh = 'sh' } = tools;
  if (way.isForRoot !== identity.isDropped)
    return { unavailable: way.isForRoot ? 'not root' : 'root needs none' };
  if (!unshare || !setpriv) return { unavailable: 'unshare or setpriv (util-linux) is not installed' };
  if (way.usesSudo && !sudo) return { unavailable: 'sudo is not installed' };
  writeSkeleton(site);
  const elevate = way.usesSudo && sudo ? [sudo, '-n', '--'] : [];
  const namespaces = [
    ...(way.usesUserNamespace ? ['--user', '--map-root-user'] : []),
    ...['--pid', '--fork', '--kill-child', '--mount', '--ipc', '--uts'],
  ];
  const setUp = [sh, '-c', SET_UP, 'sh', places.root, places.fstab];
  const drop = way.usesUserNamespace
    ? toUserDrop(setpriv, unshare, identity)
    : toPrivilegeDrop(setpriv, identity);
  return {
    level: 'unshare',
    name: way.name,
    weaknesses: describeMissingLimits(site),
    identity,
    directoryInside: insideWorkspace,
    wrap(command) {
      const lifeline = way.usesSudo ? toDeadline(tools, command) : [setpriv, ...LIFELINE, '--'];
      const net = command.network ? [] : ['--net'];
      const env = toInsideEnvironment(layout.path, command.env);
      const inner = [...drop, ...toLimitedCommand(command, { ...site, env })];
      const [file = '', ...args] = [
        ...elevate,
        ...lifeline,
        unshare,
        ...namespaces,
        ...net,
        '--',
        ...setUp,
        command.directory,
        ...inner,
      ];
      return { file, args };
    },
    stop: (pid) => stop(findNamespaceInit(pid) ?? pid, elevate),
  };
}

const GRACE_S = 30;

/** sudo cuts what ties a process to its parent's life: should Tamma be killed, its command ends some time after. */
function toDeadline({ timeout }: Tools, { timeoutMs }: ConfinedCommand): string[] {
  return timeout ? [timeout, '--signal=KILL', String(Math.ceil(timeoutMs / 1000) + GRACE_S)] : [];
}

/** In a user namespace everything maps to one user: a second namespace gives it back its own number and no rights. */
function toUserDrop(setpriv: string, unshare: string, { uid, gid }: Identity): string[] {
  return [
    setpriv,
    '--no-new-privs',
    '--',
    unshare,
    '--user',
    `--map-user=${uid}`,
    `--map-group=${gid}`,
    '--',
  ];
}

function stop(pid: number, [sudo, ...options]: readonly string[]): void {
  if (sudo === undefined) kill(pid);
  else spawnSync(sudo, [...options, 'kill', '-KILL', String(pid)], { stdio: 'ignore' });
}
