import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { prepareSample } from '../../../src/app/demo/prepare-sample.ts';
import { gitText } from '../../../src/lib/git.ts';
import { createGitServer, type GitRequest, type GitServer, type GitServerOptions } from '../git-server.ts';

const run = promisify(execFile);

/** The demo's sample project in a folder of its own: a checkout with issues 1 (a bug), 2 (a feature) and 3 (ambiguous). */
export type SampleProject = {
  /** Everything of this project and nothing else. */
  folder: string;
  directory: string;
  /** Where the log and the branches are: the checkout's own git directory, or the remote. */
  home: string;
  server: GitServer | undefined;
  /** Runs git in the checkout. */
  git(...args: string[]): Promise<string>;
  /** A person commits these files (null: deletes) on `main` in the checkout and, where there is a remote, pushes. */
  commit(message: string, files: Readonly<Record<string, string | null>>): Promise<string>;
  /** The text of a file at a ref of `home`. */
  read(ref: string, path: string): Promise<string>;
  /** The same project at the same point, to go on from there in another way. Not for one with a server. */
  copy(): Promise<SampleProject>;
  remove(): Promise<void>;
};

export type SampleOptions = {
  /** Text of `.tamma/config.yml` in place of the sample's own, which lets nobody be asked. */
  config?: string;
  files?: Readonly<Record<string, string | null>>;
  /** Where to make it; default: the machine's temporary folder. */
  within?: string;
  /** Behind a git server, with this token to write. */
  remote?: { token: string; intercept?: GitServerOptions['intercept'] };
};

/** The person at the keyboard is asked for nothing: what the sample says itself. */
export const AUTO = 'approval: { design: auto, merge: auto }\n';

export async function createSampleProject(options: SampleOptions = {}): Promise<SampleProject> {
  const folder = await realpath(await mkdtemp(join(options.within ?? tmpdir(), 'tamma-sample-')));
  const project = openProject(folder);
  await mkdir(project.directory);
  await prepareSample(project.directory);
  const files = { ...options.files, ...(options.config ? { '.tamma/config.yml': options.config } : {}) };
  if (Object.keys(files).length > 0) await project.commit('Set it up', files);
  return options.remote ? serveProject(project, options.remote) : project;
}

function openProject(folder: string, remote?: { home: string; server: GitServer }): SampleProject {
  const directory = join(folder, 'tidy-csv');
  const git = (...args: string[]) => gitText(args, { cwd: directory, gitDirectory: join(directory, '.git') });
  const home = remote?.home ?? join(directory, '.git');
  return {
    folder,
    directory,
    home,
    server: remote?.server,
    git,
    async commit(message, files) {
      if (remote) await gitText(['fetch', '--quiet', remote.home, 'main'], { cwd: directory });
      if (remote) await git('reset', '--quiet', '--hard', 'FETCH_HEAD');
      for (const [path, content] of Object.entries(files)) {
        const file = join(directory, path);
        await mkdir(dirname(file), { recursive: true });
        await (content === null ? rm(file) : writeFile(file, content));
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
      if (remote) await gitText(['push', '--quiet', remote.home, 'HEAD:main'], { cwd: directory });
      return git('rev-parse', 'HEAD');
    },
    read: (ref, path) => gitText(['cat-file', 'blob', `${ref}:${path}`], { gitDirectory: home }),
    async copy() {
      const other = await realpath(await mkdtemp(join(tmpdir(), 'tamma-sample-')));
      // Packed it is a fifth of the files; `cp` itself is faster at them than Node.
      await git('repack', '-a', '-d', '-q');
      await run('cp', ['-a', `${folder}/.`, other]);
      return openProject(other);
    },
    async remove() {
      await remote?.server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Moves the project with all it has behind a server: a bare repository that the checkout has as its origin. */
export async function serveProject(
  { folder, directory, git }: SampleProject,
  { token, intercept }: NonNullable<SampleOptions['remote']>,
): Promise<SampleProject> {
  const home = join(folder, 'served', 'acme', 'tidy-csv.git');
  await gitText(['clone', '--quiet', '--bare', directory, home]);
  const server = await createGitServer({
    root: join(folder, 'served'),
    tokens: { [token]: { login: 'tamma', write: true } },
    ...(intercept ? { intercept: (request: GitRequest) => intercept(request) } : {}),
  });
  await git('remote', 'add', 'origin', `${server.url}/acme/tidy-csv.git`);
  return openProject(folder, { home, server });
}
