import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createObject, createTree } from '../../../src/lib/git-object-format.ts';
import { editTree, type TreeChange } from '../../../src/lib/git-tree-edit.ts';
import { createApiBackend } from '../../../src/stores/git-branch/api-backend.ts';
import type { BranchMove, LogBackend } from '../../../src/stores/git-branch/log-backend.ts';
import { createSeenHead } from '../../../src/stores/git-branch/seen-head.ts';
import { githubFaults } from '../../forge/faults.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';

let fixture: GitHubFixture;
let branch: string;
let count = 0;

beforeAll(async () => {
  fixture = await createGitHubFixture();
});
beforeEach(() => {
  fixture.forge.faults.clear();
  count += 1;
  branch = `log-${count}`;
});
afterAll(() => fixture.remove());

function open(): LogBackend {
  const { branchApi: api } = fixture.platform;
  if (!api) throw new Error('GitHub has an API for branches');
  const url = `api ${fixture.options.apiUrl}`;
  const seen = createSeenHead({ gitDirectory: fixture.local.gitDirectory, url, branch });
  const openGit = () => {
    throw new Error('git is not needed here');
  };
  fixture.takeRequests();
  return createApiBackend({ api, branch, seen, openGit });
}

/** A move as the log makes it, with the objects it would push. */
async function toMove(
  backend: LogBackend,
  from: string | null,
  changes: Record<string, string | Buffer | TreeChange>,
): Promise<BranchMove> {
  const objects: BranchMove['objects'][number][] = [];
  const byPath = new Map<string, TreeChange>();
  for (const [path, change] of Object.entries(changes)) {
    if (typeof change === 'string' || Buffer.isBuffer(change)) {
      const blob = createObject('blob', change, 'sha1');
      objects.push(blob);
      byPath.set(path, { type: 'blob', id: blob.id });
    } else byPath.set(path, change);
  }
  const read = async (id: string) => {
    const mine = objects.find((object) => object.id === id);
    return mine ?? (await backend.read([id])).get(id);
  };
  const before = from === null ? undefined : (await read(from))?.content.toString().slice(5, 45);
  const readTree = async (id: string) => (await read(id))?.content ?? Buffer.alloc(0);
  const edited = await editTree({ tree: before, changes: byPath, format: 'sha1', readTree });
  const message = `log: ${Object.keys(changes)[0]}\n\nTamma-Position: 1-1\n`;
  const commit = createObject('commit', `tree ${edited.tree}\nauthor A <a@b> 0 +0000\n\n${message}`, 'sha1');
  return {
    from,
    to: commit.id,
    objects: [...objects, ...edited.objects, commit],
    changes: byPath,
    message,
    taken: [],
  };
}

async function publish(
  backend: LogBackend,
  from: string | null,
  changes: Record<string, string | Buffer | TreeChange>,
) {
  const move = await toMove(backend, from, changes);
  fixture.takeRequests();
  const outcome = await backend.publish(move);
  const commit = outcome.status === 'published' ? (outcome.commit ?? '') : '';
  return { move, outcome, commit, requests: fixture.takeRequests() };
}

