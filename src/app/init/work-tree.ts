import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TammaError } from '../../core/errors.ts';
import { gitText } from '../../lib/git.ts';
import { inspectCheckout } from '../../workspace/checkout.ts';
import { type CommandDetection, detectCommands } from '../../workspace/commands.ts';
import { locateRepository } from '../../workspace/locate-repository.ts';
import type { Remote } from '../choose-remote.ts';
import type { Environment } from '../compose.ts';

/** The files of somebody's checkout, as they lie there: also what is not committed yet. Paths are from its top. */
export interface WorkTree {
  readonly bare: boolean;
  readonly remotes: readonly Remote[];
  /** Tracked and untracked, without what is ignored. */
  list(): Promise<string[]>;
  /** Undefined where there is no regular file. */
  read(path: string): Promise<string | undefined>;
  /** Only where nothing is there yet. Throws PATH_REFUSED where a folder on the way is a link. */
  create(path: string, text: string): Promise<void>;
  detectCommands(): Promise<CommandDetection>;
  /** Those of these paths that are there and not in the last commit as they are. */
  listUncommitted(paths: readonly string[]): Promise<string[]>;
}

/** Throws NOT_A_REPOSITORY, GIT_MISSING. */
export async function openWorkTree(inside: string, environment: Environment): Promise<WorkTree> {
  const { directory, bare, remotes } = await inspectCheckout(inside, environment);
  const gitDirectory = await locateRepository(directory);
  const read = async (path: string) => {
    const found = await lstat(join(directory, path)).catch(() => undefined);
    return found?.isFile() ? readFile(join(directory, path), 'utf8') : undefined;
  };
  const list = async () => {
    const args = bare ? ['ls-tree', '-r', '-z', '--name-only', 'HEAD'] : LIST;
    const listed = await gitText(args, { cwd: directory, gitDirectory, allowExitCodes: [0, 128] });
    return [...new Set(listed.split('\0').filter((path) => path !== ''))];
  };
  return {
    bare,
    remotes,
    list,
    read,
    async create(path, text) {
      await refuseLinks(directory, dirname(path));
      await mkdir(join(directory, dirname(path)), { recursive: true });
      await writeFile(join(directory, path), text, { flag: 'wx' });
    },
    async listUncommitted(paths) {
      if (bare || paths.length === 0) return [];
      const args = ['status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '--', ...paths];
      const listed = await gitText(args, { cwd: directory, gitDirectory });
      return listed.split('\0').flatMap((line) => (line === '' ? [] : [line.replace(/^\s*\S{1,2}\s+/, '')]));
    },
    detectCommands: async () => detectCommands(await list(), async (path) => (await read(path)) ?? ''),
  };
}

const LIST = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];

/** A repository may hold `.github` as a link to anywhere. */
async function refuseLinks(directory: string, folder: string): Promise<void> {
  const names = folder.split('/');
  for (const index of names.keys()) {
    const path = join(directory, ...names.slice(0, index + 1));
    const found = await lstat(path).catch(() => undefined);
    if (found && !found.isDirectory())
      throw new TammaError('PATH_REFUSED', `${path} is a link or a file, not a folder`);
  }
}
