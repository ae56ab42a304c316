import type { Intent } from '../core/intents.ts';
import type { Sha } from '../ports/repository.ts';
import type { StepContext } from '../ports/step.ts';
import { type CommitKind, writeBranchName, writeCommitMessage } from './commit-message.ts';
import { getContext } from './project-view.ts';

export type DraftCommit = { sha: Sha; tree: Sha; message: string };

/** Commits as objects only: no branch points to them until they are published. */
export type CommitLine = {
  /** The newest commit; the base while there is none. */
  head(): Sha;
  add(kind: CommitKind, tree: Sha, alsoParent?: Sha): Promise<DraftCommit>;
  /** The branch as it should be, or nothing where no commit was added. */
  toIntents(): Intent[];
};

/** A line of commits that goes on from what the log knows. */
export function createCommitLine(context: StepContext): CommitLine {
  const { baseSha } = getContext(context);
  const { state, repository, platform, clock, issueNumber } = context;
  const added: DraftCommit[] = [];
  const head = () => added.at(-1)?.sha ?? state.head?.sha ?? baseSha;
  return {
    head,
    async add(kind, tree, alsoParent) {
      const { name, email } = await platform.actors.self();
      const message = writeCommitMessage(context, kind, tree);
      const sha = await repository.commit({
        tree,
        parents: alsoParent ? [head(), alsoParent] : [head()],
        message,
        author: { name, email },
        date: clock.now().toISOString(),
      });
      const commit = { sha, tree, message: message.split('\n')[0] ?? '' };
      added.push(commit);
      return commit;
    },
    toIntents() {
      const newest = added.at(-1);
      if (!newest) return [];
      return [
        {
          kind: 'branch',
          name: state.branch ?? writeBranchName(issueNumber, state.issue?.title ?? ''),
          head: newest.sha,
          expected: state.branch ? (state.head?.sha ?? null) : null,
          baseSha,
          commits: added.map(({ sha, message }) => ({ sha, message })),
        },
      ];
    },
  };
}
