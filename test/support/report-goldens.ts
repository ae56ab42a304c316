import { needOf } from '../../src/app/cli/step-result.ts';
import { neutraliseMarkdown } from '../../src/core/text/neutralise.ts';
import { createPalette } from '../../src/lib/palette.ts';
import { renderDashboard } from '../../src/report/dashboard.ts';
import { renderPullRequestBody } from '../../src/report/pull-request.ts';
import { renderStatus } from '../../src/report/status.ts';
import { renderStepSummary } from '../../src/report/step-summary.ts';
import { renderPullComment, renderStickyComment } from '../../src/report/sticky-comment.ts';
import { type StoryName, storyNames, tell } from './report-states.ts';

const issue = 42;
const asComment = { issue, commandPrefix: '/tamma' } as const;
const palette = createPalette(false);

/** As it is published: every body goes through the neutraliser once more. */
export function publish(markdown: string): string {
  return neutraliseMarkdown(markdown, { ownIssue: issue, allowedHosts: ['github.com'], isTemplate: true });
}

function summarise(name: StoryName): string {
  const { state, log } = tell(name);
  const started = log.events.findLast(({ type }) => type === 'WORKFLOW.STEP_STARTED');
  if (!started) throw new Error('a story has a run');
  const { stepId, run, because } = started.data as { stepId: 'DESIGN'; run: number; because: string };
  const restedOn = log.events
    .filter(({ position }) => position < started.position)
    .slice(-1)
    .map(({ position, type }) => ({ position, type }));
  return renderStepSummary(state, {
    ...asComment,
    decided: [
      { decision: { kind: 'run', stepId, run, because }, summary: state.steps[stepId].summary, restedOn },
    ],
    events: log.events,
    head: { position: state.position, hash: 'c0ffee42'.repeat(8) },
  });
}

function board(): string {
  const numbers: Partial<Record<StoryName, number>> = {
    escalated: 37,
    'plan-waiting': 39,
    'ci-needs-approval': 40,
    'attempts-failed': 41,
    'merged-and-deployed': 36,
  };
  const loops = storyNames.flatMap((name) => {
    const number = numbers[name];
    const { state } = tell(name);
    if (number === undefined || !state.issue) return [];
    const url = state.issue.url.replace('42', String(number));
    const own = JSON.parse(
      JSON.stringify(state).replaceAll('--issue 42', `--issue ${number}`),
    ) as typeof state;
    return [{ issue: number, state: { ...own, issue: { ...state.issue, number, url } } }];
  });
  return renderDashboard({
    loops,
    queue: [43, 44],
    held: [
      { issue: 45, title: 'Write files with a separator of one’s own', because: 'blocked by #44' },
      { issue: 46, title: 'Read gzip', because: 'its label was set by somebody without write access' },
    ],
    spent: { day: 1.34, month: 12.8 },
    limits: { perDayUsd: 50, perMonthUsd: 200, maxActive: 3 },
  });
}

function show(name: StoryName): string {
  const { state } = tell(name);
  return [renderStatus(state, { issue, palette }), '', ...needOf(state, palette)].join('\n');
}

/** What people see, by the name of the file that keeps it. */
export const goldens: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    storyNames.map((name) => [
      `issue-${name}.md`,
      () => publish(renderStickyComment(tell(name).state, asComment)),
    ]),
  ),
  'pull-body.md': () => publish(renderPullRequestBody(tell('ci-needs-approval').state, asComment)),
  'pull-ci-needs-approval.md': () => publish(renderPullComment(tell('ci-needs-approval').state, asComment)),
  'pull-merge-waiting.md': () => publish(renderPullComment(tell('merge-waiting').state, asComment)),
  'pull-merge-put-off.md': () => publish(renderPullComment(tell('merge-put-off').state, asComment)),
  'summary-attempts-failed.md': () => summarise('attempts-failed'),
  'summary-merged-and-deployed.md': () => summarise('merged-and-deployed'),
  'dashboard.md': () => publish(board()),
  'terminal-plan-waiting.txt': () => show('plan-waiting'),
  'terminal-merge-put-off.txt': () => show('merge-put-off'),
  'terminal-escalated.txt': () => show('escalated'),
};
