import type { EventData } from '../../src/core/events/catalogue.ts';
import type { Plan, Report } from '../../src/core/events/parts.ts';
import type { GateId, StepId } from '../../src/core/loop.ts';
import { foldEvents, type LoopState } from '../../src/core/state.ts';
import { createEventLog, DIGEST, type EventLog } from './event-log.ts';

/** One issue on GitHub from its first step to its deployment, and the turns it could have taken. */

const SITE = 'https://github.com/acme/tidy-csv';
const UNTIL = '2026-11-27T09:00:00.000Z';
const sha = (digit: string) => `${digit}3f9c2e7`.repeat(5);
const digest = '7be04f3a91c2d685'.repeat(4);

export const plan: Plan = {
  summary:
    'The parser splits a line at every comma. It will follow quotes, so that a quoted field stays whole.',
  steps: [
    {
      title: 'Pin the behaviour by tests',
      detail: 'A quoted comma, a doubled quote, a quoted line break.',
      files: ['test/parse-quoted.test.js'],
    },
    {
      title: 'Follow quotes in the parser',
      detail: 'Walk the line once; a comma outside of quotes ends a field.',
      files: ['src/parse.js'],
    },
    { title: 'Say so in the README', detail: 'One example with a quoted comma.', files: ['README.md'] },
  ],
  testPlan: 'Three new tests; the old ones stay as they are.',
  risk: 'medium',
  riskReasons: ['the parser is used by every command'],
  breakingChange: { expected: false, reason: 'files without quotes give the same fields' },
  newDependencies: [],
  options: [],
};

/** The log with a CI run of its own for every step, as it is on GitHub. */
function createStory() {
  const log = createEventLog(42);
  const runs = new Map<StepId, number>();
  let runId = 1700000100;
  const begin = (stepId: StepId, because: string) => {
    const run = (runs.get(stepId) ?? 0) + 1;
    runs.set(stepId, run);
    runId += 7;
    const holder = { runId: `${runId}.1`, host: 'runner', pid: 7, startedAt: '1' };
    log.add('WORKFLOW.STEP_STARTED', {
      stepId,
      run,
      holder,
      leaseUntil: '',
      because,
      onPosition: log.events.length,
    });
    return run;
  };
  const end = (
    stepId: StepId,
    summary: string,
    durationMs: number,
    outcome: 'completed' | 'gate-failed' = 'completed',
  ) =>
    log.add('WORKFLOW.STEP_COMPLETED', { stepId, run: runs.get(stepId) ?? 1, outcome, summary, durationMs });
  return { log, begin, end, runOf: (stepId: StepId) => runs.get(stepId) ?? 1 };
}

type Story = ReturnType<typeof createStory>;

function ask(log: EventLog, stepId: StepId, costUsd: number): void {
  const usage = { inputTokens: 4200, outputTokens: 610, cacheReadTokens: 9000, cacheWriteTokens: 0 };
  log.add('AI.RESPONSE.RECEIVED', {
    requestId: 'r',
    task: 't',
    turn: 1,
    responseDigest: DIGEST('5'),
    stopReason: 'tool',
    usage,
    costUsd,
    priceAsOf: '2026-11-01',
    durationMs: 900,
  });
  const last = log.events.at(-1);
  if (last) Object.assign(last.tags, { stepId, provider: 'anthropic', model: 'claude-sonnet-5' });
}

function assign({ log, begin, end }: Story): void {
  begin('ISSUE_ASSIGNMENT', 'nothing is known of this issue yet: begin');
  log.add('ISSUE.SELECTED', {
    number: 42,
    title: 'A quoted field with a comma is split in two',
    url: `${SITE}/issues/42`,
    labels: ['tamma', 'bug'],
    issueDigest: DIGEST('1'),
    selectedBy: 'queue',
  });
  end('ISSUE_ASSIGNMENT', 'taken from the queue', 900);
}

function gather({ log, begin, end }: Story): void {
  begin('CONTEXT_GATHERING', '“Assign the issue” is done');
  log.add('CONTEXT.GATHERED.SUCCESS', {
    baseBranch: 'main',
    baseSha: sha('a'),
    contextDigest: DIGEST('2'),
    issueDigest: DIGEST('1'),
    configDigest: DIGEST('3'),
    commands: { install: 'npm ci', build: null, test: 'npm test', lint: 'npm run lint', coverage: null },
    project: 'Node.js with npm',
    files: 12,
    removed: { 'html-comments': 1 },
    sandbox: 'bubblewrap',
  });
  end('CONTEXT_GATHERING', '12 files, tests by `npm test`', 2100);
  begin('RESEARCH', '“Gather context” is done');
  ask(log, 'RESEARCH', 0.021);
  end('RESEARCH', '2 findings', 8400);
}

