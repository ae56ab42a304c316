import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StepReport } from '../../src/app/reports.ts';
import { runLoop } from '../../src/app/run-loop.ts';
import { runStep } from '../../src/app/run-step.ts';
import { isOfType, type LoggedEvent } from '../../src/core/events/event.ts';
import { stepIds } from '../../src/core/loop.ts';
import { foldEvents } from '../../src/core/state.ts';
import { demoScripts } from '../support/demo/record.ts';
import { withSample } from '../support/e2e/open-sample.ts';
import { runProjectTests } from '../support/e2e/project-tests.ts';
import { QUICK_CONFIG, quickScript } from '../support/e2e/quick-script.ts';
import { dataOf, type MergeFacts, readLog, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { walkToEnd } from '../support/e2e/walk.ts';
import type { Script } from '../support/scripted-provider.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** What each step writes, in order, besides its model calls. */
const HISTORY = [
  ['ISSUE_ASSIGNMENT', 'ISSUE.SELECTED', 'ISSUE.ASSIGNED.SUCCESS', 'ISSUE.LABELED.SUCCESS'],
  ['CONTEXT_GATHERING', 'CONTEXT.GATHERED.SUCCESS'],
  ['RESEARCH', 'RESEARCH.COMPLETED.SUCCESS'],
  ['AMBIGUITY_CHECK', 'AMBIGUITY.SCORED'],
  ['DESIGN', 'DESIGN.PROPOSED', 'APPROVAL.GRANTED'],
  [
    'CODE_GENERATION',
    'CODE.TESTS_WRITTEN.SUCCESS',
    'CODE.GENERATED.SUCCESS',
    'CODE.REFACTORED.SUCCESS',
    'BRANCH.CREATED.SUCCESS',
    'COMMIT.CREATED.SUCCESS',
    'COMMIT.CREATED.SUCCESS',
    'COMMIT.CREATED.SUCCESS',
  ],
  ['BUILD_VALIDATION'],
  ['TEST_VALIDATION', 'GATE.PASSED', 'GATE.PASSED'],
  ['SECURITY_SCAN', 'GATE.PASSED'],
  ['CODE_REVIEW', 'GATE.PASSED'],
  ['PR_CREATION', 'EFFECT.INTENDED', 'PR.CREATED.SUCCESS'],
  ['CI_CHECK', 'CI.STATUS_CHANGED'],
  ['APPROVAL_GATE', 'APPROVAL.GRANTED'],
  [
    'MERGE',
    'EFFECT.INTENDED',
    'PR.MERGED.SUCCESS',
    'ISSUE.LABELED.SUCCESS',
    'COMMENT.PUBLISHED.SUCCESS',
    'ISSUE.CLOSED.SUCCESS',
    'BRANCH.DELETED.SUCCESS',
  ],
  ['DEPLOYMENT', 'WORKFLOW.COMPLETED'],
];

/** Steps of the sample that have nothing to do: there is nothing to build, no CI, no deployment. */
const SKIPPED = ['BUILD_VALIDATION', 'CI_CHECK', 'DEPLOYMENT'];

function expectHistory(events: readonly LoggedEvent[]): void {
  const types = events.filter(({ type }) => !type.startsWith('AI.')).map(({ type }) => type);
  const expected = HISTORY.flatMap(([step = '', ...written]) => {
    const ended = SKIPPED.includes(step) ? 'WORKFLOW.STEP_SKIPPED' : 'WORKFLOW.STEP_COMPLETED';
    const last = step === 'DEPLOYMENT' ? [ended, ...written] : [...written, ended];
    return ['WORKFLOW.STEP_STARTED', ...last];
  });
  expect(types).toEqual(expected);
}

describe('one issue from open to merged, in one process', () => {
  let project: SampleProject;
  let reports: StepReport[];
  let events: LoggedEvent[];
  let facts: MergeFacts;
  beforeAll(async () => {
    project = await createSampleProject();
    reports = await withSample(project, { model: demoScripts[1] }, (runtime) =>
      runLoop(runtime, { issue: 1 }),
    );
    events = await readLog(project, 1);
    facts = await readMergeFacts(project);
  });
  afterAll(() => project.remove());

  test('takes the fifteen steps once each, in the order of the table', () => {
    expect(reports.map(({ step }) => step)).toEqual(stepIds);
    expect(reports.slice(0, -1).every(({ progressed, status }) => progressed && status === 'done')).toBe(
      true,
    );
    expect(reports.at(-1)).toMatchObject({ status: 'done', progressed: false, nextStep: null });
  });

  test('records what happened in the order in which it happened', () => {
    expectHistory(events);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  });

  test('asks a model in the steps that need one, and pairs every request with its answer', () => {
    const asked = events.filter((event) => isOfType(event, 'AI.REQUEST.SENT'));
    const steps = new Set(asked.map(({ tags }) => tags.stepId));
    expect([...steps]).toEqual(['RESEARCH', 'AMBIGUITY_CHECK', 'DESIGN', 'CODE_GENERATION', 'CODE_REVIEW']);
    expect(dataOf(events, 'AI.RESPONSE.RECEIVED').map(({ requestId }) => requestId)).toEqual(
      dataOf(events, 'AI.REQUEST.SENT').map(({ requestId }) => requestId),
    );
  });

  test('merges the change in one commit, and the tests of the project pass on the default branch', async () => {
    expect(facts.mergeCommits).toHaveLength(1);
    expect(facts.mergeCommits).toEqual(dataOf(events, 'PR.MERGED.SUCCESS').map(({ mergeSha }) => mergeSha));
    expect(await project.read('main', 'test/parse-quoted.test.js')).toContain(
      'keeps a comma inside a quoted field',
    );
    expect(await runProjectTests(project)).toEqual({ exitCode: 0, tests: 9 });
  });

  test('closes the issue with the merge commit in its last comment, and deletes the branch', () => {
    expect(facts.issueFile).toMatch(/^state: closed$/m);
    expect(facts.issueFile).toMatch(/^labels: \[tamma, bug, tamma:done\]$/m);
    expect(facts).toMatchObject({ pullDocuments: 1, closingComments: 1, branches: [] });
    expect(facts.issueFile.slice(facts.issueFile.indexOf('### ✓ Tamma · done'))).toContain(
      facts.mergeCommits[0],
    );
  });

  test('leaves the checkout clean and at the merged commit', async () => {
    expect(await project.git('status', '--porcelain')).toBe('');
    expect(await project.git('rev-parse', 'HEAD')).toBe(await project.git('rev-parse', 'main'));
  });

  test('leaves a log that verifies and that folds to the state the last run had', async () => {
    expect(await verifyLog(project)).toMatchObject({ ok: true, problems: [], events: events.length });
    expect(foldEvents(events)).toEqual(reports.at(-1)?.state);
  });

  test('had after every step the state that the log up to there folds to', () => {
    for (const { state } of reports) {
      expect(foldEvents(events.filter(({ position }) => position <= state.position))).toEqual(state);
    }
  });

  test('does nothing more once it is done', async () => {
    const again = await withSample(project, {}, (runtime) => runStep(runtime, { issue: 1 }));
    expect(again).toMatchObject({ status: 'done', progressed: false, step: null });
    expect(await readLog(project, 1)).toHaveLength(events.length);
  });

  test('counts what the calls cost into the state, step by step', () => {
    const state = foldEvents(events);
    const sum = dataOf(events, 'AI.RESPONSE.RECEIVED').reduce((total, { costUsd }) => total + costUsd, 0);
    expect(state.costUsd).toBeCloseTo(sum, 5);
    expect(state.costUsd).toBeGreaterThan(0);
    const bySteps = Object.values(state.steps).reduce((total, { costUsd }) => total + costUsd, 0);
    expect(bySteps).toBeCloseTo(sum, 5);
  });
});

describe('a dry run', () => {
  const written = standingAt(async () => {
    const project = await createSampleProject({ config: QUICK_CONFIG });
    await walkToEnd(project, { model: quickScript(), before: 'CODE_GENERATION' });
    return project;
  });
  const preview = (model: Script) =>
    withSample(written(), { model }, (runtime) => runStep(runtime, { issue: 1, dryRun: true }));

  test('works, shows what it would write, and moves nothing', async () => {
    const before = await written().git('for-each-ref');
    const report = await preview(quickScript());
    expect(report).toMatchObject({ status: 'done', progressed: false, step: 'CODE_GENERATION' });
    expect(report.intents).toMatchObject([
      {
        kind: 'branch',
        expected: null,
        commits: [
          { message: expect.stringMatching(/^Add tests for/) },
          { message: expect.stringMatching(/^Implement/) },
        ],
      },
    ]);
    expect(await written().git('for-each-ref')).toBe(before);
    expect(await walkToEnd(written(), { model: quickScript() })).toMatchObject({ status: 'done' });
  });

  test('of a step that breaks off says why', async () => {
    const report = await preview(quickScript({ implement: [] }));
    expect(report).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('no answer is scripted') },
    });
    expect(dataOf(await readLog(written(), 1), 'WORKFLOW.STEP_FAILED')).toEqual([]);
  });
});

describe('steps that the configuration leaves out', () => {
  test('are skipped, say so, and cost nothing', async () => {
    const config = `${QUICK_CONFIG}workflow: { skip: [RESEARCH, AMBIGUITY_CHECK] }\n`;
    const project = await createSampleProject({ config });
    await walkToEnd(project, {
      model: quickScript({ research: [], ambiguity: [] }),
      before: 'CODE_GENERATION',
    });
    expect(dataOf(await readLog(project, 1), 'WORKFLOW.STEP_SKIPPED')).toEqual([
      { stepId: 'RESEARCH', run: 1, reason: 'left out by workflow.skip' },
      { stepId: 'AMBIGUITY_CHECK', run: 1, reason: 'left out by workflow.skip' },
    ]);
    await project.remove();
  });
});
