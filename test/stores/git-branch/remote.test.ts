import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../../../src/lib/git.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import {
  createGitBranchStore,
  type GitBranchStoreOptions,
} from '../../../src/stores/git-branch/git-branch-store.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createGitServer, type GitFault, type GitRequest, type GitServer } from '../../support/git-server.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';
import { writeSsh } from '../../support/write-ssh.ts';

const REF = 'refs/heads/tamma-events';
const ofIssue = { items: [{ tags: { issueId: '1' } }] };

let root: string;
let server: GitServer;
let there: TestRepository;
let clone: TestRepository;
/** Each answers one request and is used up; then git answers. */
let faults: ((request: GitRequest) => GitFault | undefined | Promise<GitFault | undefined>)[];
const make = createEventMaker();
const opened: EventStore[] = [];

function open(options: Partial<GitBranchStoreOptions> = {}): EventStore {
  const store = createGitBranchStore({
    gitDirectory: clone.gitDirectory,
    remote: { url: `${server.url}/team/app.git`, authorization: 'Bearer writer' },
    transport: 'git',
    clock: createTickingClock(),
    ...options,
  });
  opened.push(store);
  return store;
}

const withToken = (token: string) => ({
  url: `${server.url}/team/app.git`,
  authorization: `Bearer ${token}`,
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tamma-remote-'));
  faults = [];
  there = await createGitRepository({
    directory: join(root, 'team/app.git'),
    bare: true,
    files: { 'a.txt': 'a' },
  });
  await there.git(['tag', 'v1', 'main']);
  clone = await createGitRepository({ directory: join(root, 'clone'), files: { 'mine.txt': 'mine' } });
  server = await createGitServer({
    root,
    tokens: { writer: { login: 'bot', write: true }, reader: { login: 'guest', write: false } },
    intercept: async (request) => {
      const fault = await faults[0]?.(request);
      if (fault) faults.shift();
      return fault;
    },
  });
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await server.close();
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
});

const onPush = (fault: GitFault) => (request: GitRequest) =>
  request.service === '/git-receive-pack' ? fault : undefined;
const onFetch = (fault: GitFault) => (request: GitRequest) =>
  request.service === '/git-upload-pack' ? fault : undefined;

describe('an append to a remote whose answer does not come', () => {
  it.each<[string, GitFault]>([
    ['the push arrived, its answer was lost', 'cut-after'],
    ['the connection was cut before the push arrived', 'cut-before'],
    ['the server answered 500', { status: 500 }],
    ['the gateway answered 502', { status: 502 }],
    ['the server asked to slow down', { status: 429, headers: { 'retry-after': '1' } }],
  ])('is there once, where %s', async (_name, fault) => {
    const store = open();
    await store.append([make.claim('1')]);
    faults = [onPush(fault), onPush(fault)];
    const batch = [make.skip('1'), make.skip('1')];
    expect(await store.append(batch, { failIfEventsMatch: ofIssue, after: 1 })).toMatchObject({
      status: 'appended',
      firstPosition: 2,
      lastPosition: 3,
    });
    expect((await readAll(open())).map(({ id }) => id).slice(1)).toEqual(batch.map(({ id }) => id));
    expect(await open().verify()).toMatchObject({ ok: true, events: 3 });
  });

  it('gives up after its time with LOG_UNREACHABLE, and the log is what it was', async () => {
    const store = open({ budgetMs: 150 });
    await store.append([make.claim('1')]);
    faults = Array.from({ length: 50 }, () => onPush({ status: 503 }));
    await expect(store.append([make.skip('1')])).rejects.toMatchObject({
      code: 'LOG_UNREACHABLE',
      retryable: true,
      details: { reason: expect.stringContaining('503') },
    });
    faults = [];
    expect(await store.head()).toMatchObject({ position: 1 });
  });

  it('does not matter to a read that a fetch failed once, and is told where it keeps failing', async () => {
    await open().append([make.claim('1')]);
    faults = [onFetch({ status: 502 }), onFetch('cut-before')];
    expect(await readAll(open())).toHaveLength(1);
    faults = Array.from({ length: 50 }, () => onFetch({ status: 502 }));
    await expect(open({ budgetMs: 50 }).head()).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' });
  });
});