function askQuestions({ log, begin }: Story): void {
  begin('AMBIGUITY_CHECK', '“Research” is done');
  ask(log, 'AMBIGUITY_CHECK', 0.009);
  log
    .add('AMBIGUITY.SCORED', { score: 68, threshold: 60, reasons: ['what a lone quote means is not said'] })
    .add('QUESTIONS.ASKED', {
      round: 1,
      questions: [
        { id: 'q1', question: 'What is a quote inside a field?', choices: ['an error', 'a plain character'] },
        { id: 'q2', question: 'May a quoted field hold a line break?', choices: ['yes', 'no'] },
      ],
    })
    .add('WORKFLOW.WAITING', {
      stepId: 'AMBIGUITY_CHECK',
      run: 1,
      for: 'answers',
      command: 'tamma answer --issue 42 q1=1 q2=1',
      durationMs: 6200,
    });
}

function answer({ log }: Story): void {
  const answers = [
    { questionId: 'q1', answer: 'an error' },
    { questionId: 'q2', answer: 'yes' },
  ];
  log.add('QUESTIONS.ANSWERED', { answers, byDefault: false }, 'alice');
}

function propose({ log, begin }: Story): void {
  begin('DESIGN', '“Check for ambiguity” is done');
  ask(log, 'DESIGN', 0.034);
  log
    .add('DESIGN.PROPOSED', { digest, plan, revision: 1, model: 'claude-sonnet-5' })
    .add('APPROVAL.REQUESTED', { kind: 'design', digest, reasons: ['the risk is medium'], expiresAt: UNTIL })
    .add('WORKFLOW.WAITING', {
      stepId: 'DESIGN',
      run: 1,
      for: 'approval',
      command: `tamma approve --issue 42 ${digest}`,
      until: UNTIL,
      durationMs: 11_800,
    });
}

function code({ log, begin, end }: Story): void {
  log.add('APPROVAL.GRANTED', { kind: 'design', digest, by: 'person', permission: 'write' }, 'alice');
  begin('CODE_GENERATION', '“Design” is done');
  ask(log, 'CODE_GENERATION', 0.148);
  log
    .add('CODE.TESTS_WRITTEN.SUCCESS', {
      headSha: sha('b'),
      treeSha: sha('c'),
      testFiles: { 'test/parse-quoted.test.js': DIGEST('4') },
      exitCode: 1,
      failingTests: ['keeps a quoted comma', 'reads a doubled quote', 'keeps a quoted line break'],
      turns: 3,
    })
    .add('CODE.GENERATED.SUCCESS', {
      phase: 'implement',
      headSha: sha('d'),
      treeSha: sha('e'),
      files: ['src/parse.js', 'README.md'],
      exitCode: 0,
      round: 1,
      turns: 5,
    })
    .add('BRANCH.CREATED.SUCCESS', {
      branch: 'tamma/42-a-quoted-field-with-a-comma',
      sha: sha('d'),
      baseSha: sha('a'),
    });
  end('CODE_GENERATION', 'RED: 1 file, exit 1; GREEN: 2 files, exit 0', 96_000);
  begin('BUILD_VALIDATION', '“Write tests and code” is done');
  pass(log, 'build', 1, 'npm ci and npm run lint pass');
  end('BUILD_VALIDATION', 'npm ci and npm run lint pass', 14_200);
}

function repair({ log, begin, end, runOf }: Story, digit: string): void {
  begin('CODE_GENERATION', 'the tests gate failed: repair it');
  ask(log, 'CODE_GENERATION', 0.052);
  log.add('CODE.GENERATED.SUCCESS', {
    phase: 'repair',
    headSha: sha(digit),
    treeSha: sha(digit),
    files: ['src/parse.js'],
    exitCode: null,
    round: runOf('CODE_GENERATION'),
    turns: 2,
  });
  end('CODE_GENERATION', 'repaired: 1 file', 31_000);
}

const describeFailure = (attempt: number): Report => ({
  summary: `${4 - attempt} of 14 tests ${attempt === 3 ? 'fails' : 'fail'}`,
  findings: [
    {
      severity: 'major',
      path: 'test/parse-quoted.test.js',
      line: 18 + attempt,
      rule: 'tests',
      message: 'keeps a quoted line break: expected 1 row, got 2',
    },
  ],
  output:
    'not ok 9 - keeps a quoted line break\n  expected: 1\n  actual: 2\n  at test/parse-quoted.test.js:19',
});

