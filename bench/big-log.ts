import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { GENESIS, linkEvents } from '../src/core/events/chain.ts';
import { gitText } from '../src/lib/git.ts';
import { encodePack, type NewObject } from '../src/lib/git-object-format.ts';
import type { GitObject } from '../src/lib/git-object-reader.ts';
import { createBranchObjects } from '../src/stores/git-branch/branch-objects.ts';
import { buildAppend } from '../src/stores/git-branch/build-append.ts';
import { EMPTY, type Tip } from '../src/stores/git-branch/tip.ts';
import { makeBatches } from './log-events.ts';

const REF = 'refs/heads/tamma-events';
const identity = { name: 'Tamma', email: 'tamma@localhost' };
/** Trees that an append may look at again. */
const RECENT = 20_000;
const OBJECTS_PER_PACK = 50_000;

/**
 * A log of this length in a new bare repository, commit by commit as the store itself would have written it, in packs
 * without a process for each append. Some 4,000 events a second.
 */
export async function createBigLog(gitDirectory: string, events: number): Promise<Tip> {
  await gitText(['init', '--quiet', '--bare', '--initial-branch=main', '--end-of-options', gitDirectory]);
  for (const name of ['uploadpack.allowFilter', 'http.receivepack'])
    await gitText(['config', name, 'true'], { gitDirectory });
  const memory = createMemory();
  const objects = createBranchObjects(memory);
  const waiting = createPackWriter(gitDirectory);
  let tip = EMPTY;
  let count = 0;
  for (const { now, events: batch } of makeBatches(events)) {
    const appendId = createHash('sha256').update(`append ${count}`).digest('hex').slice(0, 36);
    count += 1;
    const linked = linkEvents(batch, tip.commit === null ? GENESIS : tip.head);
    const plan = { objects, tip, batches: [linked], now, appendId, identity, format: 'sha1' as const };
    const built = await buildAppend({ ...plan, newId: () => '01990000-0000-7000-8000-000000000000' });
    memory.add(built.move.objects);
    await waiting.add(built.move.objects);
    tip = built.tip;
  }
  await waiting.flush();
  if (tip.commit) await gitText(['update-ref', REF, tip.commit], { gitDirectory });
  return tip;
}

/** Files that an append looks at again after a long time: lists, and format.json. Batches and heads it never reads. */
function isList({ type, content }: NewObject): boolean {
  return type === 'blob' && !/^\{"(?:data|folder)":/.test(content.subarray(0, 12).toString('latin1'));
}

function createMemory() {
  const recent = new Map<string, GitObject>();
  const lists = new Map<string, GitObject>();
  return {
    add(objects: readonly NewObject[]): void {
      for (const object of objects) {
        if (isList(object)) lists.set(object.id, object);
        if (object.type === 'blob') continue;
        recent.delete(object.id);
        recent.set(object.id, object);
      }
      for (const id of recent.keys()) {
        if (recent.size <= RECENT) return;
        recent.delete(id);
      }
    },
    read(ids: readonly string[]): Promise<Map<string, GitObject>> {
      const found = new Map<string, GitObject>();
      for (const id of ids) {
        const object = recent.get(id) ?? lists.get(id);
        if (object) found.set(id, object);
      }
      return Promise.resolve(found);
    },
  };
}

function createPackWriter(gitDirectory: string) {
  let batch = new Map<string, NewObject>();
  let writing: Promise<void> = Promise.resolve();

  async function write(objects: readonly NewObject[]): Promise<void> {
    const child = spawn('git', ['index-pack', '--stdin'], {
      env: { PATH: process.env.PATH, GIT_DIR: gitDirectory },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(encodePack(objects, 'sha1'));
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`git index-pack ended with ${code}`);
  }

  async function flush(): Promise<void> {
    await writing;
    const full = [...batch.values()];
    batch = new Map();
    if (full.length > 0) writing = write(full);
    await writing;
  }

  return {
    flush,
    async add(objects: readonly NewObject[]): Promise<void> {
      for (const object of objects) batch.set(object.id, object);
      if (batch.size < OBJECTS_PER_PACK) return;
      await writing;
      const full = [...batch.values()];
      batch = new Map();
      writing = write(full);
    },
  };
}
