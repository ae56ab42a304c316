import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file or folder of the machine and where a command sees it, read-only. */
export type Bind = { from: string; to: string; kind: 'folder' | 'file' };

/** What a command sees besides its workspace, its home and a `/tmp` of its own. Parents stand before children. */
export type Layout = {
  binds: readonly Bind[];
  links: readonly { at: string; target: string }[];
  /** Over the home folder, so after it. */
  homeBinds: readonly Bind[];
  /** Where `node` is inside; undefined: there is none to use. */
  node: string | undefined;
  path: string;
};

export type LayoutRequest = {
  hidden: readonly string[];
  /** The folder of the `node` that commands use. */
  nodeDirectory: string;
  /** The caller's PATH: entries that are visible inside are kept. */
  path: string;
  /** Where the small files of our own are: `passwd`, `group`, an empty folder and an empty file. */
  props: { passwd: string; group: string; emptyFolder: string; emptyFile: string };
};

export const insideWorkspace = '/workspace';
export const insideHome = '/home/sandbox';

/** An allow list: what is not below one of these does not exist inside. */
const VISIBLE = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/opt',
  '/nix',
  '/gnu/store',
  '/var/lib/gems',
];
const DEFAULT_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Toolchains that live in a home folder and hold no credentials. rustup(1) finds both below HOME. */
const HOME_TOOLS = ['.cargo/bin', '.rustup'];

export function createLayout(request: LayoutRequest): Layout {
  // A user without a home has `/` for one, and that cannot be hidden.
  const hidden = request.hidden
    .filter(existsSync)
    .map((path) => realpathSync(path))
    .filter((path) => path !== '/');
  const roots = VISIBLE.filter(
    (root) => existsSync(root) && !hidden.some((folder) => isWithin(root, folder)),
  );
  const folders = roots.filter((root) => !lstatSync(root).isSymbolicLink());
  const isVisible = (path: string) =>
    folders.some((root) => isWithin(path, root)) && !hidden.some((folder) => isWithin(path, folder));
  const node = findNode(request.nodeDirectory, isVisible);
  const homeBinds = hidden.flatMap(findHomeTools);
  const kept = request.path
    .split(':')
    .filter((entry) => entry.startsWith('/') && existsSync(entry) && isVisible(realpathSync(entry)));
  const homePath = homeBinds.map((bind) => bind.to).filter((path) => path.endsWith('/bin'));
  return {
    binds: [
      ...folders.map((root): Bind => ({ from: root, to: root, kind: 'folder' })),
      ...hidden
        .filter((path) => folders.some((root) => isWithin(path, root)))
        .map((path) => toCover(path, request.props)),
      ...findAccountFiles(folders, request.props),
      ...findResolver(isVisible),
      ...node.binds,
    ],
    links: [
      ...roots.filter((root) => !folders.includes(root)).map((at) => ({ at, target: readlinkSync(at) })),
      ...node.links,
    ],
    homeBinds,
    node: node.folder && `${node.folder}/node`,
    path: [...new Set([...(node.folder ? [node.folder] : []), ...kept, ...homePath, ...DEFAULT_PATH])].join(
      ':',
    ),
  };
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function toCover(path: string, { emptyFolder, emptyFile }: LayoutRequest['props']): Bind {
  const isFolder = statSync(path).isDirectory();
  return isFolder
    ? { from: emptyFolder, to: path, kind: 'folder' }
    : { from: emptyFile, to: path, kind: 'file' };
}

/** The users of the machine are nobody's business, and Node and Java want to find their own user by name. */
function findAccountFiles(folders: readonly string[], { passwd, group }: LayoutRequest['props']): Bind[] {
  if (!folders.includes('/etc')) return [];
  const binds: Bind[] = [
    { from: passwd, to: '/etc/passwd', kind: 'file' },
    { from: group, to: '/etc/group', kind: 'file' },
  ];
  return binds.filter((bind) => existsSync(bind.to) && !lstatSync(bind.to).isSymbolicLink());
}

/** `/etc/resolv.conf` often is a link into `/run`, which is not visible; the fetch phase needs what it names. */
function findResolver(isVisible: (path: string) => boolean): Bind[] {
  if (!existsSync('/etc/resolv.conf')) return [];
  const target = realpathSync('/etc/resolv.conf');
  return isVisible(target) ? [] : [{ from: target, to: target, kind: 'file' }];
}

type NodeFolder = Pick<Layout, 'binds' | 'links'> & { folder: string | undefined };

/** The `node` of that folder where it is visible, else it and its npm alone in a folder of our own. */
function findNode(directory: string, isVisible: (path: string) => boolean): NodeFolder {
  const executable = join(directory, 'node');
  if (!existsSync(executable)) return { binds: [], links: [], folder: undefined };
  const real = realpathSync(executable);
  if (isVisible(real)) return { binds: [], links: [], folder: dirname(real) };
  const npm = join(dirname(real), '..', 'lib', 'node_modules', 'npm');
  const hasNpm = existsSync(join(npm, 'bin', 'npm-cli.js'));
  const toNpm = (name: string) => ({
    at: `/toolchain/bin/${name}`,
    target: `../lib/node_modules/npm/bin/${name}-cli.js`,
  });
  return {
    binds: [
      { from: real, to: '/toolchain/bin/node', kind: 'file' },
      ...(hasNpm ? [{ from: npm, to: '/toolchain/lib/node_modules/npm', kind: 'folder' } as const] : []),
    ],
    links: hasNpm ? [toNpm('npm'), toNpm('npx')] : [],
    folder: '/toolchain/bin',
  };
}

function findHomeTools(hidden: string): Bind[] {
  return HOME_TOOLS.filter((tool) => existsSync(join(hidden, tool))).map((tool) => ({
    from: realpathSync(join(hidden, tool)),
    to: `${insideHome}/${tool}`,
    kind: 'folder',
  }));
}
