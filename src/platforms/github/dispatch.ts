import { TammaError } from '../../core/errors.ts';
import type { Clock } from '../../ports/host.ts';
import type { DispatchPort, WorkflowRun } from '../../ports/platform/ci.ts';
import type { Refs } from '../git/refs.ts';
import { dispatched, type RawWorkflowRun, workflowRun } from './answers.ts';
import { createOnce, lookUntil } from './converge.ts';
import type { Api } from './request.ts';

type DispatchDesk = { api: Api; refs: Refs; clock: Clock };
type Query = { workflow: string; ref: string; since: string };

export function createDispatchPort({ api, refs, clock }: DispatchDesk): DispatchPort {
  return {
    start: (request) => start({ api, refs, clock }, request),
    async find(query) {
      const found = await findRun(api, query);
      return found && toRun(found);
    },
    get: (id) => getRun(api, id),
  };
}

async function getRun(api: Api, id: string): Promise<WorkflowRun | undefined> {
  const raw = await api.find(workflowRun, 'GET /repos/{owner}/{repo}/actions/runs/{run_id}', { run_id: id });
  return raw && toRun(raw);
}

async function findRun(api: Api, { workflow, ref, since }: Query): Promise<RawWorkflowRun | undefined> {
  const runs = await api.list(
    workflowRun,
    'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    { workflow_id: workflow, event: 'workflow_dispatch', branch: ref, per_page: 10 },
    { pick: 'workflow_runs', maxPages: 1 },
  );
  // GitHub keeps whole seconds. Newest first.
  return runs.find(({ created_at: createdAt }) => createdAt.slice(0, 19) >= since.slice(0, 19));
}

/**
 * GitHub names the run it started since 2026-02; before, and where no answer came, it is the newest one since. Every
 * call is a run: it is sent again only where no run is found.
 */
async function start(
  { api, refs, clock }: DispatchDesk,
  { workflow, ref, inputs }: Parameters<DispatchPort['start']>[0],
): Promise<WorkflowRun> {
  // The clocks of two machines differ a little.
  const since = new Date(clock.now().getTime() - 2_000).toISOString();
  const find = async () => {
    const found = await findRun(api, { workflow, ref, since });
    return found && toRun(found);
  };
  const create = async () => {
    const answer = await api.write(
      dispatched,
      'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
      { workflow_id: workflow, ref, inputs, return_run_details: true },
    );
    if (!answer) return undefined;
    const head = (await refs.find(`refs/heads/${ref}`)) ?? '';
    return { id: String(answer.workflow_run_id), url: answer.html_url, head, status: 'pending' } as const;
  };
  const known = await createOnce<WorkflowRun | undefined>(api, { create, find });
  const run = known ?? (await lookUntil(api, find, (found) => found !== undefined));
  if (run) return run;
  throw new TammaError(
    'PLATFORM_PENDING',
    `${workflow} was started on ${ref}, and its run does not show yet`,
  );
}

function toRun({ id, html_url: url, head_sha: head, status, conclusion }: RawWorkflowRun): WorkflowRun {
  const isHeld = status === 'waiting' || status === 'action_required' || conclusion === 'action_required';
  const hasPassed = ['success', 'neutral', 'skipped'].includes(conclusion ?? '');
  return {
    id: String(id),
    url,
    head,
    status: isHeld || status !== 'completed' ? 'pending' : hasPassed ? 'passed' : 'failed',
    ...(isHeld ? { needsApproval: true } : {}),
  };
}
