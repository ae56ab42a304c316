import { TammaError } from '../core/errors.ts';
import type { IntentOf } from '../core/intents.ts';
import { judgeChanges } from '../core/policies/paths.ts';
import type { BranchWriteResult } from '../ports/platform/branches.ts';
import type { CommitSummary, Repository } from '../ports/repository.ts';
import type { Applied, Publisher } from './apply.ts';
import { isCommanding } from './commit-words.ts';
import type { Effect, Obstacle } from './effects.ts';
import type { LeakCheck } from './outgoing.ts';

/** Commits on one branch that we look at before we give up: a round makes three. */
const MOST_COMMITS = 100;

/**
 * Puts the branch where the step wants it. It may be there already, or where the log says; a head that a killed run of
 * ours left is replaced, somebody else's is not.
 */
export async function applyBranch(intent: IntentOf<'branch'>, publisher: Publisher): Promise<Applied> {
  const { platform, repository } = publisher;
  const { name, head, expected, baseSha } = intent;
  const commits = await repository.log(head, { limit: MOST_COMMITS, exclude: baseSha });
  checkCommits(intent, commits);
  await checkWords(intent, publisher);
  await checkPaths(intent, publisher);
  await checkContent(intent, commits, publisher);

  const actual = (await platform.branches.find(name)) ?? null;
  if (actual !== head) {
    const mayMove =
      actual === expected || (actual !== null && (await isReplaceable(actual, intent, publisher)));
    const written: BranchWriteResult = mayMove
      ? await platform.branches.write({ name, head, expected: actual })
      : { status: 'moved', head: actual };
    if (written.status === 'moved') return { status: 'blocked', obstacle: toObstacle(intent, written.head) };
  }
  const from = actual === head || actual === null ? expected : actual;
  const moved: Effect =
    expected === null
      ? { kind: 'branch-created', branch: name, sha: head, baseSha }
      : { kind: 'branch-updated', branch: name, from: from ?? expected, sha: head };
  const created = intent.commits.map(
    ({ sha, message }): Effect => ({ kind: 'commit-created', branch: name, sha, message }),
  );
  return { status: 'applied', effects: [moved, ...created] };
}

export async function applyDeleteBranch(
  intent: IntentOf<'delete-branch'>,
  { platform }: Publisher,
): Promise<Applied> {
  const { name, expected } = intent;
  const removed = await platform.branches.remove(name, expected);
  if (removed.status === 'moved') return { status: 'blocked', obstacle: toObstacle(intent, removed.head) };
  return { status: 'applied', effects: [{ kind: 'branch-deleted', branch: name, sha: expected }] };
}

function toObstacle(
  { name, expected }: { name: string; expected: string | null },
  actual: string | null,
): Obstacle {
  return { kind: 'branch-moved', branch: name, expected, actual };
}

/**
 * Platforms and CI systems obey commit messages. Those that are new with this branch are ours, from a template; what
 * people and the default branch have said already is their own affair. Throws POLICY_VIOLATION.
 */
async function checkWords(intent: IntentOf<'branch'>, { platform, repository, scope }: Publisher) {
  const { head, expected, baseSha, name } = intent;
  const trunk = await platform.branches.getDefault();
  const exclude = (await repository.mergeBase(trunk.head, head)) ?? baseSha;
  const ofBranch = await repository.log(head, { limit: MOST_COMMITS, exclude });
  for (const commit of ofBranch.filter((candidate) => isCommanding(candidate, scope.issue))) {
    if (expected && (await repository.isAncestor(commit.sha, expected))) continue;
    const why = `the message of ${commit.sha.slice(0, 12)} gives orders to the platform`;
    throw new TammaError('POLICY_VIOLATION', `${name} was not published: ${why}`);
  }
}

/** An event says which commits were made: each has to be one of them. */
function checkCommits({ commits, name }: IntentOf<'branch'>, known: readonly CommitSummary[]): void {
  const missing = commits.filter(({ sha }) => !known.some((commit) => commit.sha === sha));
  if (missing.length === 0) return;
  const shas = missing.map(({ sha }) => sha.slice(0, 12)).join(', ');
  throw new TammaError(
    'POLICY_VIOLATION',
    `nothing was published: ${name} would not hold the commits ${shas}`,
  );
}