function failTests({ log, begin, end }: Story, attempt: number): void {
  begin('TEST_VALIDATION', '“Build” is done');
  const head = foldEvents(log.events).head;
  log.add('GATE.FAILED', {
    gateId: 'tests',
    attempt,
    maxAttempts: 3,
    headSha: head?.sha ?? '',
    treeSha: head?.tree ?? '',
    findingsDigest: DIGEST(String(attempt)),
    report: describeFailure(attempt),
    durationMs: 2400,
  });
  end('TEST_VALIDATION', describeFailure(attempt).summary, 2400, 'gate-failed');
}

function pass(
  log: EventLog,
  gateId: GateId,
  attempt: number,
  summary: string,
  more: Partial<EventData['GATE.PASSED']> = {},
): void {
  const measured = { notes: [], measured: {}, ...more };
  log.add('GATE.PASSED', { gateId, attempt, headSha: sha('f'), summary, durationMs: 400, ...measured });
}

function passGates({ log, begin, end }: Story): void {
  begin('BUILD_VALIDATION', '“Write tests and code” is done');
  pass(log, 'build', 2, 'npm ci and npm run lint pass');
  end('BUILD_VALIDATION', 'npm ci and npm run lint pass', 13_900);
  begin('TEST_VALIDATION', '“Build” is done');
  pass(log, 'tests', 2, '14 tests pass');
  pass(log, 'coverage', 1, '97 % of lines are covered (204 of 210, minimum 80 %)');
  end('TEST_VALIDATION', '14 tests pass; 97 % of lines are covered', 5200);
  begin('SECURITY_SCAN', '“Test” is done');
  pass(log, 'security', 1, '3 files scanned, nothing critical', {
    notes: ['needs a person: the audit of dependencies could not reach its database'],
  });
  end('SECURITY_SCAN', '3 files scanned, nothing critical', 3100);
  begin('CODE_REVIEW', '“Scan for security” is done');
  ask(log, 'CODE_REVIEW', 0.028);
  pass(log, 'review', 1, 'Quotes are followed, the interface is unchanged.', {
    notes: ['reviewed by claude-sonnet-5: a model’s opinion, not a proof'],
    measured: { files: 3, added: 61, removed: 9 },
  });
  end('CODE_REVIEW', 'Quotes are followed, the interface is unchanged.', 9700);
}

function openPull({ log, begin, end }: Story): void {
  begin('PR_CREATION', '“Review the change” is done');
  log.add('PR.CREATED.SUCCESS', {
    number: 57,
    url: `${SITE}/pull/57`,
    branch: 'tamma/42-a-quoted-field-with-a-comma',
    headSha: sha('f'),
    draft: true,
  });
  end('PR_CREATION', 'pull request for tamma/42-a-quoted-field-with-a-comma', 2900);
}

function watchCi({ log, begin, runOf }: Story): void {
  begin('CI_CHECK', '“Open the pull request” is done');
  log
    .add('CI.STATUS_CHANGED', {
      status: 'pending',
      headSha: sha('f'),
      checks: [
        { name: 'CI', status: 'pending', url: `${SITE}/actions/runs/1700000300`, needsApproval: true },
        { name: 'Lint', status: 'pending', url: `${SITE}/actions/runs/1700000301`, needsApproval: true },
      ],
    })
    .add('WORKFLOW.WAITING', { stepId: 'CI_CHECK', run: runOf('CI_CHECK'), for: 'ci', durationMs: 1100 });
}

function passCi({ log, begin, end }: Story): void {
  begin('CI_CHECK', '“Open the pull request” is done');
  const checks = ['CI', 'Lint'].map((name) => ({ name, status: 'passed' }));
  log.add('CI.STATUS_CHANGED', { status: 'passed', headSha: sha('f'), checks });
  pass(log, 'ci', 1, '2 checks, 2 passed');
  end('CI_CHECK', '2 checks, 2 passed', 1300);
}

function askForMerge({ log, begin }: Story): void {
  begin('APPROVAL_GATE', '“Watch CI and reviews” is done');
  const reasons = ['the configuration asks for it (approval.merge: required)'];
  log
    .add('APPROVAL.REQUESTED', { kind: 'merge', digest: sha('f'), reasons, expiresAt: UNTIL })
    .add('WORKFLOW.WAITING', {
      stepId: 'APPROVAL_GATE',
      run: 1,
      for: 'approval',
      command: `tamma approve --issue 42 ${sha('f')}`,
      until: UNTIL,
      durationMs: 1600,
    });
}

function queueMerge({ log, begin }: Story): void {
  log.add('APPROVAL.GRANTED', { kind: 'merge', digest: sha('f'), by: 'person', permission: 'admin' }, 'bob');
  const run = begin('MERGE', '“Get approval” is done');
  log.add('WORKFLOW.WAITING', {
    stepId: 'MERGE',
    run,
    for: 'platform',
    until: '2026-11-20T09:17:00.000Z',
    reason: 'pull request #57 is in the merge queue',
    durationMs: 2100,
  });
}

