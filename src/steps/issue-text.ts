import { digestOf, sha256 } from '../core/digest.ts';
import { sanitiseTexts } from '../core/text/sanitise.ts';
import type { Comment } from '../ports/platform/issues.ts';
import type { StepContext } from '../ports/step.ts';

/** An issue as the model and the approver see it: byte for byte the same, hidden text removed and counted. */
export type IssueText = {
  title: string;
  body: string;
  comments: readonly { author: string; body: string }[];
  /** How much was taken out, by kind. */
  removed: Readonly<Record<string, number>>;
  /** Changes when anything of it changes; approvals are bound to it. */
  digest: string;
};

/**
 * Reads the issue and the comments of people who may write, at this moment. Everybody else's are left out, and so are
 * commands: they are carried out, and an approval must not void the plan it approves.
 */
export async function readIssueText(context: StepContext): Promise<IssueText> {
  const issue = await context.issue();
  const allowed: Comment[] = [];
  const known = new Map<string, boolean>();
  for (const comment of issue.comments) {
    if (comment.marker !== null || /^\/tamma(?:[ \t\r\n]|$)/.test(comment.body)) continue;
    const isWriter = known.get(comment.author.id) ?? (await isByWriter(context, comment));
    known.set(comment.author.id, isWriter);
    if (isWriter) allowed.push(comment);
  }
  const { texts, removed } = sanitiseTexts([
    issue.title,
    issue.body,
    ...allowed.map((comment) => comment.body),
  ]);
  const [title = '', body = '', ...replies] = texts;
  const comments = allowed.map((comment, index) => ({ comment, text: replies[index] ?? '' }));
  const digest = digestOf({
    title,
    body,
    comments: comments.map(({ comment, text }) => ({
      id: comment.id,
      author: comment.author.id,
      body: sha256(text),
    })),
  });
  return {
    title: title.replace(/\s+/g, ' ').trim(),
    body,
    comments: comments.map(({ comment, text }) => ({ author: comment.author.login, body: text })),
    removed,
    digest,
  };
}

async function isByWriter({ platform }: StepContext, { author }: Comment): Promise<boolean> {
  const permission = await platform.actors.permission(author);
  return permission === 'write' || permission === 'admin';
}
