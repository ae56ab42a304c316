import { goldens } from '../report-goldens.ts';

const SHOWN = [
  'issue-fresh.md',
  'issue-questions-asked.md',
  'issue-plan-waiting.md',
  'issue-attempts-failed.md',
  'issue-escalated.md',
  'issue-ci-needs-approval.md',
  'issue-merge-waiting.md',
  'issue-merged-and-deployed.md',
  'pull-body.md',
  'pull-merge-waiting.md',
  'pull-merge-put-off.md',
  'summary-attempts-failed.md',
  'dashboard.md',
  'terminal-plan-waiting.txt',
];

/** What people see, for a page that shows it: Markdown as a quotation, what a terminal prints as a block. */
export function listShown(): { name: string; render: () => string }[] {
  return SHOWN.map((file) => {
    const [name = '', kind] = file.split('.');
    const text = () => goldens[file]?.() ?? '';
    return { name, render: () => (kind === 'md' ? quote(text()) : `\`\`\`text\n${text()}\n\`\`\``) };
  });
}

function quote(markdown: string): string {
  return markdown
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}
