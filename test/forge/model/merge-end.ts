import type { Issue } from '../state.ts';
import { needPull } from '../views/pull.ts';
import type { Place } from './events.ts';
import { closeIssue, note, tell } from './issues.ts';

const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b/gi;

/** Marks a pull request merged at `sha` and closes the issues it says it closes. */
export async function finishMerged(place: Place, issue: Issue, sha: string): Promise<void> {
  const { world, repository, actor } = place;
  const pull = needPull(issue);
  const commits = await repository.git.between(pull.baseSha, pull.headSha);
  pull.mergedAt = world.now();
  pull.mergedBy = actor.user;
  pull.mergeSha = sha;
  pull.autoMerge = null;
  issue.state = 'closed';
  issue.closedAt = pull.mergedAt;
  issue.closedBy = actor.user;
  note(place, issue, 'merged', { commit: sha });
  note(place, issue, 'closed');
  tell(place, issue, 'closed');
  if (pull.base !== repository.defaultBranch) return;
  const texts = [issue.body ?? '', ...commits.map(({ message }) => message)];
  for (const number of findClosed(texts)) {
    const closed = repository.issues.get(number);
    if (closed && !closed.pull) closeIssue(place, closed, 'completed', sha);
  }
}

export function findClosed(texts: readonly string[]): Set<number> {
  return new Set(texts.flatMap((text) => [...text.matchAll(CLOSING)].map((match) => Number(match[1]))));
}
