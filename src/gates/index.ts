import type { GateId } from '../core/loop.ts';
import { judgeBuild } from './build.ts';
import type { ReviewContext } from './context.ts';
import { judgeCoverage } from './coverage.ts';
import { judgeReview } from './review.ts';
import { judgeSecurity } from './security.ts';
import { judgeTests } from './tests.ts';
import type { Verdict } from './verdict.ts';

/** The gates that judge by looking themselves; `tdd`, `ci` and `merge` are judged where they happen. */
export const gates = {
  build: judgeBuild,
  tests: judgeTests,
  coverage: judgeCoverage,
  security: judgeSecurity,
  review: judgeReview,
} as const satisfies Partial<Record<GateId, (context: ReviewContext) => Promise<Verdict>>>;
