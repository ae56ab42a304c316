import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/core/events/envelope.ts';
import {
  createHeadSigner,
  createSignatureCheck,
  toPublicKey,
} from '../../../src/core/events/head-signature.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import {
  createGitBranchStore,
  type GitBranchStoreOptions,
} from '../../../src/stores/git-branch/git-branch-store.ts';
import { plantBatches, plantEvent } from '../../support/git-log.ts';
import { createGitRepository, openGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';

const BRANCH = 'tamma-events';
const REF = `refs/heads/${BRANCH}`;
const LIST = 'log/2026-11/folders.ndjson';
const make = createEventMaker();
const opened: EventStore[] = [];

let repository: TestRepository;
/** A log with a folder that is complete: a hundred batches in it, two more in the next. */
let template: string;

function open(more: Partial<GitBranchStoreOptions> = {}): EventStore {
  const { gitDirectory } = repository;
  const store = createGitBranchStore({ gitDirectory, clock: createTickingClock(), ...more });
  opened.push(store);
  return store;
}

beforeAll(async () => {
  const made = await createGitRepository({ bare: true });
  template = made.directory;
  const first = make.claim('1') as Envelope;
  const batches = Array.from({ length: 99 }, (_none, index) => [make.skip(`${index % 40}`), make.skip('1')]);
  await plantEvent(template, first);
  await plantBatches(template, batches);
  await plantBatches(template, [[make.claim('2')], [make.trigger('push')]]);
});
afterAll(() => rm(template, { recursive: true, force: true }));
beforeEach(async () => {
  const copy = await mkdtemp(join(tmpdir(), 'tamma-repository-'));
  await cp(template, copy, { recursive: true });
  repository = openGitRepository(copy, { bare: true });
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await repository.remove();
});

async function show(path: string): Promise<string> {
  return `${await repository.git(['show', `${REF}:${path}`])}\n`;
}

/** A commit by somebody else, or by one who writes what ours would say. */
function edit(files: Record<string, string | null>, message = 'meddle'): Promise<string> {
  return repository.commit(message, files, { branch: BRANCH });
}

async function findProblems(store = open()): Promise<string[]> {
  const { problems } = await store.verify();
  return problems.map(({ kind, position, message }) => `${kind} ${position} ${message}`);
}

const newestMessage = () => repository.git(['log', '-1', '--format=%B', REF]);

describe('verifying a log on a branch', () => {
  it('takes several batches in one commit, and folders that left the tree', async () => {
    expect((await repository.git(['ls-tree', '--name-only', '-r', REF, 'log/'])).split('\n')).toEqual([
      'log/2026-11/01/0100_200.ndjson',
      'log/2026-11/01/0101_201.ndjson',
      LIST,
    ]);
    expect(await open().verify()).toEqual({
      ok: true,
      events: 201,
      head: await open().head(),
      problems: [],
    });
    expect(await readAll(open())).toHaveLength(201);
  });

  it.each<[string, (list: string) => string | null, string[]]>([
    ['names another folder', (list) => list.replace(/"[0-9a-f]{40}"/, `"${'1'.repeat(40)}"`), ['changed']],
    ['is gone', () => null, ['removed']],
    ['cannot be read', () => 'nothing\n', ['changed']],
  ])('finds the list of such folders where it %s', async (_name, change, [verb]) => {
    await edit({ [LIST]: change(await show(LIST)) });
    expect(await findProblems()).toEqual([`foreign null Tamma did not make it; it ${verb} ${LIST}`]);
  });

  it('finds a list that was changed by a commit which says that it is ours', async () => {
    const list = await show(LIST);
    const message = await newestMessage();
    await edit({ [LIST]: `${list}${list}` }, message);
    expect(await findProblems()).toEqual([
      'index 1 folder 2026-11/00 is not what it was when it was complete',
      'index null it names another folder for log, month than it has',
    ]);
    await edit({ [LIST]: list.replace(/"[0-9a-f]{40}"/, `"${'1'.repeat(40)}"`) }, message);
    expect(await findProblems()).toContainEqual('index null it was changed otherwise than by adding to it');
  });

  it('finds a commit that is not ours, whatever it did but explain', async () => {
    await edit({ 'README.md': 'In other words.\n' });
    expect(await findProblems()).toEqual([]);
    await edit({ 'notes.txt': 'mine', 'log/2026-11/01/notes.txt': 'mine', 'a.txt': '', 'b.txt': '' });
    await edit({});
    expect(await findProblems()).toEqual([
      'foreign null Tamma did not make it; it added log/2026-11/01/notes.txt, added a.txt, added b.txt and 1 more',
      'foreign null Tamma did not make it; it changed nothing',
    ]);
    const [first] = (await open().verify()).problems;
    expect(first?.place).toMatch(/^commit [0-9a-f]{40} by Test <test@example\.org>$/);
  });

  it('looks at the lines that somebody else added where the log goes on', async () => {
    const before = await show('log/2026-11/01/0101_201.ndjson');
    await edit({ 'log/2026-11/01/0102_202.ndjson': before });
    const { problems } = await open().verify();
    expect(problems.map(({ kind, place }) => `${kind} ${place}`)).toEqual(
      expect.arrayContaining(['inserted log/2026-11/01/0102_202.ndjson, line 1']),
    );
  });

  it.each<[string, (line: string) => string, string]>([
    ['of CR LF', (line) => `${line}\r`, 'it ends in CR LF, not LF: a tool that converts line ends wrote it'],
    [
      'with a byte order mark',
      (line) => `\uFEFF${line}`,
      'it begins with a byte order mark (BOM): an editor wrote it',
    ],
    ['of a megabyte', (line) => `${line}${' '.repeat(1_000_000)}`, 'no line of a log has more than 66560'],
    [
      'with an id that is no UUID',
      (line) => line.replace(/"id":"[^"]{36}"/, '"id":"42"'),
      'id: is no UUIDv7',
    ],
    ['cut in half', (line) => line.slice(0, line.length / 2), 'it is cut off: half a line'],
    ['emptied', () => '', 'it is empty'],
  ])('names a line %s', async (_name, change, message) => {
    const path = 'log/2026-11/01/0101_201.ndjson';
    await edit({ [path]: `${change((await show(path)).trimEnd())}\n` });
    const { problems } = await open().verify();
    expect(problems[0]).toMatchObject({ position: 201, place: `${path}, line 1` });
    expect(problems[0]?.message).toContain(message);
    await expect(readAll(open())).rejects.toMatchObject({ code: 'LOG_CORRUPT', exitCode: 4 });
  });

  it('finds a commit whose message is not what is in it', async () => {
    const message = (await newestMessage()).replace(/Tamma-Position: \d+-\d+/, 'Tamma-Position: 150-151');
    await edit({ 'README.md': 'x' }, message);
    expect(await findProblems()).toEqual(['foreign 150 what it says of its events is not what is in them']);
  });

  it('finds a history that was squashed, and nothing wrong with its lines', async () => {
    await repository.git(['update-ref', '-d', REF]);
    const writer = open();
    await writer.append([make.skip('1')]);
    await writer.append([make.skip('1'), make.skip('2')]);
    const squashed = await repository.git(['commit-tree', `${REF}^{tree}`, '-m', 'squash']);
    await repository.git(['update-ref', REF, squashed]);
    expect(await findProblems()).toEqual([
      'foreign null Tamma did not make it; it added log/2026-11/00/0000_1.ndjson, added log/2026-11/00/0001_2.ndjson, added README.md and 5 more',
    ]);
  });

  it('finds a second beginning, and a commit that was taken out of the middle', async () => {
    const [first, , third] = (await repository.git(['rev-list', '--reverse', REF])).split('\n');
    await repository.git(['update-ref', REF, `${first}`]);
    // What a rebase does: the tree of the last one, on top of the first.
    const message = await repository.git(['log', '-1', '--format=%B', `${third}`]);
    const rebased = await repository.git(['commit-tree', `${third}^{tree}`, '-p', `${first}`, '-m', message]);
    await repository.git(['update-ref', REF, rebased]);
    const { problems, ok } = await open().verify();
    expect(ok).toBe(false);
    expect(problems[0]).toMatchObject({ kind: 'removed', position: 2 });
    const orphan = await repository.git(['commit-tree', `${third}^{tree}`, '-m', message]);
    await repository.git(['update-ref', REF, orphan]);
    expect((await open().verify()).problems[0]).toMatchObject({ kind: 'removed', position: 1 });
  });
});

describe('a log whose heads are signed', () => {
  const createKey = () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { sign: createHeadSigner(pem, 'KEY'), ...toPublicKey(pem, 'KEY') };
  };
  const key = createKey();
  const asks = (...keys: { publicKey: string }[]) => ({
    checkSignature: createSignatureCheck(keys.map(({ publicKey }) => publicKey)),
  });

  it('has them in its commits, and verifies with any of the keys that are named', async () => {
    await open({ sign: key.sign }).append([make.skip('1')]);
    expect(await newestMessage()).toMatch(
      new RegExp(`^Tamma-Signature: ${key.keyId} [A-Za-z0-9+/]{86}==$`, 'm'),
    );
    expect(await findProblems(open(asks(createKey(), key)))).toEqual([]);
    expect(await findProblems(open(asks(createKey())))).toEqual([
      'signature 1 nothing of it, up to 202, is signed by none of the keys in events.signing.publicKeys',
    ]);
  });

  it('tells what was appended without a key, until the next run that has it covers it', async () => {
    await open({ sign: key.sign }).append([make.skip('1')]);
    await open().append([make.skip('1', 'unsigned')]);
    expect(await findProblems(open(asks(key)))).toEqual([
      'signature 203 what follows position 202 is signed by none of the keys in events.signing.publicKeys',
    ]);
    await open({ sign: key.sign }).append([make.skip('1', 'signed')]);
    expect(await findProblems(open(asks(key)))).toEqual([]);
  });

  it('cannot be continued with the signature of another moment', async () => {
    await open({ sign: key.sign }).append([make.skip('1')]);
    const signature = /^Tamma-Signature: .*$/m.exec(await newestMessage())?.[0] ?? '';
    await open().append([make.skip('1', 'unsigned')]);
    const message = `${await newestMessage()}\n${signature}`;
    const forged = await repository.git(['commit-tree', `${REF}^{tree}`, '-p', `${REF}~1`, '-m', message]);
    await repository.git(['update-ref', REF, forged]);
    expect(await findProblems(open(asks(key)))).toEqual([
      `signature 203 the signature by key ${key.keyId} is wrong`,
      'signature 203 what follows position 202 is signed by none of the keys in events.signing.publicKeys',
    ]);
  });
});
