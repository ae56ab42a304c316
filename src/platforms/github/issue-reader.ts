import { TammaError } from '../../core/errors.ts';
import type { Clock } from '../../ports/host.ts';
import { issue, type RawComment, type RawIssue } from './answers.ts';
import { type CommentReader, listComments } from './comments.ts';
import { refusedWith } from './failure.ts';
import type { Api } from './request.ts';
import type { Self } from './self.ts';

/** What the issue port works with. */
export type IssueDesk = {
  api: Api;
  self: () => Promise<Self>;
  readComments: CommentReader;
  /** As this process has read or written them last: enough to tell what to write, never what to decide. */
  seen: Map<number, SeenIssue>;
  clock: Clock;
};

export type SeenIssue = { raw: RawIssue; comments: readonly RawComment[]; at: number };

/** What people did in the meantime is not seen: what a long step read at its beginning is read again at its end. */
const FRESH_MS = 60_000;

export function findFresh({ seen, clock }: IssueDesk, number: number): SeenIssue | undefined {
  const known = seen.get(number);
  return known && clock.now().getTime() - known.at < FRESH_MS ? known : undefined;
}

/** Throws ISSUE_NOT_FOUND, also for an issue that was deleted or moved away. */
export async function readIssue({ api, seen, clock }: IssueDesk, number: number): Promise<SeenIssue> {
  const at = clock.now().getTime();
  const raw = await getIssue(api, number);
  const read = { raw, comments: raw.comments > 0 ? await listComments(api, number) : [], at };
  seen.set(number, read);
  return read;
}

export async function getIssue(api: Api, number: number): Promise<RawIssue> {
  try {
    return await api.get(issue, 'GET /repos/{owner}/{repo}/issues/{issue_number}', { issue_number: number });
  } catch (error) {
    if (![404, 410].includes(refusedWith(error) ?? 0)) throw error;
    throw new TammaError('ISSUE_NOT_FOUND', `${api.owner}/${api.repo} has no issue #${number}`, {
      cause: error,
    });
  }
}

/** GitHub takes `Bug` and `bug` for the same label. */
export function hasLabel(labels: readonly string[], label: string): boolean {
  return labels.some((known) => known.toLowerCase() === label.trim().toLowerCase());
}
