import { createDraft, type EventDraft } from '../core/events/event.ts';
import type { GateId } from '../core/loop.ts';
import type { GateContext } from '../gates/context.ts';
import type { Verdict } from '../gates/verdict.ts';
import type { StepContext, StepOutcome } from '../ports/step.ts';
import { confirmHead, getHead } from './head.ts';
import { installDependencies } from './install.ts';
import { keepEvidence } from './keep-evidence.ts';
import { getContext } from './project-view.ts';

/** What a gate works with: the head, fresh in the workspace, its dependencies installed. */
export async function prepareGate(context: StepContext): Promise<GateContext> {
  const head = await confirmHead(context);
  const { commands } = getContext(context);
  const baseSha = await findChangeBase(context, head.sha);
  const workspace = await context.workspace();
  await workspace.reset(head.sha);
  const install = await installDependencies(context, workspace);
  const { repository, config, redact, report, clock, signal } = context;
  const { coverageReports } = await context.detectCommands(baseSha);
  return {
    repository,
    workspace,
    sandbox: await context.sandbox(),
    install,
    commands,
    coverageReports,
    baseSha,
    headSha: head.sha,
    config,
    redact,
    report,
    clock,
    signal,
  };
}

/** Where the change begins: the base, or a newer one that was merged in meanwhile, whose changes are not ours to judge. */
export async function findChangeBase(context: StepContext, head: string): Promise<string> {
  const { platform, repository } = context;
  const base = await platform.branches.getDefault();
  return (await repository.mergeBase(base.head, head)) ?? getContext(context).baseSha;
}

/** Verdicts as events, and what they mean for the loop: one that is red sends it back. */
export async function toOutcome(context: StepContext, verdicts: readonly Verdict[]): Promise<StepOutcome> {
  const events = await Promise.all(verdicts.map((verdict) => toEvent(context, verdict)));
  const red = verdicts.find((verdict) => !verdict.passed);
  const summary = (red ? [red] : verdicts).map((verdict) => verdict.summary).join('; ');
  return { status: red ? 'gate-failed' : 'completed', summary, events, intents: [] };
}

async function toEvent(context: StepContext, verdict: Verdict): Promise<EventDraft> {
  const { gateId, summary, notes, measured, report, findingsDigest, durationMs } = verdict;
  const head = getHead(context);
  const attempt = attemptOf(context, gateId);
  const tags = { gateId };
  const kept = await keepEvidence(context, { log: verdict.log });
  if (verdict.passed) {
    return createDraft(
      'GATE.PASSED',
      { gateId, attempt, headSha: head.sha, summary, notes, measured, durationMs, ...kept },
      tags,
    );
  }
  const { maxAttempts } = context.config.gates;
  const where = { headSha: head.sha, treeSha: head.tree };
  return createDraft(
    'GATE.FAILED',
    { gateId, attempt, maxAttempts, ...where, findingsDigest, report, durationMs, ...kept },
    tags,
  );
}

function attemptOf({ state }: StepContext, gateId: GateId): number {
  return (state.failedAttempts[gateId] ?? 0) + 1;
}
