import type { StepId } from '../core/loop.ts';
import type { Step } from '../ports/step.ts';
import { checkAmbiguity } from './ambiguity-check.ts';
import { askForMerge } from './approval-gate.ts';
import { validateBuild } from './build-validation.ts';
import { checkCi } from './ci-check.ts';
import { generate } from './code-generation.ts';
import { reviewCode } from './code-review.ts';
import { gatherContext } from './context-gathering.ts';
import { deploy } from './deployment.ts';
import { proposeDesign } from './design.ts';
import { assignIssue } from './issue-assignment.ts';
import { merge } from './merge.ts';
import { openPullRequest } from './pr-creation.ts';
import { research } from './research.ts';
import { scanSecurity } from './security-scan.ts';
import { validateTests } from './test-validation.ts';

/** The work of each row of the loop. */
export const steps = {
  ISSUE_ASSIGNMENT: assignIssue,
  CONTEXT_GATHERING: gatherContext,
  RESEARCH: research,
  AMBIGUITY_CHECK: checkAmbiguity,
  DESIGN: proposeDesign,
  CODE_GENERATION: generate,
  BUILD_VALIDATION: validateBuild,
  TEST_VALIDATION: validateTests,
  SECURITY_SCAN: scanSecurity,
  CODE_REVIEW: reviewCode,
  PR_CREATION: openPullRequest,
  CI_CHECK: checkCi,
  APPROVAL_GATE: askForMerge,
  MERGE: merge,
  DEPLOYMENT: deploy,
} as const satisfies Record<StepId, Step>;
