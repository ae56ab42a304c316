import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GitOptions, git, gitText } from '../../src/lib/git.ts';

export type TestRepository = {
  directory: string;
  /** The same as `directory` where the repository is bare. */
  gitDirectory: string;
  /** Runs git in the repository and answers its trimmed output. Arguments come from tests only. */
  git(args: readonly string[], options?: GitOptions): Promise<string>;
  /** Writes files (null: deletes) as a commit on `branch` and, where there is a work tree on it, checks it out. Answers the commit id. */
  commit(
    message: string,
    files: Readonly<Record<string, string | null>>,
    options?: CommitOptions,
  ): Promise<string>;
  /** The commit that a full ref name points to, or undefined. */
  findRef(ref: string): Promise<string | undefined>;
  remove(): Promise<void>;
};

export type CommitOptions = { branch?: string; name?: string; email?: string; date?: Date };

export type TestRepositoryOptions = {
  /** Where to make it; default: a new temporary folder. */
  directory?: string;
  bare?: boolean;
  /** Default `main`. */
  branch?: string;
  /** A first commit on that branch. */
  files?: Readonly<Record<string, string>>;
};

/** A real repository of its own, with an identity and without the machine's git configuration. */
export async function createGitRepository(options: TestRepositoryOptions = {}): Promise<TestRepository> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'tamma-repository-')));
  const main = options.branch ?? 'main';
  // Without the samples of git's template: half of the time to make a repository goes into them.
  const kind = options.bare ? ['--bare'] : [];
  await git(['init', '--quiet', '--template=', ...kind, `--initial-branch=${main}`, directory]);
  const gitDirectory = options.bare ? directory : join(directory, '.git');
  await appendFile(join(gitDirectory, 'config'), '[user]\n\tname = Test\n\temail = test@example.org\n');
  await mkdir(join(gitDirectory, 'hooks'));
  const repository = openGitRepository(directory, options);
  if (options.files) await repository.commit('Begin', options.files);
  return repository;
}

/** One that is there already, made by us or a copy of one. */
export function openGitRepository(
  directory: string,
  options: Pick<TestRepositoryOptions, 'bare' | 'branch'> = {},
): TestRepository {
  const main = options.branch ?? 'main';
  const gitDirectory = options.bare ? directory : join(directory, '.git');
  const run = (args: readonly string[], more: GitOptions = {}) =>
    gitText(args, { gitDirectory, ...(options.bare ? {} : { cwd: directory }), ...more });

  async function findRef(ref: string): Promise<string | undefined> {
    return (await run(['rev-parse', '--verify', '--quiet', ref], { allowExitCodes: [1] })) || undefined;
  }

  return {
    directory,
    gitDirectory,
    git: run,
    findRef,
    async commit(message, files, more = {}) {
      const branch = `refs/heads/${more.branch ?? main}`;
      const parent = await findRef(branch);
      await run(['fast-import', '--quiet'], {
        input: toFastImport({ ...more, branch, parent, message, files }),
      });
      if (!options.bare && (await run(['symbolic-ref', 'HEAD'])) === branch)
        await run(['reset', '--hard', '--quiet']);
      return run(['rev-parse', branch]);
    },
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

type Import = CommitOptions & {
  branch: string;
  parent: string | undefined;
  message: string;
  files: Readonly<Record<string, string | null>>;
};

/** git-fast-import(1): one commit without index or work tree. */
function toFastImport(commit: Import): Buffer {
  const who = `${commit.name ?? 'Test'} <${commit.email ?? 'test@example.org'}>`;
  const seconds = Math.floor((commit.date ?? new Date()).getTime() / 1000);
  const lines = [`commit ${commit.branch}\ncommitter ${who} ${seconds} +0000\n${toData(commit.message)}`];
  if (commit.parent) lines.push(`from ${commit.parent}\n`);
  for (const [path, content] of Object.entries(commit.files)) {
    lines.push(content === null ? `D ${path}\n` : `M 100644 inline ${path}\n${toData(content)}`);
  }
  return Buffer.from(lines.join(''));
}

function toData(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
