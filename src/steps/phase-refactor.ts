import { generateCode } from '../agent/tasks/generate-code.ts';
import { createDraft } from '../core/events/event.ts';
import { formatCount } from '../lib/quantities.ts';
import type { FileChange, Sha } from '../ports/repository.ts';
import { type CodingSession, describeTask } from './coding-session.ts';
import type { PhaseResult } from './phase.ts';

/** REFACTOR: an offer. What it leaves green is kept; anything else is dropped and the green commit stands. */
export async function tidyCode(session: CodingSession): Promise<PhaseResult> {
  const { workspace, commits, repository } = session;
  const green = commits.head();
  await workspace.reset(green);
  const { turns } = await generateCode(session.agent, {
    ...(await describeTask(session)),
    phase: 'refactor',
  });
  const tree = await session.snapshot();
  const changes = await repository.changes(green, tree);
  if (changes.length === 0) return { status: 'over', summary: 'nothing to refactor', events: [] };

  const reason = await findReasonToDrop(session, changes, tree);
  if (reason) {
    const dropped = createDraft('CODE.GENERATED.FAILED', {
      phase: 'refactor',
      reason: 'refactor-dropped',
      message: reason,
      files: changes.map((change) => change.path).slice(0, 200),
      ...(await session.evidence(green, tree)),
    });
    return { status: 'over', summary: `refactoring dropped: ${reason}`, events: [dropped] };
  }
  const commit = await commits.add('refactor', tree);
  const refactored = createDraft('CODE.REFACTORED.SUCCESS', {
    headSha: commit.sha,
    treeSha: tree,
    files: changes.map((change) => change.path).slice(0, 200),
    exitCode: 0,
    turns,
    ...(await session.evidence(green, tree)),
  });
  return {
    status: 'over',
    summary: `REFACTOR: ${formatCount(changes.length, 'file')}`,
    events: [refactored],
  };
}

async function findReasonToDrop(
  session: CodingSession,
  changes: readonly FileChange[],
  tree: Sha,
): Promise<string | undefined> {
  const [frozen] = session.findFrozen(changes);
  if (frozen) return `it changed the frozen test ${frozen}`;
  const [refused] = await session.findRefused(changes);
  if (refused) return refused;
  await session.workspace.reset(tree);
  const { exitCode } = await session.runTests();
  return exitCode === 0 ? undefined : `the tests no longer passed (exit ${exitCode})`;
}
