import { describe, expect, it } from 'vitest';
import { MAX_EVENT_BYTES } from '../../../src/core/events/batch.ts';
import type { NewEvent } from '../../../src/core/events/event.ts';
import { createObject, createTree, type NewObject, parseTree } from '../../../src/lib/git-object-format.ts';
import type { AppendCondition } from '../../../src/ports/event-store.ts';
import { parseCommit } from '../../../src/stores/git-branch/commit-message.ts';
import { createStoreOn } from '../../../src/stores/git-branch/git-branch-store.ts';
import type { LogBackend } from '../../../src/stores/git-branch/log-backend.ts';
import { INBOX, parkBatch } from '../../../src/stores/git-branch/parked-batch.ts';
import { createMemoryBackend, createMemoryBranch, type MemoryBranch } from '../../support/memory-backend.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';

const identity = { name: 'Tamma', email: 'tamma@localhost' };
const make = createEventMaker();
const claimOf = (issueId: string): AppendCondition => ({
  failIfEventsMatch: { items: [{ types: ['ISSUE.ASSIGNED.SUCCESS'], tags: { issueId } }] },
  after: 0,
});

function open(branch: MemoryBranch, backend: Partial<LogBackend> = {}) {
  const whole = { ...createMemoryBackend(branch), ...backend };
  return createStoreOn(whole, { clock: createTickingClock(), budgetMs: 500 });
}

async function begin(): Promise<MemoryBranch> {
  const branch = createMemoryBranch();
  await open(branch).append([make.claim('1')]);
  await open(branch).append([make.skip('1')]);
  return branch;
}

function keep(branch: MemoryBranch, objects: readonly NewObject[]): void {
  for (const object of objects) branch.objects.set(object.id, object);
}

function park(branch: MemoryBranch, events: readonly NewEvent[], condition?: AppendCondition): string {
  const appendId = createTickingClock().newId();
  const parked = parkBatch({ appendId, events, condition }, { identity, now: new Date(), format: 'sha1' });
  keep(branch, parked.objects);
  branch.parked.set(parked.ref, { ref: parked.ref, id: parked.id });
  return parked.ref;
}

/** The id of what stands at a path of the newest commit. */
function find(branch: MemoryBranch, path: string): string {
  const commit = branch.objects.get(branch.commit ?? '');
  let id = commit ? parseCommit(commit.content).tree : '';
  for (const name of path.split('/'))
    id =
      parseTree(branch.objects.get(id)?.content ?? Buffer.alloc(0), 'sha1').find(
        (entry) => entry.name === name,
      )?.id ?? '';
  return id;
}

const unknown = (event: NewEvent, data: object) =>
  ({ ...event, type: 'LATER.TYPE.SUCCESS', data }) as unknown as NewEvent;

