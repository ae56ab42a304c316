import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/core/events/event.ts';
import type { AppendResult } from '../../../src/ports/event-store.ts';
import { createStoreOn } from '../../../src/stores/git-branch/git-branch-store.ts';
import { INBOX, parkBatch } from '../../../src/stores/git-branch/parked-batch.ts';
import {
  type Asked,
  createMemoryBackend,
  createMemoryBranch,
  type MemoryBranch,
} from '../../support/memory-backend.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';

const identity = { name: 'Tamma', email: 'tamma@localhost' };
const make = createEventMaker();
const claimsOf = (issueId: string) => ({
  failIfEventsMatch: { items: [{ types: ['ISSUE.ASSIGNED.SUCCESS'], tags: { issueId } }] },
  after: 0,
});

function open(branch: MemoryBranch, asked: Asked[] = [], budgetMs = 20_000) {
  const backend = createMemoryBackend(branch, asked);
  return createStoreOn(backend, { clock: createTickingClock(), budgetMs });
}

/** A log that is there, and writers that have all seen the same of it. */
async function gather(count: number, asked: Asked[] = []) {
  const branch = createMemoryBranch();
  await open(branch).append([make.trigger('begin')]);
  const stores = Array.from({ length: count }, () => open(branch, asked));
  for (const store of stores) await store.head();
  return { branch, stores };
}

/** A batch that somebody parked who will never ask for it again. */
function leave(branch: MemoryBranch, events: NewEvent[], condition = claimsOf('none')) {
  const appendId = createTickingClock().newId();
  const parked = parkBatch({ appendId, events, condition }, { identity, now: new Date(), format: 'sha1' });
  for (const object of parked.objects) branch.objects.set(object.id, object);
  branch.parked.set(parked.ref, { ref: parked.ref, id: parked.id });
  return parked.ref;
}

describe('writers that lose a race', () => {
  it('park their batches, and the next winner takes all of them along in one commit', async () => {
    const asked: Asked[] = [];
    const { branch, stores } = await gather(12, asked);
    const batches = stores.map((_store, index) => [make.claim(`${index}`), make.skip(`${index}`)]);
    asked.length = 0;
    const results = await Promise.all(stores.map((store, index) => store.append(batches[index] ?? [])));
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'appended'));
    const events = await readAll(open(branch));
    expect(events.map(({ position }) => position)).toEqual(events.map((_event, index) => index + 1));
    for (const [index, result] of results.entries()) {
      const first = result.status === 'appended' ? result.firstPosition : 0;
      expect(events.slice(first - 1, first + 1).map(({ id }) => id)).toEqual(
        batches[index]?.map(({ id }) => id),
      );
    }
    expect(branch.parked.size).toBe(0);
    // One try each, one parking each, and few who carry the rest.
    expect(asked.filter(({ call }) => call === 'publish').length).toBeLessThan(24);
    expect(countFiles(branch)).toContain(11);
  });

  it('get a claim once between them, and the others are told by which event', async () => {
    const { branch, stores } = await gather(10);
    const results = await Promise.all(
      stores.map((store, index) =>
        store.append([make.claim(index < 5 ? 'a' : 'b')], claimsOf(index < 5 ? 'a' : 'b')),
      ),
    );
    const events = await readAll(open(branch));
    for (const [issue, own] of [
      ['a', results.slice(0, 5)],
      ['b', results.slice(5)],
    ] as const) {
      const winners = own.filter(({ status }) => status === 'appended');
      expect(winners).toHaveLength(1);
      const { position } = events.find(({ tags }) => tags.issueId === issue) ?? { position: 0 };
      const losers = own.filter((result: AppendResult) => result.status === 'conflict');
      expect(losers.map((result) => result.status === 'conflict' && result.position)).toEqual(
        losers.map(() => position),
      );
    }
    expect(branch.parked.size).toBe(0);
  });

  it('go on alone where nothing can be parked', async () => {
    const { branch } = await gather(0);
    const backends = Array.from({ length: 6 }, () => {
      const backend = createMemoryBackend(branch);
      return { ...backend, park: () => Promise.reject(new Error('deny updating a hidden ref')) };
    });
    const results = await Promise.all(
      backends.map((backend) =>
        createStoreOn(backend, { clock: createTickingClock() }).append([make.skip('1')]),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'appended'));
    expect(await readAll(open(branch))).toHaveLength(7);
  });

  it('take their batch away when they give up', async () => {
    const { branch } = await gather(0);
    const backend = {
      ...createMemoryBackend(branch),
      publish: () => Promise.resolve({ status: 'raced' as const, reason: 'always late' }),
    };
    const store = createStoreOn(backend, { clock: createTickingClock(), budgetMs: 50 });
    await expect(store.append([make.skip('1')])).rejects.toMatchObject({
      code: 'LOG_UNREACHABLE',
      details: { reason: 'always late' },
    });
    expect(branch.parked.size).toBe(0);
  });
});

