import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createHeadSigner,
  createSignatureCheck,
  toPublicKey,
} from '../../../src/core/events/head-signature.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import { createLogHandle } from '../../../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../../../src/stores/postgres/postgres-store.ts';
import { createEventMaker, readAll } from '../../support/new-events.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../support/postgres.ts';

const REPOSITORY = 'example.org/app';

describe.skipIf(!hasPostgres)('a damaged log in PostgreSQL', () => {
  let database: TestDatabase;
  let store: EventStore;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.remove());

  beforeEach(async () => {
    store = open();
    const make = createEventMaker();
    await store.snapshots.save({ projection: 'x', version: '1', position: 0, hash: '', state: 0 });
    await damage(
      "delete from tamma_event; delete from tamma_event_tag; update tamma_head set position = 0, hash = decode(repeat('0', 64), 'hex')",
    );
    await store.append([make.claim('1'), make.skip('1')]);
    await store.append([make.skip('1'), make.skip('2'), make.trigger('t')]);
    return () => store.close();
  });

  function open(options: Partial<Parameters<typeof createPostgresStore>[0]> = {}): EventStore {
    const own = database.open();
    return createPostgresStore({ database: own, log: createLogHandle(own, REPOSITORY), ...options });
  }

  /** As somebody with every right can do it, past the triggers. */
  async function damage(sql: string): Promise<void> {
    await database.query(
      `set session_replication_role = replica; ${sql}; set session_replication_role = origin`,
    );
  }

  it.each([
    [
      'an edited text',
      "update tamma_event set body = replace(body::text, 'because', 'for no reason')::json where position = 2",
      'edited',
      2,
    ],
    ['an edited hash', "update tamma_event set hash = sha256('x') where position = 2", 'edited', 2],
    ['a removed row', 'delete from tamma_event where position = 3', 'removed', 3],
    [
      'rows in another order',
      'update tamma_event set position = -position; update tamma_event set position = case position when -2 then 3 when -3 then 2 else -position end',
      'edited',
      2,
    ],
    ['a removed end', 'delete from tamma_event where position = 5', 'tail', 5],
    [
      'a head that was set back',
      'update tamma_head set position = 4, hash = (select hash from tamma_event where position = 4)',
      'tail',
      5,
    ],
    ['a text that is no event', `update tamma_event set body = '{"a":1}' where position = 2`, 'schema', 2],
    [
      'spaces in a text',
      `update tamma_event set body = replace(body::text, '"because"', ' "because"')::json where position = 2`,
      'invalid-line',
      2,
    ],
    ['another type in the index', "update tamma_event set type = 'X.Y' where position = 4", 'index', 4],
    ['a missing tag', "delete from tamma_event_tag where tag = 'issueId=2'", 'index', 4],
    [
      'a tag too many',
      "update tamma_event_tag set positions = positions || 5::bigint where tag = 'issueId=2'",
      'index',
      null,
    ],
  ])('is told by the place of the first bad row: %s', async (_name, sql, kind, position) => {
    await damage(sql);
    const { ok, problems } = await store.verify();
    expect({ ok, first: problems[0] }).toMatchObject({ ok: false, first: { kind, position } });
  });

  it('is not read past the damage, and what is whole is', async () => {
    await damage('delete from tamma_event where position = 3');
    await expect(readAll(store)).rejects.toMatchObject({ code: 'LOG_CORRUPT', details: { position: 3 } });
    await expect(readAll(store, undefined, { backwards: true })).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      details: { position: 3 },
    });
    expect(await readAll(store, undefined, { after: 3 })).toHaveLength(2);
    expect(await readAll(store, { items: [{ tags: { issueId: '2' } }] })).toHaveLength(1);
    await damage(
      "update tamma_event set body = replace(body::text, 'because', 'why')::json where position = 4",
    );
    await expect(readAll(store, { items: [{ tags: { issueId: '2' } }] })).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
    });
    await damage('delete from tamma_event where position = 5');
    await expect(readAll(store, undefined, { after: 4 })).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      details: { position: 5 },
    });
  });

  it('cannot be written anew without the key that signed its heads', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const checkSignature = createSignatureCheck([toPublicKey(pem, 'key').publicKey]);
    const signing = open({ sign: createHeadSigner(pem, 'key'), checkSignature });
    try {
      expect(await signing.verify()).toMatchObject({ ok: false, problems: [{ kind: 'signature' }] });
      await signing.append([createEventMaker().claim('3')]);
      expect(await signing.verify()).toMatchObject({ ok: true, events: 6 });
      await store.append([createEventMaker().claim('4')]);
      expect(await signing.verify()).toMatchObject({
        ok: false,
        problems: [{ kind: 'signature', position: 7 }, {}],
      });
      await damage("update tamma_signature set signature = 'AAAA' || substr(signature, 5)");
      expect(await signing.verify()).toMatchObject({
        ok: false,
        problems: expect.arrayContaining([expect.objectContaining({ kind: 'signature', position: 6 })]),
      });
    } finally {
      await damage('delete from tamma_signature');
      await signing.close();
    }
  });
});
