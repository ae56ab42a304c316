import { judgeBuild } from '../gates/build.ts';
import type { Step } from '../ports/step.ts';
import { prepareGate, toOutcome } from './gate-outcome.ts';
import { getContext } from './project-view.ts';

/** Does it install, build and lint? Nothing to build is said, and is no failure. */
export const validateBuild: Step = async (context) => {
  const { install, build, lint } = getContext(context).commands;
  if (!install && !build && !lint) {
    return {
      status: 'skipped',
      reason: 'this project has no install, build or lint command',
      events: [],
      intents: [],
    };
  }
  return toOutcome(context, [await judgeBuild(await prepareGate(context))]);
};
