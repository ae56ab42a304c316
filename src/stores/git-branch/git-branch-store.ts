import { checkBatch } from '../../core/events/batch.ts';
import type { LoggedEvent, NewEvent } from '../../core/events/event.ts';
import type {
  AppendCondition,
  AppendResult,
  EventQuery,
  EventStore,
  ReadOptions,
} from '../../ports/event-store.ts';
import type { Clock } from '../../ports/host.ts';
import { appendEvents } from './append.ts';
import { createLocalBackend } from './local-backend.ts';
import { createLogView } from './log-view.ts';
import { readEvents } from './read-events.ts';
import { createRemoteBackend, type Remote } from './remote-backend.ts';
import { createRetry } from './retry.ts';

export type GitBranchStoreOptions = {
  /** The git directory whose object database is used; without a remote the branch is a ref of it. */
  gitDirectory: string;
  /** Where the branch lives, if not in `gitDirectory` itself. */
  remote?: Remote;
  /** Default `tamma-events`. */
  branch?: string;
  clock: Clock;
  /** Author of the commits. */
  identity?: { name: string; email: string };
  /** How long an append may fight for its place before it throws LOG_UNREACHABLE. Default one minute. */
  budgetMs?: number;
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

/** The log on a branch of its own: an orphan, linear, in no work tree and no index, moved by compare-and-swap only. */
export function createGitBranchStore(options: GitBranchStoreOptions): EventStore {
  const {
    gitDirectory,
    remote,
    branch = 'tamma-events',
    clock,
    budgetMs = 60_000,
    random = Math.random,
  } = options;
  const backend = remote
    ? createRemoteBackend({ gitDirectory, branch, remote })
    : createLocalBackend({ gitDirectory, branch });
  const identity = options.identity ?? { name: 'Tamma', email: 'tamma@localhost' };
  const log = createLogView(backend, remote ? YOUNG_MS : 0);
  const pace = { longestMs: remote ? REMOTE_WAIT_MS : LOCAL_WAIT_MS, random };
  const patience = () => createRetry({ ...pace, budgetMs: Math.min(budgetMs, READ_BUDGET_MS) });

  return {
    kind: 'git',
    place: backend.place,
    async head({ asSeen = false } = {}) {
      return (await log.look({ fresh: asSeen ? 'seen' : true, retry: patience() })).head;
    },
    async *read(query: EventQuery = { items: [] }, range: ReadOptions = {}): AsyncGenerator<LoggedEvent> {
      const fresh = range.asSeen ? 'seen' : true;
      yield* readEvents(backend, await log.look({ fresh, retry: patience() }), query, range);
    },
    append(events: readonly NewEvent[], condition?: AppendCondition): Promise<AppendResult> {
      return log.change(async (look) => {
        checkBatch(events);
        const retry = createRetry({ ...pace, budgetMs });
        return await appendEvents({ backend, look, clock, identity, retry }, events, condition);
      });
    },
    verify: ({ anchor } = {}) => log.verify(patience(), anchor),
    close: () => Promise.resolve(backend.close()),
  };
}
