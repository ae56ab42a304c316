import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Scopes, Token } from '../../forge/state.ts';
import { callCli } from '../../support/call-cli.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';
import { runBuiltCli } from '../../support/run-cli.ts';

const PACKAGE = JSON.stringify({ scripts: { test: 'node --test' } });
const WORKFLOW = '.github/workflows/tamma.yml';
const CONFIG = '.tamma/config.yml';
const removals: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const remove of removals.splice(0).reverse()) await remove();
});

async function openClone(files: Readonly<Record<string, string>> = {}): Promise<TestRepository> {
  const clone = await createGitRepository({ files: { 'package.json': PACKAGE, ...files } });
  removals.push(() => clone.remove());
  return clone;
}

function listStatus({ stdout }: { stdout: string }): Record<string, string> {
  const { files } = JSON.parse(stdout) as { files: { path: string; status: string }[] };
  return Object.fromEntries(files.map(({ path, status }) => [path, status]));
}

describe('init on GitHub', () => {
  let fixture: GitHubFixture;
  beforeAll(async () => {
    fixture = await createGitHubFixture();
  });
  afterAll(() => fixture.remove());

  function toEnvironment(token?: string): Record<string, string> {
    const { url } = fixture.forge;
    return {
      HOME: '/nonexistent',
      GITHUB_SERVER_URL: url,
      GITHUB_API_URL: url,
      ...(token ? { GITHUB_TOKEN: token } : {}),
    };
  }

  async function openHome(files?: Readonly<Record<string, string>>): Promise<TestRepository> {
    const clone = await openClone(files);
    await clone.git(['remote', 'add', 'origin', fixture.options.gitUrl]);
    return clone;
  }

  function call(clone: TestRepository, args: readonly string[], token?: string, typed?: string[]) {
    const argv = ['init', '--repo', clone.directory, ...args];
    return callCli(argv, { env: toEnvironment(token), ...(typed ? { typed } : {}) });
  }

  function makeToken(draft: { scopes?: string[]; permissions?: Scopes; kind?: 'actions' }): Token {
    const { kind, ...rest } = draft;
    return kind
      ? fixture.forge.createToken({ kind, repository: 'acme/shop', ...rest })
      : fixture.forge.createToken({ kind: 'pat', login: 'tamma-user', ...rest });
  }

  test('writes two files and the labels, and nothing more when it is run again', async () => {
    const clone = await openHome();
    const run = () =>
      runBuiltCli(['init', '--yes', '--json'], {
        cwd: clone.directory,
        env: toEnvironment(fixture.options.token),
      });
    const first = await run();
    expect(listStatus(first)).toEqual({ [WORKFLOW]: 'new', [CONFIG]: 'new' });
    const { labels, remaining } = JSON.parse(first.stdout);
    expect(labels.created).toContain('tamma:needs-input');
    expect(fixture.home.labels.find(({ name }) => name === 'tamma')).toMatchObject({
      color: '8250df',
      description: 'Tamma may work on it',
    });
    expect(remaining.map(({ link }: { link?: string }) => link)).toEqual(
      expect.arrayContaining([expect.stringContaining('/settings/secrets/actions/new')]),
    );
    expect((await clone.git(['status', '--porcelain', '-uall'])).split('\n')).toEqual([
      `?? ${WORKFLOW}`,
      `?? ${CONFIG}`,
    ]);
    fixture.takeRequests();
    const second = await run();
    expect(listStatus(second)).toEqual({ [WORKFLOW]: 'unchanged', [CONFIG]: 'unchanged' });
    expect(JSON.parse(second.stdout).labels.created).toEqual([]);
    // They still lie there, so that they still have to be committed.
    expect(JSON.parse(second.stdout).remaining).toContainEqual(
      expect.objectContaining({ what: 'commit and push', command: expect.stringContaining(WORKFLOW) }),
    );
    await clone.git(['add', '--all']);
    await clone.git(['commit', '--quiet', '-m', 'Add Tamma']);
    expect((await run()).stdout).not.toContain('commit and push');
    expect(fixture.takeRequests().filter((request) => !request.startsWith('GET'))).toEqual([]);
  });

  test('proposes the files as one signed commit, and changes nothing before it is merged', async () => {
    const clone = await openHome();
    const before = await fixture.platform.branches.getDefault();
    const labels = fixture.home.labels.length;
    const run = () =>
      runBuiltCli(['init', '--yes', '--pr', '--json'], {
        cwd: clone.directory,
        env: toEnvironment(fixture.options.token),
      });
    const first = JSON.parse((await run()).stdout);
    expect(first.pull).toMatchObject({ status: 'opened', url: expect.stringContaining('/pull/') });
    const { data: files } = await fixture.forge.call(
      fixture.person('alice'),
      'GET',
      `/repos/acme/shop/pulls/${first.pull.number}/files`,
    );
    expect((files as { filename: string }[]).map(({ filename }) => filename)).toEqual([WORKFLOW, CONFIG]);
    expect(fixture.home.issues.get(first.pull.number)?.body).toContain('Nothing happens before');
    expect(await fixture.platform.branches.getDefault()).toEqual(before);
    expect(fixture.home.labels.length).toBe(labels);
    expect(await clone.git(['status', '--porcelain'])).toBe('');
    expect(fixture.home.signed.size).toBe(1);
    expect(JSON.parse((await run()).stdout).pull).toEqual({ ...first.pull, status: 'already-open' });

    // A person's own commit on that branch stays.
    const alice = fixture.person('alice');
    const place = `/repos/acme/shop/contents/${CONFIG}`;
    const { data: there } = await fixture.forge.call(alice, 'GET', `${place}?ref=tamma-init`);
    const { status } = await fixture.forge.call(alice, 'PUT', place, {
      message: 'Mine',
      content: Buffer.from('version: 1\n').toString('base64'),
      branch: 'tamma-init',
      sha: (there as { sha: string }).sha,
    });
    expect(status).toBe(200);
    const third = await call(clone, ['--yes', '--pr'], fixture.options.token);
    expect(third).toMatchObject({ exitCode: 2 });
    expect(third.stderr).toContain('holds another .tamma/config.yml');
  });

  test('says before it fails that a token may not write workflow files', async () => {
    const clone = await openHome();
    fixture.takeRequests();
    const job = makeToken({ kind: 'actions', permissions: { contents: 'write', pull_requests: 'write' } });
    const weak = makeToken({ scopes: ['repo'] });
    for (const token of [job, weak]) {
      const { exitCode, stderr } = await call(clone, ['--yes', '--pr'], token.secret);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/workflow/);
    }
    expect(fixture.takeRequests().filter((request) => !request.startsWith('GET'))).toEqual([]);
  });

  test('leaves no branch behind where GitHub refuses workflow files', async () => {
    const app = fixture.forge.createToken({
      kind: 'app',
      login: 'helper[bot]',
      repository: 'acme/shop',
      permissions: { contents: 'write', pull_requests: 'write' },
    });
    fixture.home.signed.clear();
    await fixture.forge.call(fixture.person('alice'), 'DELETE', '/repos/acme/shop/git/refs/heads/tamma-init');
    const { exitCode, stderr } = await call(await openHome(), ['--yes', '--pr'], app.secret);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('workflows: write'),
    });
    expect([...(await fixture.home.git.refs()).keys()]).toEqual(['refs/heads/main']);
  });

  test('writes the files with a token that GitHub does not know, but proposes nothing', async () => {
    const clone = await openHome();
    const proposed = await runBuiltCli(['init', '--yes', '--pr'], {
      cwd: clone.directory,
      env: toEnvironment('ghp_nobody'),
    });
    expect(proposed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('401') });
    const { exitCode, stdout } = await call(clone, ['--yes'], 'ghp_nobody');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('labels: not made');
    expect(stdout).toContain(`${WORKFLOW}: written`);
  });

  test('asks at most three questions, and none where it knows', async () => {
    const clone = await openHome({
      'package.json': '{}',
      '.github/workflows/ci.yml': 'name: Tests\non: [pull_request, workflow_dispatch]\n',
      '.github/workflows/try.yml':
        'name: Try\non: { pull_request: {}, workflow_dispatch: { inputs: { what: { required: true } } } }\n',
    });
    const { stdout, stderr } = await call(clone, [], undefined, ['2', 'make check', '2']);
    expect(stderr.match(/> /g)).toHaveLength(3);
    expect(stdout).toContain('gh secret set OPENAI_API_KEY');
    const workflow = await readFile(join(clone.directory, WORKFLOW), 'utf8');
    expect(workflow).toContain('openai-api-key');
    expect(workflow).toContain('workflows: [Tests, Try]');
    const config = await readFile(join(clone.directory, CONFIG), 'utf8');
    expect(config).toContain('test: "make check"');
    expect(config).toContain('mode: business');
    expect(config).toContain('\nci:\n  workflow: ci.yml\n');
    expect(stdout).toContain('export GITHUB_TOKEN=');
  });

  test('shows everything and writes nothing in a dry run, hardened or not', async () => {
    const clone = await openHome();
    const { stdout } = await call(clone, ['--dry-run', '--hardened'], fixture.options.token);
    expect(stdout).toContain('uses: tamma/action/.github/workflows/tamma.yml@');
    expect(stdout).toContain('Nothing was written');
    expect(await clone.git(['status', '--porcelain'])).toBe('');
  });

  test('leaves what is there as it is, and shows how it differs', async () => {
    const clone = await openHome({
      [CONFIG]: 'version: 1\nmode: business\n',
      '.github/workflows/loop.yaml': 'on: push\njobs: { a: { steps: [{ uses: tamma/action@v1 }] } }\n',
    });
    const { stdout } = await call(clone, ['--yes']);
    expect(stdout).toContain('.github/workflows/loop.yaml: yours, left as it is');
    expect(stdout).toMatch(/^ +-mode: business$/m);
    expect(await clone.git(['status', '--porcelain'])).toBe('');
  });

  test('is followed by a doctor who sees what is left to do', async () => {
    const clone = await openHome();
    await clone.git(['config', 'user.name', 'Alice']);
    const env = toEnvironment(fixture.options.token);
    const look = await callCli(['doctor', '--json', '--repo', clone.directory], { env });
    const { findings } = JSON.parse(look.stdout) as {
      findings: { title: string; level: string; help: string }[];
    };
    expect(findings.find(({ title }) => title === 'workflow')).toMatchObject({
      level: 'problem',
      help: expect.stringContaining('tamma init'),
    });
    // Its key is for Actions; that a terminal has none keeps nobody from working.
    expect(findings.find(({ title }) => title === 'provider')).toMatchObject({ level: 'warning' });
    expect(findings.map(({ title }) => title)).toEqual(expect.arrayContaining(['sandbox', 'log', 'secrets']));
    const stranger = await runBuiltCli(['doctor'], {
      cwd: clone.directory,
      env: toEnvironment('ghp_nobody'),
    });
    expect(stranger).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('✗ repository') });
  });

  test('writes through no link', async () => {
    const clone = await openHome();
    const elsewhere = await mkdtemp(join(tmpdir(), 'tamma-elsewhere-'));
    removals.push(() => rm(elsewhere, { recursive: true }));
    await symlink(elsewhere, join(clone.directory, '.github'));
    const { exitCode, stderr } = await call(clone, ['--yes']);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is a link') });
  });
});

