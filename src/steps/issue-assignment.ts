import { createDraft } from '../core/events/event.ts';
import type { Step } from '../ports/step.ts';
import { readIssueText } from './issue-text.ts';

/** Takes the issue: it is assigned and marked as active, so that people see who works on it. */
export const assignIssue: Step = async (context) => {
  const issue = await context.issue();
  const { title, digest } = await readIssueText(context);
  const selected = createDraft('ISSUE.SELECTED', {
    number: issue.number,
    title: title.slice(0, 500),
    ...(issue.url ? { url: issue.url } : {}),
    labels: [...issue.labels],
    issueDigest: digest,
    selectedBy: 'given',
  });
  return {
    status: 'completed',
    summary: `issue #${issue.number} “${title}”`.slice(0, 500),
    events: [selected],
    intents: [
      {
        kind: 'issue',
        number: issue.number,
        assign: 'self',
        addLabels: ['tamma:active'],
        removeLabels: ['tamma:done', 'needs-human-review'],
      },
    ],
  };
};