function mergeAndDeploy({ log, begin, end }: Story): void {
  log.add('APPROVAL.GRANTED', { kind: 'merge', digest: sha('f'), by: 'person', permission: 'admin' }, 'bob');
  begin('MERGE', '“Get approval” is done');
  const merged = {
    number: 57,
    headSha: sha('f'),
    mergeSha: sha('9'),
    method: 'squash',
    baseBranch: 'main',
  } as const;
  log.add('PR.MERGED.SUCCESS', merged);
  end('MERGE', 'f3f9c2e7f3f9 into main by squash', 3300);
  begin('DEPLOYMENT', '“Merge” is done');
  const url = `${SITE}/actions/runs/1700000400`;
  log.add('DEPLOYMENT.COMPLETED.SUCCESS', { workflow: 'deploy.yml', ref: 'main', url, durationMs: 64_000 });
  end('DEPLOYMENT', 'deploy.yml on main has ended', 1200);
  log.add('WORKFLOW.COMPLETED', {
    issue: 42,
    mergeSha: sha('9'),
    costUsd: 0.29,
    steps: 15,
    summary: 'merged',
  });
}

function escalate(
  { log }: Story,
  what: Pick<EventData['ESCALATION.TRIGGERED'], 'reason' | 'stepId' | 'gateId' | 'summary'>,
): void {
  const known = what.gateId ? foldEvents(log.events).failures : [];
  log.add('ESCALATION.TRIGGERED', {
    ...what,
    reports: known.map(({ attempt, report }) => ({ attempt, report })),
    commands: ['retry', 'resume', 'take-over', 'stop'].map((name) => `tamma ${name} --issue 42`),
  });
}

function giveUp(story: Story): void {
  const summary = 'the tests gate failed 3 times: 1 of 14 tests fails';
  escalate(story, { reason: 'attempts-exhausted', stepId: 'TEST_VALIDATION', gateId: 'tests', summary });
}

function exceedBudget(story: Story): void {
  const { log, begin } = story;
  const run = begin('CODE_GENERATION', 'the tests gate failed: repair it');
  log
    .add('BUDGET.EXCEEDED', { scope: 'issue', limitUsd: 0.25, spentUsd: 0.212, neededUsd: 0.06 })
    .add('WORKFLOW.STEP_FAILED', {
      stepId: 'CODE_GENERATION',
      run,
      code: 'BUDGET_EXCEEDED',
      message: 'the next call may cost 0.06 USD, and 0.04 of 0.25 USD for this issue are left',
      help: 'Raise budget.perIssueUsd, then retry.',
      retryable: false,
      durationMs: 800,
    });
  const summary = 'the budget of 0.25 USD per issue is used up';
  escalate(story, { reason: 'budget', stepId: 'CODE_GENERATION', summary });
}

type Turn = (story: Story) => void;

const understood: Turn[] = [assign, gather];
const planned: Turn[] = [...understood, askQuestions, answer, propose];
const failed: Turn[] = [...planned, code, (story) => failTests(story, 1)];
const opened: Turn[] = [...failed, (story) => repair(story, 'f'), passGates, openPull];

const stories = {
  fresh: [assign],
  'questions-asked': [...understood, askQuestions],
  'plan-waiting': planned,
  'attempts-failed': [...failed, (story) => repair(story, '1'), (story) => failTests(story, 2)],
  escalated: [
    ...failed,
    (story) => repair(story, '1'),
    (story) => failTests(story, 2),
    (story) => repair(story, '2'),
    (story) => failTests(story, 3),
    giveUp,
  ],
  'ci-needs-approval': [...opened, watchCi],
  'merge-waiting': [...opened, watchCi, passCi, askForMerge],
  'merge-put-off': [...opened, watchCi, passCi, askForMerge, queueMerge],
  'merged-and-deployed': [...opened, watchCi, passCi, askForMerge, mergeAndDeploy],
  'over-budget': [...failed, exceedBudget],
} as const satisfies Record<string, readonly Turn[]>;

export type StoryName = keyof typeof stories;

export const storyNames = Object.keys(stories) as StoryName[];

export type Told = { state: LoopState; log: EventLog };

/** The state at the end of a story, and its log. `again`: how often somebody looked again whether its wait is over. */
export function tell(name: StoryName, again = 0): Told {
  const story = createStory();
  for (const turn of stories[name] as readonly Turn[]) turn(story);
  for (let look = 0; look < again; look += 1) watchCi(story);
  return { state: foldEvents(story.log.events), log: story.log };
}
