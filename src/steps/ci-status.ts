import { createDraft, type EventDraft } from '../core/events/event.ts';
import { formatCount } from '../lib/quantities.ts';
import type { Check } from '../ports/platform/ci.ts';

export type CiStatus = 'none' | 'pending' | 'passed' | 'failed';

/** The checks of a head in one word. */
export type CiView = {
  status: CiStatus;
  /** Those that count. */
  checks: readonly Check[];
  /** Waited for even where one has failed already, so that a repair knows everything that is wrong. */
  isRunning: boolean;
  /** Nothing has begun that could pass: the project's own workflow, where one is named, has to be started. */
  isIdle: boolean;
};

/** `workflow` is the project's own CI, which stands in for runs that nobody has allowed to start. */
export function viewChecks(all: readonly Check[], workflow: string | null): CiView {
  const checks = workflow === null ? [...all] : all.filter((check) => !check.needsApproval);
  const isRunning = checks.some(
    ({ status, needsApproval, missing }) => status === 'pending' && !needsApproval && !missing,
  );
  const isIdle = checks.every(({ missing }) => missing);
  return { checks, isRunning, isIdle, status: isRunning ? 'pending' : statusAtRest(checks) };
}

/** Nothing moves by itself any more. */
function statusAtRest(checks: readonly Check[]): CiStatus {
  if (checks.length === 0) return 'none';
  if (checks.some(({ status }) => status === 'failed')) return 'failed';
  return checks.some(({ status }) => status === 'pending') ? 'pending' : 'passed';
}

export function toStatusEvent(
  { status, checks }: Pick<CiView, 'status' | 'checks'>,
  headSha: string,
): EventDraft {
  return createDraft('CI.STATUS_CHANGED', {
    status,
    headSha,
    checks: checks.slice(0, 100).map(({ name, status: state, url, needsApproval, missing }) => ({
      name: name.slice(0, 500),
      status: state,
      ...(url ? { url: url.slice(0, 500) } : {}),
      ...(needsApproval ? { needsApproval } : {}),
      ...(missing ? { missing } : {}),
    })),
  });
}

/** `3 checks, 2 passed, 1 pending`, and what the rules of the branch want although nothing reports it. */
export function describeChecks({ status, checks }: CiView): string {
  if (status === 'none') return 'there are no checks: the gates above stand for them';
  const missing = checks.filter((check) => check.missing).map(({ name }) => name);
  const count = (wanted: Check['status']) =>
    checks.filter((check) => check.status === wanted && !check.missing).length;
  const parts = (['passed', 'failed', 'pending', 'skipped'] as const)
    .map((wanted) => ({ wanted, number: count(wanted) }))
    .filter(({ number }) => number > 0)
    .map(({ wanted, number }) => `${number} ${wanted}`);
  const wanted = missing.length > 0 ? [`required and not reported: ${missing.join(', ')}`] : [];
  return [formatCount(checks.length, 'check'), ...parts, ...wanted].join(', ').slice(0, 500);
}
