import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, gitText } from '../../src/lib/git.ts';
import { writeCommit, writeFiles } from '../../src/lib/git-objects.ts';
import { createGitHubPlatform, type GitHubOptions } from '../../src/platforms/github/github.ts';
import type { Platform } from '../../src/ports/platform.ts';
import type { PlatformFixture } from '../contracts/platform.ts';
import { createForge, type Forge } from '../forge/forge.ts';
import type { Repository, Token } from '../forge/state.ts';
import type { TokenDraft } from '../forge/tokens.ts';
import type { RepositoryDraft } from '../forge/world.ts';
import { createGitRepository, type TestRepository } from './git-repository.ts';
import { createTestClock } from './plain-git-platform.ts';

export type GitHubFixture = PlatformFixture & {
  forge: Forge;
  home: Repository;
  local: TestRepository;
  options: GitHubOptions;
  /** The token of a person of this name with write permission. */
  person(login: string): Token;
  connectAs(token: Token | string, more?: Partial<GitHubOptions>): Promise<Platform>;
  /** API requests since the last call of this, as `METHOD path`. */
  takeRequests(): string[];
};

const OWNER = 'acme';
const REPO = 'shop';

export type GitHubFixtureOptions = {
  token?: TokenDraft;
  settings?: RepositoryDraft['settings'];
  files?: Readonly<Record<string, string>>;
  more?: Partial<GitHubOptions>;
};

/** The GitHub platform with everything around it real but GitHub: that is the forge, on a bare repository over HTTP. */
export async function createGitHubFixture(given: GitHubFixtureOptions = {}): Promise<GitHubFixture> {
  const root = await mkdtemp(join(tmpdir(), 'tamma-github-'));
  await mkdir(join(root, 'forge'));
  const forge = await createForge({ root: join(root, 'forge') });
  const fullName = `${OWNER}/${REPO}`;
  const home = await forge.addRepository({
    owner: OWNER,
    name: REPO,
    files: { 'README.md': '# Shop\n', 'src/cart.js': 'export const cart = [];\n', ...given.files },
    ...(given.settings ? { settings: given.settings } : {}),
  });
  forge.addUser({ login: 'tamma-user', permission: { [fullName]: 'write' } });
  const local = await createGitRepository({ directory: join(root, 'clone') });
  const people = new Map<string, Token>();
  const person = (login: string) => {
    const known = people.get(login);
    if (known) return known;
    forge.addUser({ login, permission: { [fullName]: 'write' } });
    const token = forge.createToken({ kind: 'pat', login });
    people.set(login, token);
    return token;
  };
  const token = forge.createToken(given.token ?? { kind: 'pat', login: 'tamma-user' });
  const options: GitHubOptions = {
    owner: OWNER,
    repo: REPO,
    token: token.secret,
    apiUrl: forge.url,
    gitUrl: forge.gitUrl(OWNER, REPO),
    gitDirectory: local.gitDirectory,
    clock: createTestClock(),
    secondMs: 40,
    ...given.more,
  };
  const author = { name: 'Alice', email: 'alice@example.org' };
  let seen = 0;

  async function makeCommit(parent: string, files: Readonly<Record<string, string | null>>, message: string) {
    const tree = await writeFiles(local.gitDirectory, parent, new Map(Object.entries(files)));
    const date = new Date('2026-11-20T09:00:00.000Z');
    return writeCommit(local.gitDirectory, {
      tree,
      parents: [parent],
      message,
      author,
      committer: author,
      date,
    });
  }

  async function asAlice(args: readonly string[]): Promise<void> {
    const header = `Basic ${Buffer.from(`alice:${person('alice').secret}`).toString('base64')}`;
    await git(args, { gitDirectory: local.gitDirectory, authorization: { url: options.gitUrl, header } });
  }

  return {
    forge,
    home,
    local,
    options,
    person,
    platform: await createGitHubPlatform(options),
    connect: () => createGitHubPlatform(options),
    connectAs: (other, more = {}) =>
      createGitHubPlatform({
        ...options,
        token: typeof other === 'string' ? other : other.secret,
        ...more,
      }),
    takeRequests() {
      const fresh = forge.requests.slice(seen);
      seen = forge.requests.length;
      return fresh.map(({ method, path, operations }) =>
        path === '/graphql'
          ? `GraphQL ${operations.join(' ')}`
          : `${method} ${path.replace(`/repos/${fullName}`, '')}`,
      );
    },
    async openIssue({ title, body, labels = [], comments = [] }) {
      const opened = await forge.call(person('alice'), 'POST', `/repos/${fullName}/issues`, {
        title,
        labels: [...labels],
        ...(body === undefined ? {} : { body }),
      });
      const { number } = opened.data as { number: number };
      for (const comment of comments) {
        await forge.call(person(comment.author), 'POST', `/repos/${fullName}/issues/${number}/comments`, {
          body: comment.body,
        });
      }
      return number;
    },
    commit: (parent, files, message = 'Change') => makeCommit(parent, files, message),
    async pushDefault(files) {
      await asAlice(['fetch', '--quiet', '--', options.gitUrl, '+refs/heads/main:refs/alice/main']);
      const parent = await gitText(['rev-parse', 'refs/alice/main'], { gitDirectory: local.gitDirectory });
      const head = await makeCommit(parent, files, 'A person was here');
      await asAlice(['push', '--quiet', '--', options.gitUrl, `${head}:refs/heads/main`]);
      return head;
    },
    async readFile(commit, path) {
      const gitDirectory = local.gitDirectory;
      const probe = await git(['cat-file', '-e', `${commit}:${path}`], {
        gitDirectory,
        allowExitCodes: [0, 1, 128],
      });
      return probe.exitCode === 0
        ? gitText(['cat-file', 'blob', `${commit}:${path}`], { gitDirectory })
        : undefined;
    },
    async remove() {
      try {
        await forge.close();
      } finally {
        await rm(root, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
}
