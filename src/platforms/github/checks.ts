import { TammaError } from '../../core/errors.ts';
import type { RulePort } from '../../ports/platform/branches.ts';
import type { Check, CiPort } from '../../ports/platform/ci.ts';
import {
  checkRun,
  commitStatus,
  type RawCheckRun,
  type RawCommitStatus,
  type RawWorkflowRun,
  workflowRun,
} from './answers.ts';
import { readJobLog } from './job-log.ts';
import type { Api } from './request.ts';

/** Conclusions of GitHub (docs, "Check runs"); `stale` is one that never ended. */
const conclusions: Readonly<Record<string, Check['status']>> = {
  success: 'passed',
  neutral: 'skipped',
  skipped: 'skipped',
  failure: 'failed',
  cancelled: 'failed',
  timed_out: 'failed',
  startup_failure: 'failed',
  stale: 'failed',
  action_required: 'pending',
};

const states: Readonly<Record<string, Check['status']>> = {
  success: 'passed',
  pending: 'pending',
  failure: 'failed',
  error: 'failed',
};

/** Failing logs that are worth a request each; more failures than this have the same cause. */
const MOST_LOGS = 3;

type CheckDesk = {
  api: Api;
  rules: RulePort;
  /** The workflow run we are in: it would wait for itself. */
  ownRun: string | undefined;
};

/** Check runs and commit statuses of a commit, and what the rules of its base want that none of them is. */
export function createCiPort({ api, rules, ownRun }: CheckDesk): CiPort {
  return {
    async checks(head, base) {
      const [required, runs, statuses] = await Promise.all([
        base ? rules.of(base).then(({ requiredChecks }) => requiredChecks) : [],
        api.list(
          checkRun,
          'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
          { ref: head, filter: 'latest' },
          { pick: 'check_runs' },
        ),
        api.list(
          commitStatus,
          'GET /repos/{owner}/{repo}/commits/{ref}/status',
          { ref: head },
          { pick: 'statuses' },
        ),
      ]);
      const others = runs.filter((run) => !ownRun || !run.details_url?.includes(`/actions/runs/${ownRun}/`));
      const known = [...others.map(toCheck), ...statuses.map(toStatusCheck)];
      const hasActions = others.some((run) => run.app?.slug === 'github-actions');
      const waiting = hasActions ? [] : await listWaiting(api, head, ownRun);
      const missing = required.filter((name) => !known.some((check) => check.name === name));
      return addLogs(api, [...known, ...waiting, ...missing.map(toMissing)], others);
    },
  };
}

function toCheck(run: RawCheckRun): Check {
  const url = run.html_url ?? run.details_url;
  const isHeld = run.conclusion === 'action_required' || run.status === 'waiting';
  return {
    name: run.name,
    status: run.status === 'completed' ? (conclusions[run.conclusion ?? ''] ?? 'failed') : 'pending',
    ...(url ? { url } : {}),
    ...(isHeld ? { needsApproval: true } : {}),
  };
}

function toMissing(name: string): Check {
  return { name, status: 'pending', missing: true };
}

function toStatusCheck({ context, state, target_url: url }: RawCommitStatus): Check {
  return { name: context, status: states[state] ?? 'pending', ...(url ? { url } : {}) };
}

/**
 * Workflow runs of a pull request that a bot opened wait for a person and have no check runs until then: without this
 * look there would seem to be no checks at all. A token that may not see runs sees none.
 */
async function listWaiting(api: Api, head: string, ownRun: string | undefined): Promise<Check[]> {
  try {
    const runs = await api.list(
      workflowRun,
      'GET /repos/{owner}/{repo}/actions/runs',
      { head_sha: head },
      { pick: 'workflow_runs', maxPages: 1 },
    );
    return runs.filter((run) => String(run.id) !== ownRun).flatMap(toWaiting);
  } catch (error) {
    if (error instanceof TammaError && error.code === 'PLATFORM_REFUSED') return [];
    throw error;
  }
}

function toWaiting({ name, html_url: url, status, conclusion }: RawWorkflowRun): Check[] {
  const isHeld = conclusion === 'action_required' || status === 'waiting' || status === 'action_required';
  if (!isHeld && status === 'completed') return [];
  return [{ name: name ?? 'workflow', status: 'pending', url, ...(isHeld ? { needsApproval: true } : {}) }];
}

async function addLogs(api: Api, checks: Check[], runs: readonly RawCheckRun[]): Promise<Check[]> {
  const failed = checks.filter(({ status }) => status === 'failed').slice(0, MOST_LOGS);
  const logs = await Promise.all(
    failed.map((check) => {
      const run = runs.find(({ name, conclusion }) => name === check.name && conclusion === 'failure');
      return run?.app?.slug === 'github-actions' ? readJobLog(api, toJobId(run)) : undefined;
    }),
  );
  return checks.map((check) => {
    const log = logs[failed.indexOf(check)];
    return log ? { ...check, log } : check;
  });
}

/** A job's check run has the job's id; the address says so too. */
function toJobId({ id, details_url: url }: RawCheckRun): string {
  return /\/job\/(\d+)/.exec(url ?? '')?.[1] ?? String(id);
}
