import { judgeCoverage } from '../gates/coverage.ts';
import { judgeTests } from '../gates/tests.ts';
import type { Verdict } from '../gates/verdict.ts';
import type { Step } from '../ports/step.ts';
import { prepareGate, toOutcome } from './gate-outcome.ts';

/** Do the tests pass, and do they cover enough? Measured only where they pass. */
export const validateTests: Step = async (context) => {
  const gate = await prepareGate(context);
  const verdicts: Verdict[] = [await judgeTests(gate)];
  if (verdicts[0]?.passed) verdicts.push(await judgeCoverage(gate));
  return toOutcome(context, verdicts);
};
