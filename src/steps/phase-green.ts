import { generateCode } from '../agent/tasks/generate-code.ts';
import { createDraft } from '../core/events/event.ts';
import { formatCount } from '../lib/quantities.ts';
import { type CodingSession, describeTask, judge } from './coding-session.ts';
import type { PhaseResult } from './phase.ts';

/**
 * GREEN: the code is written while the tests are frozen by hash. A test that changed all the same, by whatever way, is
 * caught on the resulting tree and nothing of it is committed. Whether the tests pass is for the gates to judge.
 */
export async function writeCode(session: CodingSession): Promise<PhaseResult> {
  const { workspace, commits, repository } = session;
  const red = commits.head();
  await workspace.reset(red);
  const { turns } = await generateCode(session.agent, {
    ...(await describeTask(session)),
    phase: 'implement',
  });
  const tree = await session.snapshot();
  const changes = await repository.changes(red, tree);
  if (changes.length === 0)
    return judge(session, 'no code was written', ['submit came without a change to a file']);

  const touched = session.findFrozen(changes);
  if (touched.length > 0) {
    return judge(
      session,
      'frozen tests were changed while the code was written',
      touched.map((path) => `${path} must stay as it is`),
    );
  }
  const refused = await session.findRefused(changes);
  if (refused.length > 0) return judge(session, 'what was written may not be published', refused);

  const result = await session.runTests();
  const commit = await commits.add('implement', tree);
  const generated = createDraft('CODE.GENERATED.SUCCESS', {
    phase: 'implement',
    headSha: commit.sha,
    treeSha: tree,
    files: changes.map((change) => change.path).slice(0, 200),
    exitCode: result.exitCode,
    round: 1,
    turns,
    ...(await session.evidence(red, tree, result.output)),
  });
  const isGreen = result.exitCode === 0;
  return {
    status: isGreen ? 'next' : 'over',
    summary: `GREEN: ${formatCount(changes.length, 'file')}, exit ${result.exitCode}`,
    events: [generated],
  };
}
