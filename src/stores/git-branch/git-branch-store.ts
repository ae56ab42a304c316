import { checkBatch } from '../../core/events/batch.ts';
import type { LoggedEvent, NewEvent } from '../../core/events/event.ts';
import type { CheckSignature, SignHead } from '../../core/events/head-signature.ts';
import type { BranchApi } from '../../ports/branch-api.ts';
import type {
  AppendCondition,
  AppendResult,
  EventQuery,
  EventStore,
  ReadOptions,
} from '../../ports/event-store.ts';
import type { Clock } from '../../ports/host.ts';
import type { ArchiveFiles } from '../../ports/log-archive.ts';
import { withParts } from '../archive/verify-parts.ts';
import { appendEvents } from './append.ts';
import { createLogArchive } from './archive.ts';
import { listArchivedAt } from './archived.ts';
import { createBranchObjects } from './branch-objects.ts';
import { createBranchSnapshots } from './branch-snapshots.ts';
import { chooseBackend, type Transport } from './choose-backend.ts';
import { followLog } from './follow-log.ts';
import { importLines } from './import-lines.ts';
import type { LogBackend } from './log-backend.ts';
import { createLogView } from './log-view.ts';
import { readEvents } from './read-events.ts';
import type { Remote } from './remote.ts';
import { createRetry } from './retry.ts';
import { verifyLog } from './verify.ts';

export type GitBranchStoreOptions = {
  /** The git directory whose object database is used; without a remote the branch is a ref of it. */
  gitDirectory: string;
  /** Where the branch lives, if not in `gitDirectory` itself. */
  remote?: Remote;
  /** How it is reached there. Default `auto`: without a process over http and https, through git for all else. */
  transport?: Transport;
  /** The platform's, for `transport: api`. */
  api?: BranchApi | undefined;
  /** Told once, where git takes over from the wire. */
  onFallback?: (reason: string) => void;
  /** Default `tamma-events`. */
  branch?: string;
  clock: Clock;
  /** Author of the commits. */
  identity?: { name: string; email: string };
  /** Where months are that were moved elsewhere, for who reads them or checks them. */
  archive?: ArchiveFiles | undefined;
  /** Signs the heads that this store writes. */
  sign?: SignHead | undefined;
  /** Signatures are asked for when the log is verified. */
  checkSignature?: CheckSignature | undefined;
  /** How long an append may fight for its place before it throws LOG_UNREACHABLE. Default one minute. */
  budgetMs?: number;
  /** How often `subscribe` looks for what others wrote. */
  pollMs?: number;
  /** Numbers from 0 to 1 that spread the waits of racing writers. */
  random?: () => number;
};

/** A read gives up sooner than an append: nothing is lost by it. */
const READ_BUDGET_MS = 5_000;

/** A remote head this young is good enough to begin an append with: publishing compares it anyway. A local one is cheap to read. */
const YOUNG_MS = 500;

/** The longest a writer stays away after losing races: many times what one append takes there. */
const LOCAL_WAIT_MS = 500;
const REMOTE_WAIT_MS = 4_000;

const LOCAL_POLL_MS = 250;
const REMOTE_POLL_MS = 5_000;

/** The log on a branch of its own: an orphan, linear, in no work tree and no index, moved by compare-and-swap only. */
export function createGitBranchStore(options: GitBranchStoreOptions): EventStore {
  return createStoreOn(chooseBackend({ branch: 'tamma-events', ...options }), options);
}

/** The same on a backend that is there already. */
export function createStoreOn(
  backend: LogBackend,
  options: Omit<GitBranchStoreOptions, 'gitDirectory' | 'api' | 'onFallback' | 'branch'>,
): EventStore {
  const { remote, clock, sign, checkSignature, budgetMs = 60_000, random = Math.random } = options;
  const objects = createBranchObjects(backend, options.archive);
  const identity = options.identity ?? { name: 'Tamma', email: 'tamma@localhost' };
  const log = createLogView({ backend, objects, youngMs: remote ? YOUNG_MS : 0 });
  const pace = { longestMs: remote ? REMOTE_WAIT_MS : LOCAL_WAIT_MS, random };
  const patience = () => createRetry({ ...pace, budgetMs: Math.min(budgetMs, READ_BUDGET_MS) });
  const look = (asSeen = false) => log.look({ fresh: asSeen ? 'seen' : true, retry: patience() });
  const snapshots = createBranchSnapshots(objects, () => look(true));
  const pollMs = options.pollMs ?? (remote ? REMOTE_POLL_MS : LOCAL_POLL_MS);

  return {
    kind: 'git',
    place: backend.place,
    head: async ({ asSeen } = {}) => (await look(asSeen)).head,
    async *read(query: EventQuery = { items: [] }, range: ReadOptions = {}): AsyncGenerator<LoggedEvent> {
      yield* readEvents(objects, await look(range.asSeen), query, range);
    },
    append(events: readonly NewEvent[], condition?: AppendCondition): Promise<AppendResult> {
      return log.change(async (look) => {
        checkBatch(events);
        const retry = createRetry({ ...pace, budgetMs });
        const files = snapshots.toWrite();
        const context = { backend, objects, look, clock, identity, retry, sign, files, parked: log.parked };
        const done = await appendEvents(context, events, condition);
        if (done.result.status === 'appended') snapshots.settle(files);
        return done;
      });
    },
    importLines: (lines) =>
      log.change((look) => {
        const retry = createRetry({ ...pace, budgetMs });
        const alone = options.transport === 'api';
        return importLines(
          { backend, objects, look, clock, identity, retry, sign, files: new Map(), alone },
          lines,
        );
      }),
    subscribe: (wanted) => followLog({ look, objects, pollMs }, wanted),
    verify: (wanted = {}) =>
      log.verify(patience(), async (commit) =>
        withParts(
          await verifyLog({ backend, commit, options: wanted, check: checkSignature }),
          options.archive,
          () => listArchivedAt(objects, commit, backend.place),
        ),
      ),
    archive: createLogArchive({ backend, objects, clock, identity, sign, log, patience }),
    snapshots: snapshots.store,
    close: () => Promise.resolve(backend.close()),
  };
}
