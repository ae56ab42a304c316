import { createDraft } from '../core/events/event.ts';
import { createVerdict, type Verdict } from '../gates/verdict.ts';
import type { Check } from '../ports/platform.ts';
import type { Step, StepContext } from '../ports/step.ts';
import { toOutcome } from './gate-outcome.ts';
import { getHead } from './head.ts';

/** What the platform's own checks say of the pull request. Where there are none, that is said and the loop goes on. */
export const checkCi: Step = async (context) => {
  const head = getHead(context);
  const { ci, id } = context.platform;
  if (!ci) {
    const none = createDraft('CI.STATUS_CHANGED', { status: 'none', headSha: head.sha, checks: [] });
    return {
      status: 'skipped',
      reason: `${id} has no CI of its own: the gates above stand for it`,
      events: [none],
      intents: [],
    };
  }
  const checks = await ci.checks(head.sha);
  const status = toStatus(checks.map((check) => check.status));
  const changed = createDraft('CI.STATUS_CHANGED', {
    status,
    headSha: head.sha,
    checks: checks.map(({ name, status: state, url }) => ({ name, status: state, ...(url ? { url } : {}) })),
  });
  const summary = `${checks.length} checks, ${status}`;
  if (status === 'pending') return { status: 'waiting', for: 'ci', summary, events: [changed], intents: [] };
  if (status === 'none') return { status: 'completed', summary, events: [changed], intents: [] };
  const judged = toOutcome(context, [judgeChecks(context, checks, summary)]);
  return { ...judged, events: [changed, ...judged.events] };
};

/** What failed, with the end of its log: enough to repair from. */
function judgeChecks({ redact }: StepContext, checks: readonly Check[], summary: string): Verdict {
  const failed = checks.filter((check) => check.status === 'failed');
  return createVerdict({
    gateId: 'ci',
    passed: failed.length === 0,
    summary,
    findings: failed.map(({ name, log = 'it left no log' }) => ({
      severity: 'major',
      rule: name.slice(0, 100),
      message: redact(log).slice(-2000),
    })),
    measured: { checks: checks.length, failed: failed.length },
    durationMs: 0,
  });
}

function toStatus(states: readonly string[]): 'none' | 'pending' | 'passed' | 'failed' {
  if (states.length === 0) return 'none';
  if (states.includes('failed')) return 'failed';
  return states.includes('pending') ? 'pending' : 'passed';
}
