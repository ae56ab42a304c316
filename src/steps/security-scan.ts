import { judgeSecurity } from '../gates/security.ts';
import type { Step } from '../ports/step.ts';
import { prepareGate, toOutcome } from './gate-outcome.ts';

/** Secrets, protected paths, file modes and dependencies of the whole change. Never skipped. */
export const scanSecurity: Step = async (context) =>
  toOutcome(context, [await judgeSecurity(await prepareGate(context))]);