describe('an append to a remote that loses the race', () => {
  it('looks again: a condition that no longer holds is a conflict', async () => {
    const store = open();
    await store.append([make.claim('2')]);
    const { position } = await store.head();
    const other = open();
    raceWith([() => other.append([make.claim('1')])]);
    expect(await store.append([make.claim('1')], { failIfEventsMatch: ofIssue, after: position })).toEqual({
      status: 'conflict',
      position: 2,
    });
    expect(await store.head()).toMatchObject({ position: 2 });
  });

  it('looks again: where its condition holds it comes after the winner', async () => {
    const store = open();
    const other = open();
    raceWith([() => other.append([make.claim('2')]), () => other.append([make.skip('2')])]);
    expect(await store.append([make.claim('1')], { failIfEventsMatch: ofIssue, after: 0 })).toMatchObject({
      firstPosition: 3,
      tries: 3,
    });
    expect(await open().verify()).toMatchObject({ ok: true, events: 3 });
  });

  /** Each time somebody is about to push, the next of these comes first. */
  function raceWith(acts: (() => Promise<unknown>)[]): void {
    let isRacing = false;
    faults = [
      async ({ service }) => {
        const act = service === '/git-receive-pack' && !isRacing ? acts.shift() : undefined;
        if (act) {
          isRacing = true;
          await act();
          isRacing = false;
        }
        return undefined;
      },
    ];
  }
});

describe('a remote that says no', () => {
  it('names the token where it is wrong or may only read', async () => {
    const wrong = open({ remote: withToken('nobody') });
    for (const act of [() => wrong.head(), () => wrong.append([make.skip('1')])]) {
      await expect(act()).rejects.toMatchObject({
        code: 'LOG_UNREACHABLE',
        help: expect.stringContaining('token'),
      });
    }
    await open().append([make.claim('1')]);
    const reader = open({ remote: withToken('reader') });
    expect(await readAll(reader)).toHaveLength(1);
    await expect(reader.append([make.skip('1')])).rejects.toMatchObject({
      code: 'LOG_UNREACHABLE',
      help: expect.stringContaining('token'),
    });
  });

  it('is not asked twice, and is quoted, where a branch is protected or a rule forbids the push', async () => {
    const hook = join(there.gitDirectory, 'hooks', 'pre-receive');
    const refusals = [
      'GH006: Protected branch update failed for refs/heads/tamma-events.',
      'GH013: Repository rule violations found for refs/heads/tamma-events.',
      'GitLab: You are not allowed to push code to protected branches on this project.',
    ];
    for (const words of refusals) {
      await writeFile(hook, `#!/bin/sh\necho "${words}" >&2\nexit 1\n`);
      await chmod(hook, 0o755);
      server.requests.length = 0;
      await expect(open().append([make.claim('1')])).rejects.toMatchObject({
        code: 'LOG_REFUSED',
        message: expect.stringContaining(words),
        help: expect.stringContaining('tamma-events'),
      });
      expect(server.requests.filter(({ service }) => service === '/git-receive-pack')).toHaveLength(1);
    }
    await rm(hook);
    expect(await open().append([make.claim('1')])).toMatchObject({ firstPosition: 1 });
  });

  it('is told apart from one that is not there', async () => {
    const closed = await createGitServer({ root });
    await closed.close();
    await expect(open({ remote: { url: `${closed.url}/team/app.git` } }).head()).rejects.toMatchObject({
      code: 'LOG_UNREACHABLE',
      message: expect.stringContaining('cannot be reached'),
    });
    await expect(
      open({ remote: { ...withToken('writer'), url: `${server.url}/team/none.git` } }).head(),
    ).rejects.toMatchObject({
      code: 'LOG_UNREACHABLE',
      message: expect.stringContaining('no such repository'),
    });
    await expect(open({ remote: { url: join(root, 'none') } }).head()).rejects.toMatchObject({
      code: 'LOG_UNREACHABLE',
    });
  });

  it('is named without the password in its address', async () => {
    const url = `${server.url.replace('//', '//user:pa55word@')}/team/app.git`;
    const store = open({ remote: { url } });
    expect(store.place).not.toContain('pa55word');
    const thrown = await store.head().catch((error: unknown) => error);
    expect(String(thrown)).toContain('refused the credentials');
    expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toContain('pa55word');
  });

  it('that holds a lock nobody will release is told apart from a race', async () => {
    const store = open({ remote: { url: there.gitDirectory } });
    await store.append([make.claim('1')]);
    const lock = join(there.gitDirectory, `${REF}.lock`);
    await writeFile(lock, '');
    await expect(store.append([make.skip('1')])).rejects.toMatchObject({
      code: 'LOG_REFUSED',
      help: expect.stringContaining('tamma-events.lock'),
    });
    await rm(lock);
    expect(await store.append([make.skip('1')])).toMatchObject({ firstPosition: 2 });
  });
});