describe('init on plain git', () => {
  const env = { HOME: '/nonexistent' };

  test('writes a configuration and an issue to begin with', async () => {
    const clone = await openClone();
    const { stdout } = await callCli(['init', '--repo', clone.directory, '--yes'], { env });
    expect(stdout).toContain('tamma run --next');
    expect((await clone.git(['status', '--porcelain', '-uall'])).split('\n')).toEqual([
      `?? ${CONFIG}`,
      '?? .tamma/issues/1.md',
    ]);
  });

  test('says what to do where nobody is there to answer, and what is for GitHub only', async () => {
    const clone = await openClone();
    await writeFile(join(clone.directory, 'README.md'), 'x');
    const silent = await callCli(['init', '--repo', clone.directory], { env });
    expect(silent).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    const proposed = await callCli(['init', '--repo', clone.directory, '--yes', '--pr'], { env });
    expect(proposed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--pr is for GitHub') });
  });

  test('writes nothing where the person leaves in the middle', async () => {
    const clone = await openClone({ 'package.json': '{}' });
    const left = await callCli(['init', '--repo', clone.directory], { env, typed: ['9', '1'] });
    expect(left.exitCode).toBe(1);
    expect(left.stderr).toContain('Type a number from 1 to 5');
    expect(await clone.git(['status', '--porcelain'])).toBe('');
  });

  test('needs a folder to write to', async () => {
    const bare = await createGitRepository({ bare: true, files: { 'package.json': PACKAGE } });
    removals.push(() => bare.remove());
    const { exitCode, stderr } = await callCli(['init', '--repo', bare.directory, '--yes'], { env });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is bare') });
  });
});
