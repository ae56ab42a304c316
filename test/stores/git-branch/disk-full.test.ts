import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { createGitRepository } from '../../support/git-repository.ts';
import { createEventMaker, createTickingClock } from '../../support/new-events.ts';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'tamma-small-'));
// A small disk of our own needs the right to mount one: root, and no container that forbids it.
const isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).then(
  () => true,
  () => false,
);
if (!isMounted) await rm(folder, { recursive: true, force: true });

describe.runIf(isMounted)('a disk that is full', () => {
  it('stops an append with LOG_DISK_FULL, loses nothing, and does no harm once there is room again', async () => {
    const { gitDirectory } = await createGitRepository({ directory: join(folder, 'r.git'), bare: true });
    const store = createGitBranchStore({ gitDirectory, clock: createTickingClock() });
    const make = createEventMaker();
    try {
      await store.append([make.claim('1')]);
      const before = await store.head();
      await writeFile(join(folder, 'filler'), Buffer.alloc(4_000_000)).catch(() => undefined);
      const batch = Array.from({ length: 50 }, () => make.skip('1'));
      await expect(store.append(batch)).rejects.toMatchObject({ code: 'LOG_DISK_FULL', retryable: true });
      expect(await store.head()).toEqual(before);
      expect(await store.verify()).toMatchObject({ ok: true, events: 1 });
      await rm(join(folder, 'filler'));
      expect(await store.append(batch)).toMatchObject({ firstPosition: 2, lastPosition: 51 });
      expect(await store.verify()).toMatchObject({ ok: true, events: 51 });
    } finally {
      await store.close();
      await run('umount', ['-l', folder]);
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.runIf(!isMounted)('a disk that is full', () => {
  it('was not tried: this machine does not let us mount a small one', () => {
    expect(isMounted).toBe(false);
  });
});