describe('a branch on a remote that went back', () => {
  let first: string | undefined;
  let last: string | undefined;
  beforeEach(async () => {
    const store = open();
    await store.append([make.claim('1')]);
    first = await there.findRef(REF);
    await store.append([make.skip('1')]);
    last = await there.findRef(REF);
  });

  it('is noticed by a later process in the same clone, where it was rewritten', async () => {
    const tree = await there.git(['rev-parse', `${first}^{tree}`]);
    const forged = await there.git(['commit-tree', tree, '-m', 'forged']);
    await there.git(['update-ref', REF, forged]);
    const store = open();
    for (const act of [() => store.head(), () => store.append([make.skip('1')])]) {
      await expect(act()).rejects.toMatchObject({ code: 'LOG_CORRUPT', details: { from: last, to: forged } });
    }
    expect(await store.verify()).toMatchObject({ ok: false, problems: [{ kind: 'rewritten' }] });
    expect(await there.findRef(REF)).toBe(forged);
  });

  it('is noticed where it is gone', async () => {
    await there.git(['update-ref', '-d', REF]);
    await expect(open().append([make.skip('1')])).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringContaining('is gone'),
    });
  });

  it('is given a moment where it only lost its end, as a replica that lags behind would show it', async () => {
    await there.git(['update-ref', REF, `${first}`]);
    await expect(open({ budgetMs: 60 }).head()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    const before = server.requests.length;
    const reading = open().head();
    await expect.poll(() => server.requests.length, { interval: 5 }).toBeGreaterThan(before + 3);
    await there.git(['update-ref', REF, `${last}`]);
    expect(await reading).toMatchObject({ position: 2 });
  });
});