/**
 * The last guard of what nobody but a person may change, whatever the step before it let through. Throws
 * POLICY_VIOLATION naming every such path.
 */
async function checkPaths({ head, baseSha, name }: IntentOf<'branch'>, publisher: Publisher): Promise<void> {
  const { platform, repository, scope } = publisher;
  const base = await platform.branches.getDefault();
  // What came in from the default branch is its own affair.
  const from = (await repository.mergeBase(base.head, head)) ?? baseSha;
  const refused = judgeChanges(await repository.changes(from, head), {
    add: scope.protectedPaths ?? [],
  }).filter((verdict) => verdict.decision === 'blocked');
  if (refused.length === 0) return;
  const list = refused.map(({ path, reason }) => `${path} ${reason}`).join('; ');
  throw new TammaError('POLICY_VIOLATION', `${name} was not published: ${list}`);
}

/**
 * Every file and message that would become public with this branch, also what a later commit took away again.
 * Throws POLICY_VIOLATION naming the place, never the secret.
 */
async function checkContent(
  { baseSha, name }: IntentOf<'branch'>,
  commits: readonly CommitSummary[],
  publisher: Publisher,
) {
  const { repository, leaks } = publisher;
  let before = baseSha;
  for (const { sha, subject, body } of commits.toReversed()) {
    const place = leaks.finds(`${subject}\n${body}`)
      ? 'its message'
      : await findLeak(repository, leaks, before, sha);
    if (place) {
      throw new TammaError(
        'POLICY_VIOLATION',
        `${name} was not published: commit ${sha.slice(0, 12)} holds a secret in ${place}`,
      );
    }
    before = sha;
  }
}

async function findLeak(
  repository: Publisher['repository'],
  leaks: LeakCheck,
  from: string,
  to: string,
): Promise<string | undefined> {
  const changes = (await repository.changes(from, to)).filter(
    ({ status, newMode }) => status !== 'deleted' && newMode !== '160000',
  );
  const blobs = await repository.readBlobs([...new Set(changes.map(({ newSha }) => newSha))]);
  return changes.find(
    ({ path, newSha }) => leaks.finds(path) || leaks.finds(blobs.get(newSha)?.toString() ?? ''),
  )?.path;
}

/**
 * Whether nothing of anybody's is lost when `actual` goes: every commit that neither the log nor the new head knows is
 * one of our own, left by a run that was killed before it could record it.
 */
async function isReplaceable(
  actual: string,
  intent: IntentOf<'branch'>,
  { platform, repository }: Publisher,
): Promise<boolean> {
  const unknown = await repository.log(actual, {
    limit: MOST_COMMITS,
    exclude: intent.expected ?? intent.baseSha,
  });
  if (unknown.length === MOST_COMMITS) return false;
  const issue = /^tamma\/(\d+)-/.exec(intent.name)?.[1] ?? '';
  const { name } = await platform.actors.self();
  for (const commit of unknown) {
    const isOurs = commit.authorName === name && (await isUntouched(commit, issue, repository));
    if (!isOurs && !(await repository.isAncestor(commit.sha, intent.head))) return false;
  }
  return true;
}

/** Carries our trailers, and still holds what we wrote: a person who amends a commit keeps its message. */
async function isUntouched(
  { sha, body }: CommitSummary,
  issue: string,
  repository: Pick<Repository, 'treeOf'>,
): Promise<boolean> {
  const trailers =
    body
      .trim()
      .split(/\n[ \t]*\n/)
      .at(-1) ?? '';
  const tree = /^Tamma-Tree: ([0-9a-f]{40,64})$/m.exec(trailers)?.[1];
  const isOurs = trailers.split('\n').includes(`Tamma-Issue: ${issue}`);
  return isOurs && (tree === undefined || tree === (await repository.treeOf(sha)));
}