describe('a batch that was left parked', () => {
  it('is taken along by whoever writes next, if its condition still holds', async () => {
    const { branch } = await gather(0);
    const left = [make.claim('7')];
    leave(branch, left, claimsOf('7'));
    expect(await open(branch).append([make.skip('1')])).toMatchObject({ status: 'appended', tries: 1 });
    expect((await readAll(open(branch))).map(({ id }) => id)).toContain(left[0]?.id);
    const late = [make.claim('7')];
    leave(branch, late, claimsOf('7'));
    await open(branch).append([make.skip('1')]);
    expect((await readAll(open(branch))).map(({ id }) => id)).not.toContain(late[0]?.id);
    expect(branch.parked.size).toBe(0);
  });

  it('is not written twice where its writer comes again', async () => {
    const { branch } = await gather(0);
    const left = [make.claim('7'), make.skip('7')];
    leave(branch, left);
    expect(await open(branch).append(left)).toMatchObject({ status: 'appended' });
    expect(
      (await readAll(open(branch))).filter(({ id }) => left.some((event) => event.id === id)),
    ).toHaveLength(2);
    leave(branch, left);
    await open(branch).append([make.skip('1')]);
    expect(await readAll(open(branch))).toHaveLength(4);
    expect(branch.parked.size).toBe(0);
  });

  it('holds nobody up who has waited as long as it takes', async () => {
    const { branch, stores } = await gather(3);
    const ref = leave(branch, [make.claim('7')]);
    // It is first in the queue, and is no batch that anybody could take.
    branch.parked.set(ref, { ref, id: branch.commit ?? '' });
    const results = await Promise.all(stores.map((store) => store.append([make.skip('1')])));
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'appended'));
    expect([...branch.parked.keys()]).toEqual([ref]);
  });

  it('stays where it is if it is none of ours', async () => {
    const { branch } = await gather(0);
    const wrong = { ...make.skip('1'), data: { stepId: 'NO_SUCH_STEP' } } as unknown as NewEvent;
    const ref = leave(branch, [wrong]);
    const other = leave(branch, [make.skip('2')]);
    const moved = branch.parked.get(other);
    branch.parked.delete(other);
    if (moved) branch.parked.set(`${INBOX}renamed`, { ...moved, ref: `${INBOX}renamed` });
    await open(branch).append([make.skip('1')]);
    expect(await readAll(open(branch))).toHaveLength(2);
    expect([...branch.parked.keys()].sort()).toEqual([ref, `${INBOX}renamed`].sort());
  });
});

/** Files of the log that each commit added, by the positions that it names. */
function countFiles({ objects }: MemoryBranch): number[] {
  const messages = [...objects.values()].filter(({ type }) => type === 'commit');
  return messages.flatMap(({ content }) => {
    const [, first, last] = /^Tamma-Position: (\d+)-(\d+)$/m.exec(content.toString()) ?? [];
    return first && last ? [(Number(last) - Number(first) + 1) / 2] : [];
  });
}
