import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Site } from './confinement.ts';
import { type Bind, insideHome, insideWorkspace } from './layout.ts';

const FOLDERS = ['/old', '/proc', '/tmp', '/dev/pts', '/dev/shm', insideWorkspace, insideHome];

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name): Bind => {
  return { from: `/dev/${name}`, to: `/dev/${name}`, kind: 'file' };
});

const DEVICE_LINKS = [
  { at: '/dev/fd', target: '/proc/self/fd' },
  { at: '/dev/stdin', target: '/proc/self/fd/0' },
  { at: '/dev/stdout', target: '/proc/self/fd/1' },
  { at: '/dev/stderr', target: '/proc/self/fd/2' },
  { at: '/dev/ptmx', target: 'pts/ptmx' },
];

/**
 * Writes the folder that becomes the root of a command, with places to mount on and links only, and the table of what
 * is mounted there. May be repeated.
 */
export function writeSkeleton(site: Site): void {
  const { layout, places } = site;
  rmSync(places.root, { recursive: true, force: true });
  for (const folder of FOLDERS) makeFolder(places.root, folder);
  for (const bind of [...layout.binds, ...devices]) makePlace(places.root, bind);
  for (const { at, target } of [...layout.links, ...DEVICE_LINKS]) {
    makeFolder(places.root, dirname(at));
    symlinkSync(target, join(places.root, at));
  }
  const lines = listMounts(site).map((fields) => `${fields.map(escapeField).join(' ')} 0 0\n`);
  writeFileSync(places.fstab, lines.join(''));
}

/** fstab(5): what, where, type, options. The root itself comes first: only a mount can become one (pivot_root(2)). */
function listMounts({ layout, limits, places: { root, home } }: Site): string[][] {
  const memory = `mode=1777,nosuid,nodev,size=${limits.temporaryBytes}`;
  const toReadOnly = ({ from, to }: Bind) => [from, join(root, to), 'none', 'rbind,ro,nosuid,nodev'];
  return [
    [root, root, 'none', 'bind,ro,nosuid,nodev'],
    ...layout.binds.map(toReadOnly),
    ...devices.map(({ from, to }) => [from, join(root, to), 'none', 'bind']),
    ['devpts', join(root, '/dev/pts'), 'devpts', 'newinstance,ptmxmode=0666,mode=0620,nosuid,noexec'],
    ['tmpfs', join(root, '/dev/shm'), 'tmpfs', memory],
    ['proc', join(root, '/proc'), 'proc', 'nosuid,nodev,noexec'],
    ['tmpfs', join(root, '/tmp'), 'tmpfs', memory],
    [home, join(root, insideHome), 'none', 'bind,nosuid,nodev'],
    ...layout.homeBinds.map(toReadOnly),
  ];
}

function makePlace(root: string, { to, kind }: Bind): void {
  makeFolder(root, kind === 'folder' ? to : dirname(to));
  if (kind === 'file') writeReadable(join(root, to), '');
}

/** The command's user must be able to go through, whatever this process's umask is. */
function makeFolder(root: string, path: string): void {
  let place = root;
  for (const name of ['', ...path.split('/').filter((part) => part !== '')]) {
    place = join(place, name);
    mkdirSync(place, { recursive: true });
    chmodSync(place, 0o755);
  }
}

/** A file that every user can read. */
export function writeReadable(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}

/** fstab(5): blanks and backslashes in octal. */
function escapeField(field: string): string {
  return field.replace(/[\s\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
