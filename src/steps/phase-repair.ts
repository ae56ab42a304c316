import { suggestFix } from '../agent/tasks/suggest-fix.ts';
import { createDraft } from '../core/events/event.ts';
import type { GateId } from '../core/loop.ts';
import { findOpenFailures, type GateFailure } from '../core/state.ts';
import { formatCount } from '../lib/quantities.ts';
import type { Repository, Sha } from '../ports/repository.ts';
import { type CodingSession, describeTask, judge } from './coding-session.ts';
import type { PhaseResult } from './phase.ts';

/** Gates that ask for other tests; for the rest the tests of RED stay frozen, or the cheapest repair would be to weaken them. */
const MAY_CHANGE_TESTS: readonly GateId[] = ['coverage', 'review', 'ci', 'merge'];

/** Repairs what the newest reports say. A repair that changes nothing ends the loop: the same would fail the same way. */
export async function repairCode(session: CodingSession): Promise<PhaseResult> {
  const { context, workspace, commits, repository } = session;
  const failures = findOpenFailures(context.state);
  const start = await findStart(
    session,
    failures.some((failure) => failure.gateId === 'merge'),
  );
  await workspace.reset(start.tree);
  const mayChangeTests = failures.some((failure) => MAY_CHANGE_TESTS.includes(failure.gateId));
  const isMerged = start.mergeParent !== undefined && start.conflicts.length === 0;
  // A base that only had to be merged in asks for no repair.
  const isClean = isMerged && failures.every((failure) => failure.gateId === 'merge');
  const turns = isClean ? 0 : await fix(session, failures, mayChangeTests);
  const tree = await session.snapshot();
  const changes = await repository.changes(start.tree, tree);
  if (changes.length === 0 && !isMerged) return changedNothing(failures.at(-1)?.gateId);

  const touched = mayChangeTests ? [] : session.findFrozen(changes);
  if (touched.length > 0) return judge(session, 'frozen tests were changed by a repair', touched);
  const refused = await session.findRefused(changes);
  if (refused.length > 0) return judge(session, 'what was written may not be published', refused);

  const unresolved = await findUnresolved(repository, tree, start.conflicts);
  if (unresolved.length > 0) return judge(session, 'conflicts were left in the files', unresolved);

  const commit = await commits.add('fix', tree, start.mergeParent);
  const generated = createDraft('CODE.GENERATED.SUCCESS', {
    phase: 'repair',
    headSha: commit.sha,
    treeSha: tree,
    files: changes.map((change) => change.path).slice(0, 200),
    exitCode: null,
    round: context.state.rounds + 1,
    turns,
    ...(await session.evidence(start.tree, tree)),
  });
  return {
    status: 'over',
    summary: `repaired ${formatCount(changes.length, 'file')} after ${failures.at(-1)?.gateId ?? 'a report'}`,
    events: [generated],
  };
}

/** How many turns it took. */
async function fix(
  session: CodingSession,
  failures: readonly GateFailure[],
  mayChangeTests: boolean,
): Promise<number> {
  const task = await describeTask(session);
  const { turns } = await suggestFix(session.agent, {
    ...task,
    frozen: mayChangeTests ? [] : task.frozen,
    reports: failures.map(({ gateId, report }) => ({ gateId, report })),
  });
  return turns;
}

type Start = { tree: Sha; mergeParent?: Sha; conflicts: readonly string[] };

/** Where a repair starts: at the head; after a merge conflict at the merge with the base, conflict markers and all. */
async function findStart(session: CodingSession, afterConflict: boolean): Promise<Start> {
  const { commits, context, repository } = session;
  const head = commits.head();
  if (!afterConflict) return { tree: await repository.treeOf(head), conflicts: [] };
  const base = await context.platform.branches.getDefault();
  const merged = await repository.mergeTrees(base.head, head);
  const conflicts = merged.status === 'conflict' ? merged.files : [];
  return { tree: merged.tree, mergeParent: base.head, conflicts };
}

/** Of the files that were in conflict those that still hold both sides: no test looks into a README. */
async function findUnresolved(
  repository: Repository,
  tree: Sha,
  files: readonly string[],
): Promise<string[]> {
  const unresolved: string[] = [];
  for (const path of files) {
    const text = (await repository.readFile(tree, path))?.toString() ?? '';
    if (/^<{7} /m.test(text) && /^>{7} /m.test(text)) unresolved.push(`${path} still holds both sides`);
  }
  return unresolved;
}

function changedNothing(gateId: GateId | undefined): PhaseResult {
  const message = `the repair after the ${gateId ?? 'last'} gate changed nothing`;
  const failed = createDraft('CODE.GENERATED.FAILED', {
    phase: 'repair',
    reason: 'no-change',
    message,
    files: [],
  });
  return { status: 'judged', summary: message, events: [failed] };
}
