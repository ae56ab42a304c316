import type { Intent, IntentOf } from '../core/intents.ts';

/** What would be published, for `--dry-run`: one line an effect, texts indented below. */
export function describeIntents(intents: readonly Intent[]): string {
  if (intents.length === 0) return 'nothing would be published';
  return intents.map(describeIntent).join('\n');
}

function describeIntent(intent: Intent): string {
  switch (intent.kind) {
    case 'issue':
      return describeIssue(intent);
    case 'create-issue':
      return withText(`open issue “${intent.title}”${describeLabels(intent.labels)}`, intent.body);
    case 'branch':
      return describeBranch(intent);
    case 'delete-branch':
      return `delete branch ${intent.name} at ${short(intent.expected)}`;
    case 'pull-request': {
      const { branch, base, draft, title, labels } = intent;
      const kind = draft ? 'draft pull request' : 'pull request';
      return withText(
        `${kind} from ${branch} into ${base}: “${title}”${describeLabels(labels)}`,
        intent.body,
      );
    }
    case 'withdraw-merge':
      return `take pull request ${intent.pull} out of auto-merge and the merge queue`;
    case 'dispatch':
      return `start workflow ${intent.workflow} on ${intent.ref} (${intent.purpose})`;
    case 'resolve-thread':
      return withText(`answer and resolve a thread of pull request ${intent.pull}`, intent.body);
    case 'merge': {
      const { pull, expectedHead, base, method, title } = intent;
      return withText(
        `merge pull request ${pull} at ${short(expectedHead)} into ${base} by ${method}: “${title}”`,
        intent.body,
      );
    }
  }
}

function describeIssue({
  number,
  assign,
  addLabels = [],
  removeLabels = [],
  comment,
  close,
}: IntentOf<'issue'>): string {
  const lines = [
    ...(assign ? [`assign issue #${number} to Tamma`] : []),
    ...(addLabels.length > 0 ? [`label issue #${number}: ${addLabels.join(', ')}`] : []),
    ...(removeLabels.length > 0 ? [`take labels off issue #${number}: ${removeLabels.join(', ')}`] : []),
    ...(comment ? [withText(`comment “${comment.marker}” on #${number}`, comment.body)] : []),
    ...(close ? [`close issue #${number}: ${close.reason}`] : []),
  ];
  return lines.join('\n') || `nothing on issue #${number}`;
}

function describeBranch({ name, head, expected, commits }: IntentOf<'branch'>): string {
  const move =
    expected === null
      ? `create branch ${name} at ${short(head)}`
      : `move branch ${name} from ${short(expected)} to ${short(head)}`;
  return [move, ...commits.map(({ sha, message }) => `    ${short(sha)} ${message}`)].join('\n');
}

function describeLabels(labels: readonly string[]): string {
  return labels.length > 0 ? ` [${labels.join(', ')}]` : '';
}

function withText(heading: string, text: string): string {
  const lines = text.trim() === '' ? [] : text.trim().split('\n');
  return [heading, ...lines.map((line) => `    ${line}`.trimEnd())].join('\n');
}

function short(sha: string): string {
  return sha.slice(0, 12);
}
