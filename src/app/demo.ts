import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toArgv } from '../core/commands.ts';
import { TammaError } from '../core/errors.ts';
import { isOfType } from '../core/events/event.ts';
import { loop, type StepId } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import type { Clock, Host } from '../ports/host.ts';
import { WITHOUT_SANDBOX } from '../steps/approval-gate.ts';
import { compose, type Environment } from './compose.ts';
import { prepareSample } from './demo/prepare-sample.ts';
import { type DemoIssue, isDemoIssue, readDemoSession } from './demo/sessions.ts';
import { queryOfIssue, readEvents } from './read-state.ts';
import type { StepReport } from './reports.ts';
import { type Checkpoint, type PersonSays, runLoop } from './run-loop.ts';
import type { Runtime } from './runtime.ts';

export type DemoOptions = {
  /** 1: a bug, 2: a feature, 3: one that has to be asked about. */
  issue: number;
  /** Leaves the sample project where it is. */
  keep: boolean;
  environment: Environment;
  host: Host;
  clock: Clock;
  signal: AbortSignal;
  /** Asked at checkpoints; without it the demo answers the questions of issue 3 itself and says so. */
  ask?: (checkpoint: Checkpoint) => Promise<PersonSays | null>;
  onStep?: (report: StepReport) => void;
};

export type DemoReport = {
  status: StepReport['status'];
  issue: number;
  title: string;
  branch: string | null;
  commits: { sha: string; message: string }[];
  mergeSha: string | null;
  steps: { step: StepId; status: string; durationMs: number; attempts: number; summary: string }[];
  costUsd: number;
  position: number;
  /** Whether the log's chain holds. */
  logValid: boolean;
  /** Whether the tests pass on the default branch, run once more after the merge; null where nothing was merged. */
  testsPass: boolean | null;
  issueState: 'open' | 'closed';
  /** `recorded`, or the provider that was really asked. */
  model: string;
  sandbox: string;
  directory: string;
  kept: boolean;
  error: TammaError | null;
};

/** The variable that makes the demo ask a real model, by the name of a provider whose key is set. */
export const REAL_MODEL_VARIABLE = 'TAMMA_AI_PROVIDER';

/**
 * The main job on the sample project, in a temporary folder: git, sandbox, tests, gates, log and merge are real, only
 * the model's answers are recorded. Throws USAGE for another issue, and on Windows, where there is no sandbox and no
 * POSIX shell.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { issue, environment } = options;
  if (!isDemoIssue(issue)) throw new TammaError('USAGE', `the demo has the issues 1, 2 and 3, not ${issue}`);
  if (process.platform === 'win32') {
    throw new TammaError('USAGE', 'the demo needs Linux or macOS', { help: 'On Windows run it inside WSL.' });
  }
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tamma-demo-')));
  const directory = join(folder, 'tidy-csv');
  try {
    await prepareSample(directory);
    return await runOnSample({ ...options, issue, folder, directory });
  } finally {
    if (!options.keep) await rm(folder, { recursive: true, force: true });
  }

  async function runOnSample(
    parts: DemoOptions & { issue: DemoIssue; folder: string; directory: string },
  ): Promise<DemoReport> {
    const { host, clock, signal, onStep } = parts;
    const real = environment[REAL_MODEL_VARIABLE];
    const recording = join(parts.folder, 'session.json');
    if (!real) await writeFile(recording, await readDemoSession(parts.issue));
    const runtime = await compose({
      directory: parts.directory,
      environment,
      host,
      clock,
      signal,
      sandbox: 'best-effort',
      remote: 'none',
      ...(real ? {} : { recording }),
    });
    try {
      const reports = await runLoop(runtime, {
        issue,
        ask: parts.ask ?? answerForThePerson,
        ...(onStep ? { onStep } : {}),
      });
      return await describe(runtime, reports, { ...parts, model: real ?? 'recorded' });
    } finally {
      await runtime.close();
    }
  }
}

/**
 * What somebody who wrote issue 3 would have answered; and since the sample is ours, that its commands ran without a
 * sandbox holds nothing up where there is none. Nothing else is said for anybody.
 */
function answerForThePerson({ wait, state }: Checkpoint): Promise<PersonSays | null> {
  if (wait?.for === 'answers') return Promise.resolve({ command: 'answer', argument: 'q1=1 q2=1' });
  const asked = state.requestedApproval;
  const isOursToApprove = asked?.reasons.every((reason) => reason === WITHOUT_SANDBOX);
  return Promise.resolve(asked && isOursToApprove ? { command: 'approve', argument: asked.digest } : null);
}

type Described = { issue: number; directory: string; keep: boolean; model: string };

async function describe(
  runtime: Runtime,
  reports: readonly StepReport[],
  parts: Described,
): Promise<DemoReport> {
  const last = reports.at(-1);
  if (!last) throw new TammaError('INTERRUPTED', 'the demo was stopped before its first step');
  const { state } = last;
  const events = await readEvents(runtime.store, queryOfIssue(parts.issue));
  const verified = await runtime.store.verify();
  const issue = await runtime.platform.issues.get(parts.issue);
  return {
    status: last.status,
    issue: parts.issue,
    title: issue.title,
    branch: events.find((event) => isOfType(event, 'BRANCH.CREATED.SUCCESS'))?.data.branch as string | null,
    commits: events.flatMap((event) =>
      isOfType(event, 'COMMIT.CREATED.SUCCESS') ? [{ sha: event.data.sha, message: event.data.message }] : [],
    ),
    mergeSha: state.mergeSha,
    steps: toSteps(state),
    costUsd: state.costUsd,
    position: verified.head.position,
    logValid: verified.ok,
    testsPass: state.mergeSha ? await testsPassOnDefaultBranch(runtime, parts.issue) : null,
    issueState: issue.state,
    model: parts.model,
    sandbox: state.context?.sandbox ?? 'not used',
    directory: parts.directory,
    kept: parts.keep,
    error: last.error,
  };
}

function toSteps(state: LoopState): DemoReport['steps'] {
  return loop
    .map((row) => ({ step: row.id, ...state.steps[row.id] }))
    .filter((step) => step.runs > 0)
    .map(({ step, status, durationMs, runs, summary }) => ({
      step,
      status,
      durationMs,
      attempts: runs,
      summary,
    }));
}

async function testsPassOnDefaultBranch(runtime: Runtime, issue: number): Promise<boolean> {
  const { head } = await runtime.platform.branches.getDefault();
  const { commands } = await runtime.commands(head);
  const workspace = await runtime.workspace(issue);
  await workspace.reset(head);
  const sandbox = await runtime.sandbox();
  const result = await sandbox.run({
    argv: toArgv(commands.test ?? 'false'),
    directory: workspace.directory,
  });
  return result.exitCode === 0;
}