describe('what a store leaves behind', () => {
  it.each(['git', 'wire'] as const)(
    'in a checkout is nothing but a folder of our own, by %s',
    async (transport) => {
      await writeFile(join(clone.directory, 'mine.txt'), 'changed');
      await writeFile(join(clone.directory, 'staged.txt'), 'staged');
      await clone.git(['add', 'staged.txt']);
      const before = await clone.git(['status', '--porcelain=v2', '--branch']);
      const objects = await clone.git(['count-objects']);
      const entries = await readdir(clone.gitDirectory);
      await open({ transport }).append([make.claim('1')]);
      await readAll(open({ transport }));
      expect(await clone.git(['status', '--porcelain=v2', '--branch'])).toBe(before);
      expect(await clone.git(['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
      expect(await clone.git(['count-objects'])).toBe(objects);
      expect((await readdir(clone.gitDirectory)).filter((name) => !entries.includes(name))).toEqual([
        'tamma',
      ]);
    },
  );

  it('on the remote is one linear orphan branch, with a header for machines in every commit', async () => {
    const store = open();
    await store.append([make.claim('1')]);
    await store.append([make.skip('2'), make.skip('1')]);
    expect(await there.git(['rev-list', '--count', '--min-parents=2', REF])).toBe('0');
    expect(await there.git(['merge-base', REF, 'main'], { allowExitCodes: [1] })).toBe('');
    const { hash } = await store.head();
    expect((await there.git(['log', '-1', '--format=%B', REF])).split('\n')).toEqual([
      'issue 1: WORKFLOW.STEP_SKIPPED (2 events)',
      '',
      'Tamma-Position: 2-3',
      'Tamma-Batch: 2026-11/1',
      `Tamma-Hash: sha256:${hash}`,
      expect.stringMatching(/^Tamma-Append-Id: [0-9a-f-]{36}$/),
      expect.stringMatching(
        /^Tamma-Trees: log=[0-9a-f]{40} month=[0-9a-f]{40} folder=[0-9a-f]{40} state=[0-9a-f]{40}$/,
      ),
      expect.stringMatching(/^Tamma-Times: \d+-\d+$/),
    ]);
    await there.git(['fsck', '--strict']);
    expect((await there.git(['ls-tree', '-r', '--name-only', REF])).split('\n')).toEqual([
      'README.md',
      'format.json',
      'head.json',
      'log/2026-11/00/0000_1.ndjson',
      'log/2026-11/00/0001_2.ndjson',
      expect.stringMatching(/^state\/1\/2026-11_0_1_1_\w+_\w+$/),
      expect.stringMatching(/^state\/1\/2026-11_1_2_2_\w+_\w+$/),
      expect.stringMatching(/^state\/2\/2026-11_1_2_2_\w+_\w+$/),
    ]);
  });

  it.each([
    ['git', ['GET /info/refs', 'POST /git-receive-pack']],
    ['wire', ['POST /git-receive-pack']],
  ] as const)(
    'over the network by %s is one push an append, and nothing at all for a conflict',
    async (transport, requests) => {
      const store = open({ transport });
      await store.append([make.claim('1')]);
      server.requests.length = 0;
      await store.append([make.skip('1')]);
      const services = () => server.requests.map(({ method, service }) => `${method} ${service}`);
      expect(services()).toEqual(requests);
      server.requests.length = 0;
      expect(await store.append([make.skip('1')], { failIfEventsMatch: ofIssue, after: 0 })).toMatchObject({
        status: 'conflict',
      });
      expect(services()).toEqual([]);
    },
  );
});

describe('a repository of another kind', () => {
  it('may be a shallow clone', async () => {
    await there.commit('second', { 'b.txt': 'b' });
    const gitDirectory = join(root, 'shallow');
    await there.git([
      'clone',
      '--quiet',
      '--bare',
      '--depth=1',
      `file://${there.gitDirectory}`,
      gitDirectory,
    ]);
    const store = open({ gitDirectory });
    await store.append([make.claim('1')]);
    await store.append([make.skip('1')]);
    expect(await open({ gitDirectory }).verify()).toMatchObject({ ok: true, events: 2 });
  });

  it('may name its objects with SHA-256', async () => {
    const gitDirectory = join(root, 'sha256.git');
    await git(['init', '--quiet', '--bare', '--object-format=sha256', gitDirectory]);
    const local = createGitBranchStore({ gitDirectory, clock: createTickingClock() });
    opened.push(local);
    await local.append([make.claim('1')]);
    await local.append([make.skip('1')]);
    expect(await readAll(local, ofIssue)).toHaveLength(2);
    expect(await git(['rev-parse', REF], { gitDirectory })).toMatchObject({ stdout: { length: 65 } });
    expect(await local.verify()).toMatchObject({ ok: true, events: 2 });
  });

  it('may be a checkout of somebody who never told git a name', async () => {
    const directory = join(root, 'nameless');
    await git(['init', '--quiet', directory]);
    const local = createGitBranchStore({
      gitDirectory: join(directory, '.git'),
      clock: createTickingClock(),
    });
    opened.push(local);
    expect(await local.append([make.claim('1')])).toMatchObject({ firstPosition: 1 });
  });
});

describe('a remote over ssh', () => {
  it('is reached by the command and with the agent of the caller’s environment', async () => {
    const ssh = await writeSsh(root, '[ "$SSH_AUTH_SOCK" = /agent ] || exit 255');
    const environment = { GIT_SSH_COMMAND: ssh, SSH_AUTH_SOCK: '/agent' };
    const url = `git@example.org:${there.gitDirectory}`;
    const store = open({ remote: { url, environment }, transport: 'auto' });
    await store.append([make.claim('1')]);
    expect(await readAll(open())).toHaveLength(1);
    await expect(
      open({ remote: { url, environment: { GIT_SSH_COMMAND: ssh } } }).head(),
    ).rejects.toMatchObject({
      code: 'LOG_UNREACHABLE',
    });
  });
});

describe('what was fetched of a remote', () => {
  it('may be thrown away: it is fetched again, and the branch is still known', async () => {
    await open().append([make.claim('1')]);
    await open().append([make.skip('1')]);
    const own = join(clone.gitDirectory, 'tamma');
    for (const name of await readdir(own))
      if (name.endsWith('.git')) await rm(join(own, name), { recursive: true });
    const other = open({ gitDirectory: join(root, 'other') });
    await other.append([make.skip('2')]);
    expect(await readAll(open(), ofIssue)).toHaveLength(2);
    expect(await open().append([make.skip('1')])).toMatchObject({ firstPosition: 4 });
  });

  it('does not hide that the branch is another one', async () => {
    await open().append([make.claim('1')]);
    await rm(join(clone.gitDirectory, 'tamma'), { recursive: true });
    await open().append([make.skip('1')]);
    const own = join(clone.gitDirectory, 'tamma');
    for (const name of await readdir(own))
      if (name.endsWith('.git')) await rm(join(own, name), { recursive: true });
    await there.git(['update-ref', '-d', REF]);
    await there.git(['gc', '--quiet', '--prune=now']);
    await open({ gitDirectory: join(root, 'other') }).append([make.claim('2')]);
    await expect(open().head()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });
});
