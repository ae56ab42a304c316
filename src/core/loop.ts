/**
 * The loop as a table: one row a step, in order. Everything that differs between steps and is not code is here.
 * `model`: the step calls a model, so a missing key is reported before the step is claimed.
 * `sandbox`: the step runs commands of the repository, or records where they will run. `skippable`: `tamma skip` may pass over it;
 * the rest can be tightened by configuration, never skipped.
 */
export const loop = [
  { id: 'ISSUE_ASSIGNMENT', title: 'Assign the issue', model: false, sandbox: false, skippable: false },
  { id: 'CONTEXT_GATHERING', title: 'Gather context', model: false, sandbox: true, skippable: false },
  { id: 'RESEARCH', title: 'Research', model: true, sandbox: false, skippable: true },
  { id: 'AMBIGUITY_CHECK', title: 'Check for ambiguity', model: true, sandbox: false, skippable: true },
  { id: 'DESIGN', title: 'Design', model: true, sandbox: false, skippable: false },
  { id: 'CODE_GENERATION', title: 'Write tests and code', model: true, sandbox: true, skippable: false },
  { id: 'BUILD_VALIDATION', title: 'Build', model: false, sandbox: true, skippable: false },
  { id: 'TEST_VALIDATION', title: 'Test', model: false, sandbox: true, skippable: false },
  { id: 'SECURITY_SCAN', title: 'Scan for security', model: false, sandbox: true, skippable: false },
  { id: 'CODE_REVIEW', title: 'Review the change', model: true, sandbox: false, skippable: false },
  { id: 'PR_CREATION', title: 'Open the pull request', model: false, sandbox: false, skippable: false },
  { id: 'CI_CHECK', title: 'Watch CI and reviews', model: false, sandbox: false, skippable: true },
  { id: 'APPROVAL_GATE', title: 'Get approval', model: false, sandbox: false, skippable: false },
  { id: 'MERGE', title: 'Merge', model: false, sandbox: false, skippable: false },
  { id: 'DEPLOYMENT', title: 'Deploy', model: false, sandbox: false, skippable: true },
] as const satisfies readonly {
  id: string;
  title: string;
  model: boolean;
  sandbox: boolean;
  skippable: boolean;
}[];

export type StepId = (typeof loop)[number]['id'];
export type LoopRow = (typeof loop)[number];

export const stepIds = loop.map((row) => row.id) as [StepId, ...StepId[]];

/** What judges a change, and the step that asks it. Attempts are counted per gate. */
export const gates = {
  tdd: 'CODE_GENERATION',
  build: 'BUILD_VALIDATION',
  tests: 'TEST_VALIDATION',
  coverage: 'TEST_VALIDATION',
  performance: 'TEST_VALIDATION',
  security: 'SECURITY_SCAN',
  review: 'CODE_REVIEW',
  ci: 'CI_CHECK',
  merge: 'MERGE',
} as const satisfies Record<string, StepId>;

export type GateId = keyof typeof gates;
export const gateIds = Object.keys(gates) as [GateId, ...GateId[]];

export function isStepId(text: string): text is StepId {
  return loop.some((row) => row.id === text);
}

export function getRow(id: StepId): LoopRow {
  const row = loop.find((candidate) => candidate.id === id);
  if (!row) throw new Error(`no such step: ${id}`);
  return row;
}

/** The step after `id`, or undefined after the last. */
export function findNextStep(id: StepId): StepId | undefined {
  return loop[loop.findIndex((row) => row.id === id) + 1]?.id;
}
