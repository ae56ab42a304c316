import { neutraliseTitle } from '../core/text/neutralise.ts';
import type { StepContext } from '../ports/step.ts';

export type CommitKind = 'tests' | 'implement' | 'refactor' | 'fix';

const VERBS = {
  tests: 'Add tests for',
  implement: 'Implement',
  refactor: 'Refactor',
  fix: 'Fix',
} as const satisfies Record<CommitKind, string>;

/** What CI systems read as "run nothing" (docs.github.com "Skipping workflow runs", GitLab "Skip a pipeline"). */
const SKIP_WORDS = /\[(?:skip[ -]ci|ci[ -]skip|no ci|skip actions|actions skip)\]|skip-checks:\s*true/gi;

/**
 * A commit message from a template: of the issue only its title, in one line, without words that machines obey. The
 * trailers say whose commit it is, so that a run that finds it again knows it as Tamma's.
 */
export function writeCommitMessage(
  { state, issueNumber }: StepContext,
  kind: CommitKind,
  tree: string,
): string {
  const title = (state.issue?.title ?? 'the change')
    .replace(SKIP_WORDS, '')
    .replace(/[\u0000-\u001f\u007f]+|\s+/g, ' ')
    .trim();
  // `Fix #12` would close another issue, and a mention would call somebody.
  const neutral = neutraliseTitle(shorten(title), { ownIssue: issueNumber });
  const subject = `${VERBS[kind]} ${neutral || 'the change'} (#${issueNumber})`;
  return `${subject}\n\nTamma-Issue: ${issueNumber}\nTamma-Phase: ${kind}\nTamma-Tree: ${tree}\n`;
}

/** `tamma/<number>-<slug>`, in the grammar of design/security.md rule 4. */
export function writeBranchName(issueNumber: number, title: string): string {
  const slug = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 48)
    .replace(/^-+|-+$/g, '');
  return `tamma/${issueNumber}-${slug || 'change'}`;
}

function shorten(title: string): string {
  // “A quoted field” goes on in lower case, “CSV files” does not.
  const text = /^\p{Lu}(?!\p{Lu})/u.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
  return text.length > 60 ? `${text.slice(0, 59).trimEnd()}…` : text;
}
