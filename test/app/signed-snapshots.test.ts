import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createProjections } from '../../src/app/projections.ts';
import { withSignedSnapshots } from '../../src/app/signed-snapshots.ts';
import { createHeadSigner, createSignatureCheck, toPublicKey } from '../../src/core/events/head-signature.ts';
import { activityProjection } from '../../src/core/projections/activity.ts';
import { sealState } from '../../src/core/projections/seal.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createEventMaker } from '../support/new-events.ts';

const toPem = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const pem = toPem();
const signing = {
  sign: createHeadSigner(pem, 'KEY'),
  checkSignature: createSignatureCheck([toPublicKey(pem, 'KEY').publicKey]),
};
const { checkSignature } = signing;

async function begin() {
  const store = createMemoryStore();
  const make = createEventMaker();
  for (let number = 0; number < 3; number += 1) await store.append([make.skip('1')]);
  const forged = activityProjection.create();
  forged.costs.set('2026-11-20', -1000);
  const head = await store.head();
  const sealed = sealState(activityProjection, forged, head);
  const costs = async (signed: Parameters<typeof withSignedSnapshots>[1]) =>
    (await createProjections({ store: withSignedSnapshots(store, signed), onLost: () => {} }).activity())
      .costs;
  return { store, sealed, costs };
}

test('a snapshot that somebody put beside a signed log is no answer', async () => {
  const { store, sealed, costs } = await begin();
  await store.snapshots.save(sealed);
  expect(await costs({})).toEqual(new Map([['2026-11-20', -1000]]));
  expect(await costs({ checkSignature })).toEqual(new Map());
  const other = { sign: createHeadSigner(toPem(), 'OTHER') };
  await withSignedSnapshots(store, other).snapshots.save(sealed);
  expect(await costs({ checkSignature })).toEqual(new Map());
});

test('a snapshot that was signed counts as it was, and for nothing else', async () => {
  const { store, sealed, costs } = await begin();
  await withSignedSnapshots(store, signing).snapshots.save(sealed);
  expect(await costs({ checkSignature })).toEqual(new Map([['2026-11-20', -1000]]));
  const kept = await store.snapshots.load('activity');
  const text = JSON.stringify(activityProjection.toJson(activityProjection.create()));
  if (kept) await store.snapshots.save({ ...kept, state: { ...(kept.state as object), text } });
  expect(await costs({ checkSignature })).toEqual(new Map());
});

test('who cannot sign leaves the signed snapshots of others alone', async () => {
  const { store, sealed } = await begin();
  await withSignedSnapshots(store, signing).snapshots.save(sealed);
  const before = await store.snapshots.load('activity');
  await withSignedSnapshots(store, { checkSignature }).snapshots.save({ ...sealed, position: 9 });
  expect(await store.snapshots.load('activity')).toEqual(before);
});

test('who signs a snapshot has checked every line that is in it', async () => {
  const { store } = await begin();
  const asked: unknown[] = [];
  const watched: typeof store = {
    ...store,
    read(query, options) {
      asked.push(options?.unchecked);
      return store.read(query, options);
    },
  };
  for (const signed of [signing, { checkSignature }])
    for await (const event of withSignedSnapshots(watched, signed).read(undefined, { unchecked: true }))
      void event;
  expect(asked).toEqual([false, true]);
});
