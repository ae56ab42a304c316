import { neutraliseCommitMessage, neutraliseTitle } from '../core/text/neutralise.ts';
import type { CommitSummary } from '../ports/repository.ts';

const OUR_TRAILER = /^Tamma-[A-Z][a-z]+: [\w.-]{1,64}$/;

/** Whether a message closes another issue, calls somebody, or says to a CI system that it should not run. */
export function isCommanding({ subject, body }: Pick<CommitSummary, 'subject' | 'body'>, issue: number) {
  const own = { ownIssue: issue };
  const words = body
    .split('\n')
    .filter((line) => !OUR_TRAILER.test(line))
    .join('\n')
    .trim();
  const isPlain = neutraliseTitle(subject, { ...own, maxLength: 500 }) === subject.trim();
  return !isPlain || neutraliseCommitMessage(words, own) !== words;
}
