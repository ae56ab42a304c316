import { z } from 'zod';
import type { LoggedEvent } from '../../core/events/event.ts';
import { toIndexPath, toJsonFile } from './layout.ts';

/**
 * Which batches hold events of one issue: `[name, events in the batch]`, in order. A cache beside the log, so that
 * reading one issue does not read the whole log.
 */
const indexFile = z.strictObject({
  v: z.literal(1),
  issue: z.string(),
  closed: z.boolean(),
  batches: z.array(z.tuple([z.string(), z.int().min(1)])),
});
export type IssueIndex = z.infer<typeof indexFile>;

export function parseIssueIndex(content: Buffer, issue: string): IssueIndex | undefined {
  try {
    const index = indexFile.safeParse(JSON.parse(content.toString())).data;
    return index?.issue === issue ? index : undefined;
  } catch {
    return undefined;
  }
}

/** The index with one batch more, whatever there was before. */
export function addToIndex(
  before: IssueIndex | undefined,
  issue: string,
  batch: { name: string; events: readonly LoggedEvent[] },
): IssueIndex {
  return {
    v: 1,
    issue,
    closed: batch.events.some((event) => event.tags.issueId === issue && isEnd(event)),
    batches: [...(before?.batches ?? []), [batch.name, batch.events.length]],
  };
}

/** An issue is filed under `closed` while its newest batch says that its loop is over. */
function isEnd({ type }: LoggedEvent): boolean {
  return type === 'WORKFLOW.COMPLETED' || type === 'WORKFLOW.CANCELLED';
}

export function issuesOf(events: readonly { tags: { issueId?: string } }[]): string[] {
  return [...new Set(events.flatMap(({ tags }) => (tags.issueId === undefined ? [] : [tags.issueId])))];
}

/** Adds a batch to all indexes it concerns: the index of a whole log is the fold of its batches. */
export function indexBatch(
  indexes: Map<string, IssueIndex>,
  batch: { name: string; events: readonly LoggedEvent[] },
): void {
  for (const issue of issuesOf(batch.events))
    indexes.set(issue, addToIndex(indexes.get(issue), issue, batch));
}

/** Path under `state/` and content of each index. */
export function toIndexFiles(indexes: Iterable<IssueIndex>): Map<string, string> {
  const files = new Map<string, string>();
  for (const index of indexes) files.set(toIndexPath(index.issue, index.closed), toJsonFile(index));
  return files;
}
