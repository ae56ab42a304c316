import { readEvents } from '../../../src/app/read-state.ts';
import type { EventData, EventType } from '../../../src/core/events/catalogue.ts';
import { isOfType, type LoggedEvent } from '../../../src/core/events/event.ts';
import { foldEvents, type LoopState } from '../../../src/core/state.ts';
import { createSystemClock } from '../../../src/hosts/system-clock.ts';
import { gitText } from '../../../src/lib/git.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import type { SampleProject } from './sample-project.ts';

async function withStore<T>({ home }: SampleProject, use: (store: EventStore) => Promise<T>): Promise<T> {
  const store = createGitBranchStore({ gitDirectory: home, clock: createSystemClock() });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The log as it stands in the repository, of one issue or of all. */
export function readLog(project: SampleProject, issue?: number): Promise<LoggedEvent[]> {
  const query = issue === undefined ? { items: [] } : { items: [{ tags: { issueId: String(issue) } }] };
  return withStore(project, (store) => readEvents(store, query));
}

export function verifyLog(project: SampleProject) {
  return withStore(project, (store) => store.verify());
}

/** The state of an issue from its log alone. */
export async function readLoopState(project: SampleProject, issue = 1): Promise<LoopState> {
  return foldEvents(await readLog(project, issue));
}

/** The data of all events of one type, in order. */
export function dataOf<T extends EventType>(events: readonly LoggedEvent[], type: T): EventData[T][] {
  return events.flatMap((event) => (isOfType(event, type) ? [event.data as EventData[T]] : []));
}

export type MergeFacts = {
  /** Commits of `main` that brought the project's change. */
  mergeCommits: string[];
  /** What `main` holds outside of `.tamma`. */
  tree: string;
  issueFile: string;
  /** Branches of Tamma's that are still there. */
  branches: string[];
  pullDocuments: number;
  closingComments: number;
};

/** What became of an issue, read with plain git. */
export async function readMergeFacts({ home }: SampleProject, issue = 1): Promise<MergeFacts> {
  const git = (...args: string[]) => gitText(args, { gitDirectory: home });
  const issueFile = await git('cat-file', 'blob', `main:.tamma/issues/${issue}.md`);
  const lines = (text: string) => text.split('\n').filter((line) => line !== '');
  const listed = lines(await git('ls-tree', '-r', 'main'));
  return {
    mergeCommits: lines(await git('log', '--format=%H', '--first-parent', 'main', '--', 'src')).slice(0, -1),
    tree: listed.filter((line) => !line.includes('\t.tamma/')).join('\n'),
    issueFile,
    branches: lines(await git('for-each-ref', '--format=%(refname:short)', `refs/heads/tamma/${issue}-*`)),
    pullDocuments: count(issueFile, /^mergeSha:/gm),
    closingComments: count(issueFile, /^### ✓ Tamma · done: merged$/gm),
  };
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
