import { generateCode } from '../agent/tasks/generate-code.ts';
import { sha256 } from '../core/digest.ts';
import { createDraft } from '../core/events/event.ts';
import { isTestPath } from '../core/policies/paths.ts';
import { formatCount } from '../lib/quantities.ts';
import type { FileChange } from '../ports/repository.ts';
import { type CodingSession, describeTask, judge } from './coding-session.ts';
import type { Evidence } from './keep-evidence.ts';
import type { PhaseResult } from './phase.ts';

/**
 * RED: only tests are written, and the test command must then fail because of them. It passed before, so a failure is
 * theirs; tests that pass before the code exists prove nothing and go to a person.
 */
export async function writeTests(session: CodingSession): Promise<PhaseResult> {
  const { workspace, commits, repository } = session;
  const base = commits.head();
  await workspace.reset(base);
  const before = await session.runTests();
  if (before.exitCode !== 0) {
    return judge(session, 'the tests fail before anything was written', before.failingTests, before.output);
  }
  const { turns } = await generateCode(session.agent, { ...(await describeTask(session)), phase: 'tests' });
  const tree = await session.snapshot(isTestPath);
  const changes = await repository.changes(base, tree);
  if (changes.length === 0)
    return judge(session, 'no test was written', ['submit came without a change to a test file']);

  const refused = await session.findRefused(changes);
  if (refused.length > 0) return judge(session, 'what was written may not be published', refused);
  await workspace.reset(tree);
  const after = await session.runTests();
  const evidence = await session.evidence(base, tree, after.output);
  if (after.exitCode === 0) return passAlready(changes, evidence);

  const commit = await commits.add('tests', tree);
  const written = createDraft('CODE.TESTS_WRITTEN.SUCCESS', {
    headSha: commit.sha,
    treeSha: tree,
    testFiles: await digestFiles(session, changes),
    exitCode: after.exitCode,
    failingTests: after.failingTests.slice(0, 100).map((name) => name.slice(0, 500)),
    turns,
    ...evidence,
  });
  return {
    status: 'next',
    summary: `RED: ${formatCount(changes.length, 'test file')}, exit ${after.exitCode}`,
    events: [written],
  };
}

function passAlready(changes: readonly FileChange[], evidence: Evidence): PhaseResult {
  const failed = createDraft('CODE.GENERATED.FAILED', {
    phase: 'tests',
    reason: 'tests-pass-already',
    message: 'the new tests pass before the code exists: either it is there already, or they prove nothing',
    files: changes.map((change) => change.path).slice(0, 200),
    ...evidence,
  });
  return { status: 'judged', summary: 'the new tests pass already', events: [failed] };
}

async function digestFiles(
  { repository }: CodingSession,
  changes: readonly FileChange[],
): Promise<Record<string, string>> {
  const kept = changes.filter((change) => change.status !== 'deleted').slice(0, 200);
  const blobs = await repository.readBlobs(kept.map((change) => change.newSha));
  return Object.fromEntries(kept.map(({ path, newSha }) => [path, sha256(blobs.get(newSha) ?? '')]));
}
