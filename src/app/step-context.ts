import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoopState } from '../core/state.ts';
import { once } from '../lib/once.ts';
import type { PlatformView, StepContext } from '../ports/step.ts';
import type { ClaimedStep } from './claim.ts';
import type { Runtime } from './runtime.ts';
import type { Spool } from './spool.ts';
import { createStepModel } from './step-model.ts';

type StepContextOptions = {
  issue: number;
  claim: ClaimedStep;
  /** Absent in a dry run: model calls are made and counted, but not recorded. */
  spool: Spool | undefined;
};

/** What a step gets to see: no writes to the platform, everything that costs something on first use. */
export function createStepContext(
  runtime: Runtime,
  { issue, claim, spool }: StepContextOptions,
): StepContext {
  const { state, decision } = claim;
  const base = createReadContext(runtime, { issue, state });
  return {
    ...base,
    workspace: once(() => runtime.workspace(issue)),
    sandbox: once(() => runtime.sandbox()),
    model: once(() =>
      createStepModel(runtime, { state, stepId: decision.stepId, frame: claim.frame, spool }),
    ),
    keep: spool ? runtime.keep : base.keep,
    async saveTrajectory(name, trajectory) {
      const folder = join(runtime.repository.stateDirectory, 'trajectories', String(issue));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = join(
        folder,
        `${decision.stepId}-${decision.run}-${name.replace(/[^A-Za-z0-9-]/g, '-')}.json`,
      );
      await writeFile(file, runtime.redactor.redact(JSON.stringify(trajectory, null, 1)), { mode: 0o600 });
    },
  };
}

/** The part of a step's context that only reads: also what a command looks at before it is accepted. */
export function createReadContext(
  runtime: Runtime,
  { issue, state }: { issue: number; state: LoopState },
): StepContext {
  const { config, configDigest, platform, repository, clock, host, redactor, signal } = runtime;
  const baseSha = state.context?.baseSha;
  const refuse = () => Promise.reject(new Error('not available while reading'));
  return {
    state,
    config,
    configDigest,
    issueNumber: issue,
    anchor: runtime.anchors.seen,
    platform: toView(platform),
    repository,
    workspace: refuse,
    sandbox: refuse,
    model: refuse,
    detectCommands: (commit) => runtime.commands(commit),
    promptOverride: async (name) => (baseSha ? runtime.promptOverride(name, baseSha) : undefined),
    issue: once(() => platform.issues.get(issue)),
    clock,
    report: (progress) => host.report(progress),
    saveTrajectory: async () => {},
    keep: () => Promise.resolve(undefined),
    redact: (text) => redactor.redact(text),
    signal,
  };
}

/** A step comes to its end by what it has read once. */
function onceEach<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const asked = known.get(key) ?? read(key);
    known.set(key, asked);
    return asked;
  };
}

/** The write token stays with publish: a step cannot even name a write. */
function toView(platform: Runtime['platform']): PlatformView {
  const { id, repository, capabilities, issues, pulls, branches, actors, ci } = platform;
  const { reviews, dispatch, deployments, rules } = platform;
  return {
    id,
    repository,
    capabilities,
    issues: { list: (filter) => issues.list(filter), get: (number) => issues.get(number) },
    pulls: { find: (branch) => pulls.find(branch) },
    branches: { getDefault: () => branches.getDefault(), find: (name) => branches.find(name) },
    actors,
    ...(ci ? { ci } : {}),
    ...(reviews
      ? {
          reviews: {
            list: (pull: number) => reviews.list(pull),
            threads: (pull: number) => reviews.threads(pull),
          },
        }
      : {}),
    ...(dispatch ? { dispatch: { get: (run: string) => dispatch.get(run) } } : {}),
    ...(deployments ? { deployments } : {}),
    ...(rules ? { rules: { of: onceEach((branch: string) => rules.of(branch)) } } : {}),
  };
}
