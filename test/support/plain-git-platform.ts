import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { git, gitText } from '../../src/lib/git.ts';
import { writeCommit, writeFiles } from '../../src/lib/git-objects.ts';
import { createUuidV7 } from '../../src/lib/uuid.ts';
import { createPlainGitPlatform, type PlainGitOptions } from '../../src/platforms/plain-git/plain-git.ts';
import type { PlatformFixture } from '../contracts/platform.ts';
import { createGitRepository, type TestRepository } from './git-repository.ts';
import { createGitServer, type GitFault, type GitRequest, type GitServer } from './git-server.ts';

export type PlainGitKind = 'checkout' | 'bare' | 'file' | 'http';

export type PlainGitFixture = PlatformFixture & {
  /** Where the issues and branches are: the checkout, the bare repository, or the remote. */
  home: TestRepository;
  /** Where our objects are; the same as `home` where there is no remote. */
  local: TestRepository;
  server: GitServer | undefined;
  options: PlainGitOptions;
};

export const testIdentity = { name: 'Tamma', email: 'tamma@example.org' };

export function createTestClock(start = '2026-11-20T10:00:00.000Z') {
  let time = Date.parse(start);
  return {
    now: () => {
      time += 1000;
      return new Date(time);
    },
    newId: () => createUuidV7(new Date(time)),
  };
}

/** A platform of plain git with everything around it real: repositories, work tree, HTTP server with a token. */
export async function createPlainGitFixture(
  kind: PlainGitKind,
  more: { intercept?: (request: GitRequest) => GitFault | undefined | Promise<GitFault | undefined> } = {},
): Promise<PlainGitFixture> {
  const root = await mkdtemp(join(tmpdir(), 'tamma-plain-git-'));
  const homeDirectory = join(root, 'home', 'acme', 'shop.git');
  await mkdir(join(root, 'home', 'acme'), { recursive: true });
  const home = await createGitRepository({
    directory: homeDirectory,
    bare: kind !== 'checkout',
    files: { 'README.md': '# Shop\n', 'src/cart.js': 'export const cart = [];\n' },
  });
  const server =
    kind === 'http'
      ? await createGitServer({
          root: join(root, 'home'),
          tokens: { secret: { login: 'tamma', write: true }, reader: { login: 'reader', write: false } },
          ...(more.intercept ? { intercept: more.intercept } : {}),
        })
      : undefined;
  const isRemote = kind === 'file' || kind === 'http';
  const local = isRemote ? await createGitRepository({ directory: join(root, 'clone') }) : home;
  const url = server ? `${server.url}/acme/shop.git` : homeDirectory;
  const header = `Basic ${Buffer.from('x-access-token:secret').toString('base64')}`;
  const options: PlainGitOptions = {
    gitDirectory: local.gitDirectory,
    checkout: kind === 'bare' ? null : { directory: local.directory },
    remote: isRemote ? { url, ...(server ? { authorization: { url, header } } : {}) } : null,
    identity: testIdentity,
    clock: createTestClock(),
  };
  return {
    home,
    local,
    server,
    options,
    platform: await createPlainGitPlatform(options),
    connect: () => createPlainGitPlatform(options),
    openIssue: (draft) => openIssue(home, draft),
    commit: (parent, files, message) => writeChange(local, { parent, files, message: message ?? 'Change' }),
    pushDefault: (files) => home.commit('A person works', files),
    readFile: (commit, path) => readFile(local, commit, path),
    async remove() {
      await server?.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function openIssue(
  home: TestRepository,
  draft: Parameters<PlatformFixture['openIssue']>[0],
): Promise<number> {
  const listed = await home.git([
    'ls-tree',
    '--full-tree',
    '--name-only',
    'refs/heads/main',
    '.tamma/issues/',
  ]);
  const number = 1 + listed.split('\n').filter((line) => line !== '').length;
  const header = stringify({
    title: draft.title,
    labels: draft.labels ?? [],
    state: 'open',
    author: 'alice',
    createdAt: '2026-11-19T08:00:00.000Z',
    updatedAt: '2026-11-19T08:00:00.000Z',
  });
  const comments = (draft.comments ?? []).map(
    ({ author, body }) =>
      `\n---\n${stringify({ author, createdAt: '2026-11-19T09:00:00.000Z' })}---\n${body}\n`,
  );
  const text = `---\n${header}---\n${draft.body ?? ''}\n${comments.join('')}`;
  await home.commit(`Open issue #${number}`, { [`.tamma/issues/${number}.md`]: text });
  return number;
}

async function writeChange(
  { gitDirectory }: TestRepository,
  {
    parent,
    files,
    message,
  }: { parent: string; files: Readonly<Record<string, string | null>>; message: string },
): Promise<string> {
  const author = { name: 'Tamma', email: 'tamma@example.org' };
  const tree = await writeFiles(gitDirectory, parent, new Map(Object.entries(files)));
  const date = new Date('2026-11-20T09:00:00.000Z');
  return writeCommit(gitDirectory, { tree, parents: [parent], message, author, committer: author, date });
}

async function readFile(
  { gitDirectory }: TestRepository,
  commit: string,
  path: string,
): Promise<string | undefined> {
  const probe = await git(['cat-file', '-e', `${commit}:${path}`], {
    gitDirectory,
    allowExitCodes: [0, 1, 128],
  });
  return probe.exitCode === 0
    ? gitText(['cat-file', 'blob', `${commit}:${path}`], { gitDirectory })
    : undefined;
}
