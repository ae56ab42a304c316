import type { ProjectBrief } from '../agent/brief.ts';
import { type AgentContext, createAgentContext } from '../agent/context.ts';
import { toArgv } from '../core/commands.ts';
import { digestOf } from '../core/digest.ts';
import { TammaError } from '../core/errors.ts';
import { createDraft } from '../core/events/event.ts';
import { fitReport } from '../core/events/fit-report.ts';
import type { Plan } from '../core/events/parts.ts';
import { isTestPath } from '../core/policies/paths.ts';
import { parseTestRun } from '../gates/test-summary.ts';
import type { FileChange, Repository, Sha } from '../ports/repository.ts';
import type { StepContext } from '../ports/step.ts';
import type { Workspace } from '../ports/workspace.ts';
import { type CommitLine, createCommitLine } from './draft-commits.ts';
import { toReport } from './head.ts';
import { installDependencies } from './install.ts';
import { type Evidence, keepEvidence } from './keep-evidence.ts';
import { answerMaterial, choiceMaterial } from './material.ts';
import type { PhaseResult } from './phase.ts';
import { getContext, viewProject } from './project-view.ts';
import { findRefusedChanges } from './refused-changes.ts';

/** A diff is cut here where it is kept: larger ones are in the repository anyway. */
const MAX_DIFF_BYTES = 2 * 1024 * 1024;

export type TestRun = { exitCode: number; failingTests: readonly string[]; output: string };

/** What the phases of CODE_GENERATION share: the folder they write in, the model, and how their result is checked. */
export type CodingSession = {
  context: StepContext;
  agent: AgentContext;
  workspace: Workspace;
  repository: Repository;
  commits: CommitLine;
  /** Runs the project's test command on what stands in the workspace. */
  runTests(): Promise<TestRun>;
  /** The workspace as a tree. With `keep`, paths that do not pass stay as they are at the head. */
  snapshot(keep?: (path: string) => boolean): Promise<Sha>;
  /** Keeps a change, and what its tests printed; answers with the digests for the event that tells of it. */
  evidence(from: Sha, to: Sha, output?: string): Promise<Evidence>;
  /** Tests of RED that these changes touch. */
  findFrozen(changes: readonly FileChange[]): string[];
  /** What is never published of these changes, with the reason. */
  findRefused(changes: readonly FileChange[]): Promise<string[]>;
};

export async function createCodingSession(context: StepContext): Promise<CodingSession> {
  const { commands } = getContext(context);
  const { repository } = context;
  const workspace = await context.workspace();
  const agent = await createAgentContext(context, { stepId: 'CODE_GENERATION', commands });
  const commits = createCommitLine(context);
  // A job of its own has cloned the base at most: this brings what earlier rounds have pushed.
  if (context.state.branch) await context.platform.branches.find(context.state.branch);
  await workspace.reset(commits.head());
  await installDependencies(context, workspace);
  return {
    context,
    agent,
    workspace,
    repository,
    commits,
    runTests: () => runTests(context, workspace),
    snapshot: (keep) => snapshot(workspace, repository, { head: commits.head(), keep }),
    evidence: async (from, to, output) =>
      keepEvidence(context, {
        diff: await repository.patch(from, to, { maxBytes: MAX_DIFF_BYTES }),
        log: output,
      }),
    findFrozen: (changes) =>
      changes
        .filter((change) => change.status !== 'added' && isTestPath(change.path))
        .map(({ path }) => path),
    findRefused: (changes) => findRefusedChanges(context, changes),
  };
}

/** Sends a phase back with a report: nothing of it is committed, and it counts as an attempt at the tdd gate. */
export async function judge(
  { context, commits }: CodingSession,
  summary: string,
  messages: readonly string[],
  output?: string,
): Promise<PhaseResult> {
  const { state, config } = context;
  const report = {
    ...toReport(summary, messages),
    ...(output ? { output: context.redact(output).slice(-8000) } : {}),
  };
  const failed = createDraft(
    'GATE.FAILED',
    {
      gateId: 'tdd',
      attempt: (state.failedAttempts.tdd ?? 0) + 1,
      maxAttempts: config.gates.maxAttempts,
      headSha: commits.head(),
      treeSha: state.head?.tree ?? commits.head(),
      findingsDigest: digestOf({ summary, messages: [...messages].sort() }),
      report: fitReport(report, 40_000),
      durationMs: 0,
      ...(await keepEvidence(context, { log: output })),
    },
    { gateId: 'tdd' },
  );
  return { status: 'judged', summary, events: [failed] };
}

export type Task = {
  brief: ProjectBrief;
  plan: Plan;
  frozen: string[];
  material: { title: string; text: string }[];
};

/** What every phase tells the model: the issue, the plan, the project, and the tests it may not touch. */
export async function describeTask({ context, commits, repository }: CodingSession): Promise<Task> {
  const plan = context.state.design?.plan;
  if (!plan) throw new TammaError('REALITY_DISAGREES', 'the log has no plan for this issue');
  const files = await repository.listFiles(commits.head());
  const isWritingTests = context.state.frozenTests === null && commits.toIntents().length === 0;
  return {
    brief: await viewProject(context),
    plan,
    frozen: isWritingTests ? [] : files.map((file) => file.path).filter(isTestPath),
    material: [...answerMaterial(context), ...choiceMaterial(context), ...toEarlierAttempts(context)],
  };
}

/** A phase that was sent back is told why; repairs get their reports in another place. */
function toEarlierAttempts({ state }: StepContext): { title: string; text: string }[] {
  if (state.implemented) return [];
  return state.failures
    .filter((failure) => failure.gateId === 'tdd')
    .map(({ attempt, report }) => ({
      title: `Attempt ${attempt} was sent back`,
      text: [report.summary, ...report.findings.map((finding) => `- ${finding.message}`)].join('\n'),
    }));
}

async function runTests(context: StepContext, workspace: Workspace): Promise<TestRun> {
  const { commands } = getContext(context);
  const sandbox = await context.sandbox();
  const result = await sandbox.run({
    argv: toArgv(commands.test ?? ''),
    directory: workspace.directory,
    timeoutMs: context.config.limits.commandTimeoutSeconds * 1000,
    signal: context.signal,
  });
  const { failed } = parseTestRun(result.output);
  return { exitCode: result.exitCode, failingTests: failed, output: result.output };
}

async function snapshot(
  workspace: Workspace,
  repository: Repository,
  { head, keep }: { head: Sha; keep: ((path: string) => boolean) | undefined },
): Promise<Sha> {
  const tree = await workspace.snapshot();
  if (!keep) return tree;
  const kept = (await repository.changes(head, tree)).filter((change) => keep(change.path));
  const entries = new Map(
    kept.map((change) => [
      change.path,
      change.status === 'deleted'
        ? null
        : { mode: change.newMode as '100644' | '100755', sha: change.newSha },
    ]),
  );
  return repository.writeTree(head, entries);
}
