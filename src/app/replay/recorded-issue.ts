import { TammaError } from '../../core/errors.ts';
import { isOfType, type KnownEvent, type LoggedEvent } from '../../core/events/event.ts';
import type { Issue, IssueChange } from '../../ports/platform/issues.ts';
import type { Platform } from '../../ports/platform.ts';
import { listPrompts, type Session } from './session.ts';

/** What a forge was told while the loop ran: without it there is nobody to tell, and nothing rests on it. */
export const TOLD_ON_FORGE: readonly string[] = [
  'COMMENT.PUBLISHED.SUCCESS',
  'ISSUE.LABELED.SUCCESS',
  'ISSUE.ASSIGNED.SUCCESS',
];

/** Of a plain git log the issue is a file of the base; of every other, something behind an address. */
export function findForgeIssue(events: readonly LoggedEvent[]): KnownEvent<'ISSUE.SELECTED'> | undefined {
  const selected = events.find((event) => isOfType(event, 'ISSUE.SELECTED'));
  const isForge =
    selected && isOfType(selected, 'ISSUE.SELECTED') && /^https?:/.test(selected.data.url ?? '');
  return isForge ? selected : undefined;
}

/** The quotation of the issue in a prompt, as `agent/prompts` writes it: title, body, and what writers had added. */
const QUOTED = /<untrusted [^>]*source="issue"[^>]*>\nTitle: ([^\n]*)\n?([\s\S]*?)\n<\/untrusted>/;

/** The issue as the models were shown it. Throws USAGE where the session does not quote it. */
export function readIssueText(session: Session): { title: string; body: string } {
  for (const prompt of listPrompts(session)) {
    const [, title, body] = QUOTED.exec(prompt) ?? [];
    if (title !== undefined && body !== undefined)
      return { title: unquote(title), body: unquote(body).trim() };
  }
  throw new TammaError(
    'USAGE',
    'the session does not show the text of the issue, and the log does not hold it',
  );
}

function unquote(text: string): string {
  return text.replaceAll('&lt;', '<');
}

/** One comment a marker: what Tamma itself has said, which is no input. */
function keepComment({ comments, updatedAt }: Issue, { marker, body }: { marker: string; body: string }) {
  const author = { kind: 'system' as const, id: 'tamma', login: 'tamma' };
  const said = { id: marker, author, createdAt: updatedAt, editedAt: null, body, marker };
  return [...comments.filter((comment) => comment.marker !== marker), said];
}

/** The platform with this one issue in memory, which takes whatever is written to it. */
export function withRecordedIssue(
  platform: Platform,
  { data, timestamp }: KnownEvent<'ISSUE.SELECTED'>,
  text: { title: string; body: string },
): Platform {
  let issue: Issue = {
    ...{ number: data.number, ...text, labels: data.labels, url: data.url ?? '' },
    ...{ state: 'open', assignees: [], author: '', priority: null, comments: [] },
    ...{ createdAt: timestamp, updatedAt: timestamp },
  };
  const update = (change: IssueChange): Issue => {
    const { addLabels = [], removeLabels = [], close, comment } = change;
    const kept = issue.labels.filter((label) => !removeLabels.includes(label));
    issue = {
      ...issue,
      labels: [...new Set([...kept, ...addLabels])],
      state: close ? 'closed' : issue.state,
    };
    if (comment) issue = { ...issue, comments: keepComment(issue, comment) };
    return issue;
  };
  return {
    ...platform,
    capabilities: { ...platform.capabilities, issueWrites: 'api', reactions: true },
    issues: {
      list: () => Promise.resolve([issue]),
      get: () => Promise.resolve(issue),
      update: (_, change) => Promise.resolve(update(change)),
      ensure: () => Promise.resolve(issue),
    },
  };
}
