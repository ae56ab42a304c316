import type { ConfinedCommand, Site } from './confinement.ts';
import type { Identity } from './identity.ts';
import { insideHome } from './layout.ts';
import { toPrlimitOptions } from './limits.ts';

/** Ends the set-up's messages: what comes after it is the command's own affair. */
export const STARTED = '\u0001';

/**
 * The last step before the command: it is the first to go when memory runs out, the set-up is reported as done, and
 * both streams become one so that lines stay in order. The shell stays as its parent: a command must not be process 1,
 * for which signals mean something else (pid_namespaces(7)).
 */
const LAST_STEP = `umask 022; { echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null; printf '\\001' >&2; exec 2>&1; "$@"; exit $?`;

type Inner = Pick<Site, 'tools' | 'limits'> & { env: Readonly<Record<string, string>> };

/** Limits, environment and the command, for whatever has put itself in front. Nothing of ours is in the environment. */
export function toLimitedCommand({ argv }: ConfinedCommand, { tools, limits, env }: Inner): string[] {
  return [
    ...(tools.prlimit ? [tools.prlimit, ...toPrlimitOptions(limits), '--'] : []),
    tools.env ?? 'env',
    '-i',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    tools.sh ?? 'sh',
    '-c',
    LAST_STEP,
    'sh',
    ...argv,
  ];
}

/** Options of setpriv(1): a command does not outlive what started it, even where that is killed. */
export const LIFELINE = ['--pdeathsig', 'KILL'] as const;

/**
 * Gives up the rights of root for good: setpriv(1), and PR_SET_NO_NEW_PRIVS in prctl(2). A change of user also cuts
 * what ties a process to its parent's life (PR_SET_PDEATHSIG), so it is tied again here.
 */
export function toPrivilegeDrop(setpriv: string, { uid, gid }: Identity): string[] {
  const user = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  return [setpriv, ...user, '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', ...LIFELINE, '--'];
}

/** All that a command finds in its environment, besides what its request adds. */
export function toInsideEnvironment(
  path: string,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return { PATH: path, HOME: insideHome, LANG: 'C.UTF-8', TMPDIR: '/tmp', CI: 'true', ...added };
}

export function describeMissingLimits({ tools }: Pick<Site, 'tools'>): string[] {
  return tools.prlimit ? [] : ['prlimit is missing: memory, processes and file sizes are not limited'];
}
