import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFaultHome, type FaultHome, type FaultRun } from '../../support/log-faults.ts';

/** A sample of the campaign `node bench/log-faults.ts`, which steps through every byte range and write. */
const sample: FaultRun[] = [
  { transport: 'wire', effect: 'cut', direction: 'up', at: 1200 },
  { transport: 'wire', effect: 'cut', direction: 'up', at: 2900 },
  { transport: 'wire', effect: 'cut', direction: 'down', at: 400 },
  { transport: 'git', effect: 'cut', direction: 'down', at: 5400 },
  { transport: 'wire', effect: 'kill-at-byte', direction: 'down', at: 500 },
  { transport: 'git', effect: 'kill-at-write', direction: 'up', at: 30 },
  { transport: 'local', effect: 'kill-at-write', direction: 'up', at: 9 },
  { transport: 'wire', effect: 'kill-server', direction: 'up', at: 80 },
];

describe('after a fault the next run leaves every event in the log once, and the log verifies', () => {
  let home: FaultHome;
  beforeAll(async () => {
    home = await createFaultHome();
  });
  afterAll(() => home.close());

  test.each(sample)('$transport: $effect $direction at $at', async (fault) => {
    expect((await home.run(fault)).wrong).toEqual([]);
  });

  test('git finds no fault with what is there', async () => {
    expect(await home.check()).toBe('');
  });
});
