import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Attempt, Rung, Site } from './confinement.ts';
import {
  describeMissingLimits,
  toInsideEnvironment,
  toLimitedCommand,
  toPrivilegeDrop,
} from './inner-command.ts';
import { insideHome, insideWorkspace, isWithin, type Layout } from './layout.ts';
import { findNamespaceInit } from './namespace.ts';
import { kill } from './stragglers.ts';

/** bwrap(1): the strongest rung, and the one a normal user can have. */
export const bubblewrap: Rung = { name: 'bubblewrap', prepare };

function prepare(site: Site): Attempt {
  const { tools, identity, layout, limits } = site;
  if (!tools.bwrap) return { unavailable: 'bwrap is not installed' };
  if (identity.isDropped && !tools.setpriv) return { unavailable: 'setpriv (util-linux) is not installed' };
  const file = tools.bwrap;
  const help = spawnSync(file, ['--help'], { encoding: 'utf8' }).stdout ?? '';
  const hasSize = help.includes('--size BYTES');
  const fixed = [
    ...toNamespaces(site, help.includes('--disable-userns')),
    ...toMounts(layout, hasSize ? limits.temporaryBytes : undefined),
    ...[...toParents([insideHome]), '--bind', site.places.home, insideHome],
    ...layout.homeBinds.flatMap((bind) => ['--ro-bind', bind.from, bind.to]),
  ];
  const drop =
    identity.isDropped && tools.setpriv
      ? [...toFirstProcess(tools), ...toPrivilegeDrop(tools.setpriv, identity)]
      : [];
  return {
    level: 'bubblewrap',
    name: bubblewrap.name,
    weaknesses: [
      ...describeMissingLimits(site),
      ...(hasSize ? [] : ['bwrap is older than 0.7: the size of /tmp is not limited']),
    ],
    identity,
    directoryInside: insideWorkspace,
    wrap(command) {
      const env = toInsideEnvironment(layout.path, command.env);
      const last = [
        '--bind',
        command.directory,
        insideWorkspace,
        '--remount-ro',
        '/',
        '--chdir',
        insideWorkspace,
      ];
      const net = command.network ? [] : ['--unshare-net'];
      return {
        file,
        args: [...fixed, ...net, ...last, '--', ...drop, ...toLimitedCommand(command, { ...site, env })],
      };
    },
    stop: (pid) => kill(findNamespaceInit(pid) ?? pid),
  };
}

/** Root needs no user namespace and drops its user inside; a normal user gets one, and no further ones. */
function toNamespaces({ tools, identity }: Site, canDisable: boolean): string[] {
  const isSetuid = tools.bwrap !== undefined && (statSync(tools.bwrap).mode & 0o4000) !== 0;
  const user = isSetuid ? [] : ['--unshare-user', ...(canDisable ? ['--disable-userns'] : [])];
  const capabilities = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((name) => ['--cap-add', name]);
  return [
    ...(identity.isDropped ? capabilities : user),
    ...['--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try', '--hostname', 'sandbox'],
    // Its own process 1 reports the end of the command before it has ended the rest.
    ...['--die-with-parent', '--new-session', '--as-pid-1'],
  ];
}

function toMounts(layout: Layout, temporaryBytes: number | undefined): string[] {
  const size = temporaryBytes === undefined ? [] : ['--size', String(temporaryBytes)];
  const folders = layout.binds.filter((bind) => bind.kind === 'folder').map((bind) => bind.to);
  const loose = layout.binds.filter(
    ({ to }) => !folders.some((folder) => folder !== to && isWithin(to, folder)),
  );
  return [
    ...toParents(loose.map((bind) => bind.to)),
    ...layout.binds.flatMap((bind) => ['--ro-bind', bind.from, bind.to]),
    ...layout.links.flatMap((link) => ['--symlink', link.target, link.at]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--perms', '1777', ...size, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--perms', '1777', ...size, '--tmpfs', '/tmp'],
  ];
}

/** bwrap makes the parents of what it mounts for its own user only. */
function toParents(paths: readonly string[]): string[] {
  const parents = paths.flatMap((path) => {
    const names = path.split('/').slice(1, -1);
    return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
  });
  return [...new Set(parents)].flatMap((parent) => ['--perms', '0755', '--dir', parent]);
}

/**
 * Process 1 stays root without rights: when bwrap is killed, the kernel passes that on only to a process of the same
 * user (prctl(2), PR_SET_PDEATHSIG). What it starts has another.
 */
function toFirstProcess({ sh = 'sh' }: Site['tools']): string[] {
  return [sh, '-c', '"$@"; exit $?', 'sh'];
}
