import { TammaError } from '../core/errors.ts';
import { createDraft } from '../core/events/event.ts';
import type { WorkflowRun } from '../ports/platform/ci.ts';
import type { Step, StepContext, StepOutcome } from '../ports/step.ts';

/** Triggers the configured workflow and watches it. Nothing configured, or nothing to trigger it with, is said so. */
export const deploy: Step = async (context) => {
  const { config, platform, state } = context;
  const { workflow } = config.deploy;
  if (!workflow) return skip('no deployment is configured');
  if (!platform.dispatch)
    return skip(`deploy.workflow is ${workflow}, but ${platform.id} has nothing that could run it`);
  if (!state.deployment) return start(context, workflow);
  const run = await platform.dispatch.get(state.deployment.runId);
  if (!run)
    throw new TammaError(
      'REALITY_DISAGREES',
      `the log says run ${state.deployment.runId} deploys it, and there is none`,
    );
  return judge(context, workflow, run);
};

async function start(
  { config, platform, state, clock }: StepContext,
  workflow: string,
): Promise<StepOutcome> {
  if (!/^[A-Za-z0-9][\w.-]{0,99}\.ya?ml$/.test(workflow))
    throw new TammaError(
      'CONFIG_INVALID',
      `deploy.workflow is ${workflow}; name a file of .github/workflows, such as deploy.yml`,
    );
  const ref = await refOf({ config, platform });
  const since = state.dispatchIntendedAt ?? clock.now().toISOString();
  return {
    status: 'waiting',
    for: 'deployment',
    summary: `${workflow} is started on ${ref}`,
    events: [],
    intents: [
      { kind: 'dispatch', purpose: 'deployment', workflow, ref, since, head: null, contains: state.mergeSha },
    ],
  };
}

async function judge(context: StepContext, workflow: string, run: WorkflowRun): Promise<StepOutcome> {
  const { state, clock } = context;
  const ref = await refOf(context);
  const since = state.deployment?.since ?? clock.now().toISOString();
  const url = run.url.slice(0, 500);
  if (run.status === 'pending') {
    const summary = run.needsApproval
      ? `a person has to allow the deployment: ${url}`
      : `${workflow} is running: ${url}`;
    return { status: 'waiting', for: 'deployment', summary, events: [], intents: [] };
  }
  if (run.status === 'failed') {
    const failed = createDraft('DEPLOYMENT.COMPLETED.FAILED', { workflow, ref, runId: run.id, url });
    return {
      status: 'waiting',
      for: 'deployment',
      summary: `${workflow} failed: ${url}`,
      events: [failed],
      intents: [],
    };
  }
  const durationMs = Math.max(0, clock.now().getTime() - Date.parse(since));
  const done = createDraft('DEPLOYMENT.COMPLETED.SUCCESS', {
    workflow,
    ref,
    url: await findPlace(context, url),
    durationMs,
  });
  return { status: 'completed', summary: `${workflow} on ${ref} succeeded`, events: [done], intents: [] };
}

/** Where the change can be looked at: what the environment says, or the run. */
async function findPlace({ config, platform, state }: StepContext, runUrl: string): Promise<string> {
  const { environment } = config.deploy;
  if (!environment || !platform.deployments || !state.mergeSha) return runUrl;
  const found = await platform.deployments.find({ sha: state.mergeSha, environment });
  return found?.url?.slice(0, 500) ?? runUrl;
}

async function refOf({ config, platform }: Pick<StepContext, 'config' | 'platform'>): Promise<string> {
  return config.deploy.ref === 'default' ? (await platform.branches.getDefault()).name : config.deploy.ref;
}

function skip(reason: string): StepOutcome {
  return { status: 'skipped', reason, events: [], intents: [] };
}