describe('the branch through the API of GitHub', () => {
  test('begins as an orphan, goes on in one request, and has the trees that were made here', async () => {
    const backend = open();
    expect(await backend.sync(null)).toEqual({ commit: null, parked: [] });
    const first = await publish(backend, null, { 'log/1.ndjson': '{"a":1}\n', 'head.json': '{}\n' });
    expect(first.requests).toEqual(['POST /git/trees', 'POST /git/commits', 'POST /git/refs']);
    const second = await publish(backend, first.commit, {
      'log/2.ndjson': '{"b":"ö"}\n',
      'head.json': '{"n":2}\n',
    });
    expect(second.requests).toEqual(['GraphQL createCommitOnBranch']);
    const made = await fixture.home.git.commit(second.commit);
    const ours = second.move.objects.at(-1)?.content.toString() ?? '';
    expect(ours).toContain(`tree ${made?.tree}`);
    expect(made).toMatchObject({ parents: [first.commit], message: second.move.message.trim() });
    expect(fixture.home.signed.has(second.commit)).toBe(true);

    const other = open();
    expect(await other.sync(null)).toEqual({ commit: second.commit, parked: [] });
    const { tree = '' } = made ?? {};
    const read = await other.read([second.commit, tree, '1'.repeat(40)]);
    expect([...read.values()].map(({ type }) => type)).toEqual(['commit', 'tree']);
    expect(fixture.takeRequests()).toEqual(['GraphQL repository', 'GraphQL repository']);
    const below = await other.read([tree], { below: true });
    expect([...below.values()].map(({ type }) => type).sort()).toEqual([
      'blob',
      'blob',
      'blob',
      'tree',
      'tree',
    ]);
  });

  test('knows the commits of others that came in between', async () => {
    const backend = open();
    const first = await publish(backend, null, { 'head.json': '1\n' });
    const second = await publish(backend, first.commit, { 'head.json': '2\n' });
    const third = await publish(backend, second.commit, { 'head.json': '3\n' });
    const other = open();
    expect((await other.sync(first.commit)).commit).toBe(third.commit);
    fixture.takeRequests();
    expect((await other.read([second.commit, third.commit])).size).toBe(2);
    expect(fixture.takeRequests()).toEqual([]);
  });

  test('loses races to others, at the beginning too', async () => {
    const backend = open();
    const first = await publish(backend, null, { 'head.json': '1\n' });
    const again = await publish(backend, null, { 'head.json': 'mine\n' });
    expect(again.outcome).toMatchObject({ status: 'raced' });
    await publish(backend, first.commit, { 'head.json': '2\n' });
    const late = await publish(backend, first.commit, { 'head.json': 'late\n' });
    expect(late.outcome).toMatchObject({ status: 'raced' });
  });

  test('takes files and whole folders away, and asks for none that is not there', async () => {
    const backend = open();
    const first = await publish(backend, null, { 'a/1': '1\n', 'a/b/2': '2\n', 'c/3': '3\n', 'd/4': '4\n' });
    const tree = createTree(
      [{ mode: '100644', name: '5', id: createObject('blob', '3\n', 'sha1').id }],
      'sha1',
    );
    const move = await toMove(backend, first.commit, {
      a: null,
      'c/none': null,
      d: { type: 'tree', id: tree.id },
    });
    const outcome = await backend.publish({ ...move, objects: [tree, ...move.objects] });
    const commit = outcome.status === 'published' ? (outcome.commit ?? '') : '';
    const files = await fixture.home.git.tree(commit, true);
    expect(files.filter(({ type }) => type === 'blob').map(({ path }) => path)).toEqual(['c/3', 'd/5']);
  });

  test('reads what is no text, and what is too large for GraphQL', async () => {
    const backend = open();
    const first = await publish(backend, null, { 'head.json': '1\n' });
    const large = Buffer.alloc(600_000, 'x');
    const binary = Buffer.from([0, 255, 1]);
    const latin = Buffer.from([0x61, 0xe9, 0x62]);
    const second = await publish(backend, first.commit, { large, binary, latin });
    expect(second.outcome.status).toBe('published');
    const ids = second.move.objects.filter(({ type }) => type === 'blob').map(({ id }) => id);
    const read = await open().read(ids);
    expect(ids.map((id) => read.get(id)?.content)).toEqual([large, binary, latin]);
  });

  test('tells a branch that went back from one that is behind for a moment', async () => {
    const backend = open();
    const first = await publish(backend, null, { 'head.json': '1\n' });
    const second = await publish(backend, first.commit, { 'head.json': '2\n' });
    await fixture.home.git.update(`refs/heads/${branch}`, first.commit);
    const behind = { code: 'LOG_CORRUPT', details: { transient: true } };
    await expect(backend.sync(second.commit)).rejects.toMatchObject(behind);
    await expect(open().sync(null)).rejects.toMatchObject(behind);
    const main = await fixture.home.git.find('refs/heads/main');
    await fixture.home.git.update(`refs/heads/${branch}`, main ?? '');
    await expect(backend.sync(second.commit)).rejects.toMatchObject({ details: { transient: false } });
    await fixture.home.git.update(`refs/heads/${branch}`, null);
    await expect(backend.sync(second.commit)).rejects.toMatchObject({ details: { to: null } });
  });

  test('says what it does not know', async () => {
    const backend = open();
    const first = await publish(backend, null, { 'head.json': '1\n' });
    const effect = githubFaults.dropAfterEffect();
    fixture.forge.faults.add({ operation: 'createCommitOnBranch', effect });
    const lost = await publish(backend, first.commit, { 'head.json': '2\n' });
    expect(lost.outcome).toMatchObject({ status: 'unknown' });
    expect((await backend.sync(first.commit)).commit).not.toBe(first.commit);
  });

  test('is refused as the platform refuses', async () => {
    const backend = open();
    const first = await publish(backend, null, { 'head.json': '1\n' });
    const reader = fixture.forge.createToken({
      kind: 'pat',
      login: 'tamma-user',
      permissions: { contents: 'read' },
    });
    const { branchApi } = await fixture.connectAs(reader);
    if (!branchApi) throw new Error('GitHub has an API for branches');
    const seen = { read: () => Promise.resolve(null), write: () => Promise.resolve() };
    const openGit = () => backend;
    const readOnly = createApiBackend({ api: branchApi, branch, seen, openGit });
    expect((await readOnly.sync(null)).commit).toBe(first.commit);
    const move = await toMove(backend, first.commit, { 'head.json': '2\n' });
    await expect(readOnly.publish(move)).rejects.toMatchObject({ code: 'LOG_REFUSED' });
    const nobody = await fixture.connectAs('ghp_none');
    const closed = createApiBackend({ api: nobody.branchApi ?? branchApi, branch, seen, openGit });
    await expect(closed.sync(null)).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' });
  });
});