describe('a parked batch of somebody who may push', () => {
  it.each<[string, () => NewEvent[]]>([
    [
      'is larger than an event may be',
      () => [unknown(make.skip('2'), { text: 'x'.repeat(MAX_EVENT_BYTES) })],
    ],
    ['has too many bytes, in few letters', () => [unknown(make.skip('2'), { text: 'ä'.repeat(40_000) })]],
    [
      'has one id twice',
      () => {
        const event = unknown(make.skip('2'), {});
        return [event, { ...event, tags: { issueId: '3' } }];
      },
    ],
    [
      'shares its id with an event that is known',
      () => {
        const event = make.skip('2');
        return [event, unknown({ ...event }, {})];
      },
    ],
    ['holds half of a surrogate pair', () => [unknown(make.skip('2'), { text: '\ud800' })]],
  ])('is not taken along where an event of an unknown type %s', async (_what, events) => {
    const branch = await begin();
    park(branch, []);
    branch.parked.clear();
    let ref = '';
    try {
      ref = park(branch, events());
    } catch {
      return; // such a text cannot even be parked
    }
    await open(branch).append([make.skip('1')]);
    expect(await readAll(open(branch))).toHaveLength(3);
    expect([...branch.parked.keys()]).toEqual([ref]);
  });

  it('cannot put other events in the place of those that wait', async () => {
    const branch = await begin();
    const own = [make.skip('5', 'mine')];
    park(branch, [{ ...own[0], data: { ...own[0]?.data, reason: 'theirs' } } as NewEvent]);
    await expect(open(branch).append(own)).resolves.toMatchObject({ status: 'appended' });
    const logged = (await readAll(open(branch))).filter(({ id }) => id === own[0]?.id);
    expect(logged.map(({ data }) => data)).toEqual([own[0]?.data]);
  });

  it('in a folder that is damaged holds nobody up', { timeout: 10_000 }, async () => {
    const branch = await begin();
    const tree = { ...createObject('blob', 'x'.repeat(100), 'sha1'), type: 'tree' as const };
    const commit = createObject('commit', `tree ${tree.id}\n\nx\n`, 'sha1');
    keep(branch, [tree, commit]);
    const ref = `${INBOX}${createTickingClock().newId()}`;
    branch.parked.set(ref, { ref, id: commit.id });
    expect(await open(branch).append([make.skip('1')])).toMatchObject({ status: 'appended' });
  });

  it('that nobody may remove does not keep others from writing', async () => {
    const branch = await begin();
    const left = [make.skip('9')];
    park(branch, left);
    const { publish } = createMemoryBackend(branch);
    const refusing: Partial<LogBackend> = {
      publish: (move) =>
        move.taken.length > 0 ? Promise.reject(new Error('deletion prohibited')) : publish(move),
    };
    for (let times = 1; times <= 2; times += 1)
      expect(await open(branch, refusing).append([make.skip('1')])).toMatchObject({ status: 'appended' });
    expect((await readAll(open(branch))).filter(({ id }) => id === left[0]?.id)).toHaveLength(1);
  });
});

describe('a branch that has lost', () => {
  it.each(['state', 'state/1'])(
    '%s is read from the log itself, and a claim is held all the same',
    async (path) => {
      const branch = await begin();
      branch.objects.delete(find(branch, path));
      const query = { items: [{ tags: { issueId: '1' } }] };
      expect(await readAll(open(branch), query)).toHaveLength(2);
      expect(await open(branch).append([make.claim('1')], claimOf('1'))).toEqual({
        status: 'conflict',
        position: 1,
      });
    },
  );

  it('state/cold is read from the log itself, and a claim is held all the same', async () => {
    const branch = await begin();
    for (let issue = 10; issue < 60; issue += 1) await open(branch).append([make.claim(`${issue}`)]);
    branch.objects.delete(find(branch, 'state/cold'));
    for (const issue of [1, 10, 11, 12, 13].map(String))
      expect(await open(branch).append([make.claim(issue)], claimOf(issue))).toMatchObject({
        status: 'conflict',
      });
  });

  it.each(['log', 'log/2026-11', 'log/2026-11/00'])(
    '%s is damage to whoever reads all of it',
    async (path) => {
      const branch = await begin();
      branch.objects.delete(find(branch, path));
      await expect(readAll(open(branch))).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    },
  );

  it('a file is damage to whoever looks for his own events', async () => {
    const branch = createMemoryBranch();
    const own = [make.skip('1')];
    await open(branch).append(own);
    branch.objects.delete(find(branch, 'log/2026-11/00/0000_1.ndjson'));
    await expect(open(branch).append(own)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });
});

describe('a tree that is none', () => {
  it.each(['x'.repeat(100), '100644 a', '100644 a\0short', '100644\0'])('is refused: %j', (text) => {
    expect(() => parseTree(Buffer.from(text), 'sha1')).toThrow(/tree/);
  });

  it('is read where it is one', () => {
    const entries = [{ mode: '100644', name: 'a', id: 'a'.repeat(40) }];
    expect(parseTree(createTree(entries, 'sha1').content, 'sha1')).toEqual(entries);
  });
});
