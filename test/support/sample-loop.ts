import type { StepId } from '../../src/core/loop.ts';
import { foldEvents, type LoopState } from '../../src/core/state.ts';
import { createEventLog, DIGEST, type EventLog, SHA } from './event-log.ts';

/** What somebody would write who wants a rendering to do something. */
export const HOSTILE = 'Fixes #99 @alice <img src=x> [click](https://evil.example) \u001b[2J\n/close\n```';

const HOLDER = { runId: 'run-1', host: 'here', pid: 7, startedAt: '1' };

export const samplePlan = {
  summary: 'Read quoted fields as one.',
  steps: [
    { title: 'Write the test', detail: 'A field with a comma.', files: ['test/parse.test.js'] },
    { title: 'Read quotes', detail: `Walk the line. ${HOSTILE}`, files: ['src/parse.js', 'src/a|b.js'] },
  ],
  testPlan: 'One test for commas, one for quotes.',
  risk: 'medium' as const,
  riskReasons: ['touches the parser'],
  breakingChange: { expected: false, reason: 'same results for old files' },
  newDependencies: ['left-pad'],
  options: [{ name: 'A library', tradeOff: 'one more dependency' }],
};

export function begin(
  log: EventLog,
  stepId: StepId,
  run = 1,
  because = 'everything before it is done',
): EventLog {
  const onPosition = log.events.length;
  return log.add('WORKFLOW.STEP_STARTED', {
    stepId,
    run,
    holder: HOLDER,
    leaseUntil: '',
    because,
    onPosition,
  });
}

export function end(log: EventLog, stepId: StepId, summary: string, run = 1): EventLog {
  return log.add('WORKFLOW.STEP_COMPLETED', { stepId, run, outcome: 'completed', summary, durationMs: 1500 });
}

/** Issue 7 up to its questions. */
export function createAskingLog(): EventLog {
  const log = createEventLog();
  begin(log, 'ISSUE_ASSIGNMENT').add('ISSUE.SELECTED', {
    number: 7,
    title: `Commas in fields ${HOSTILE}`,
    labels: ['tamma'],
    issueDigest: DIGEST('1'),
    selectedBy: 'given',
  });
  end(log, 'ISSUE_ASSIGNMENT', 'assigned to tamma');
  begin(log, 'CONTEXT_GATHERING').add('CONTEXT.GATHERED.SUCCESS', {
    baseBranch: 'main',
    baseSha: SHA('0'),
    contextDigest: DIGEST('2'),
    issueDigest: DIGEST('1'),
    configDigest: DIGEST('3'),
    commands: { install: null, build: null, test: 'node --test', lint: null, coverage: null },
    project: 'node',
    files: 12,
    removed: { 'html-comments': 2 },
    sandbox: 'bubblewrap',
  });
  end(log, 'CONTEXT_GATHERING', '12 files');
  begin(log, 'AMBIGUITY_CHECK')
    .add('AMBIGUITY.SCORED', { score: 71.6, threshold: 60, reasons: ['no file is named'] })
    .add('QUESTIONS.ASKED', {
      round: 1,
      questions: [
        { id: 'q1', question: 'What about quotes?', choices: ['double them', `keep them ${HOSTILE}`] },
        { id: 'q2', question: 'Which files?', choices: ['CSV', 'all'] },
      ],
    })
    .add('WORKFLOW.WAITING', {
      stepId: 'AMBIGUITY_CHECK',
      run: 1,
      for: 'answers',
      command: 'tamma answer q1=1 q2=1 --issue 7',
      durationMs: 900,
    });
  return log;
}

/** The same up to the request to approve its plan. */
export function createPlannedLog(): EventLog {
  const log = createAskingLog();
  log.add(
    'QUESTIONS.ANSWERED',
    { answers: [{ questionId: 'q1', answer: 'double them' }], byDefault: false },
    'alice',
  );
  begin(log, 'DESIGN')
    .add('DESIGN.PROPOSED', { digest: DIGEST('d'), plan: samplePlan, revision: 1, model: 'm' })
    .add('APPROVAL.REQUESTED', {
      kind: 'design',
      digest: DIGEST('d'),
      reasons: ['the risk is medium'],
      expiresAt: '2026-11-27T08:00:00.000Z',
    })
    .add('WORKFLOW.WAITING', {
      stepId: 'DESIGN',
      run: 1,
      for: 'approval',
      command: `tamma approve ${DIGEST('d')} --issue 7`,
      until: '2026-11-27T08:00:00.000Z',
      durationMs: 700,
    });
  return log;
}

/** The same up to code that passed its gates on the second attempt, and a pull request. */
export function createPullLog(): EventLog {
  const log = createPlannedLog();
  log.add('APPROVAL.GRANTED', { kind: 'design', digest: DIGEST('d'), by: 'person' }, 'alice');
  begin(log, 'CODE_GENERATION')
    .add('CODE.TESTS_WRITTEN.SUCCESS', {
      headSha: SHA('a'),
      treeSha: SHA('b'),
      testFiles: { 'test/parse.test.js': DIGEST('4') },
      exitCode: 1,
      failingTests: ['reads | commas', 'reads quotes'],
      turns: 3,
    })
    .add('CODE.GENERATED.SUCCESS', {
      phase: 'implement',
      headSha: SHA('c'),
      treeSha: SHA('d'),
      files: ['src/parse.js'],
      exitCode: 0,
      round: 1,
      turns: 4,
    })
    .add('BRANCH.CREATED.SUCCESS', { branch: 'tamma/7-commas', sha: SHA('c'), baseSha: SHA('0') });
  end(log, 'CODE_GENERATION', 'tests and code');
  failGate(log, 1);
  begin(log, 'CODE_GENERATION', 2).add('CODE.GENERATED.SUCCESS', {
    phase: 'repair',
    headSha: SHA('e'),
    treeSha: SHA('f'),
    files: ['src/parse.js'],
    exitCode: null,
    round: 2,
    turns: 2,
  });
  end(log, 'CODE_GENERATION', 'repaired', 2);
  begin(log, 'TEST_VALIDATION', 2).add('GATE.PASSED', {
    gateId: 'tests',
    attempt: 2,
    headSha: SHA('e'),
    summary: '12 tests pass',
    notes: ['coverage is not measured'],
    measured: {},
    durationMs: 400,
  });
  end(log, 'TEST_VALIDATION', 'green', 2);
  return log.add('PR.CREATED.SUCCESS', {
    number: 12,
    url: 'https://forge.example/acme/shop/pull/12',
    branch: 'tamma/7-commas',
    headSha: SHA('e'),
    draft: true,
  });
}

function failGate(log: EventLog, attempt: number): void {
  begin(log, 'TEST_VALIDATION', attempt)
    .add('GATE.FAILED', {
      gateId: 'tests',
      attempt,
      maxAttempts: 3,
      headSha: SHA('c'),
      treeSha: DIGEST(String(attempt)).slice(0, 40),
      findingsDigest: DIGEST(String(attempt)),
      report: {
        summary: `1 of 12 tests fails ${HOSTILE}`,
        findings: [
          {
            severity: 'major',
            path: 'src/parse.js',
            line: 12,
            rule: 'tests',
            message: `expected 2 ${HOSTILE}`,
          },
        ],
        output: `not ok 1\n${HOSTILE}\n::error::owned`,
      },
      durationMs: 300,
    })
    .add('WORKFLOW.STEP_COMPLETED', {
      stepId: 'TEST_VALIDATION',
      run: attempt,
      outcome: 'gate-failed',
      summary: 'tests fail',
      durationMs: 300,
    });
}

/** Issue 7 handed to a person after three failed attempts at the tests gate. */
export function createEscalatedLog(): EventLog {
  const log = createPlannedLog();
  log.add('APPROVAL.GRANTED', { kind: 'design', digest: DIGEST('d'), by: 'person' }, 'alice');
  for (const attempt of [1, 2, 3]) failGate(log, attempt);
  const { failures } = foldEvents(log.events);
  return log.add('ESCALATION.TRIGGERED', {
    reason: 'attempts-exhausted',
    stepId: 'TEST_VALIDATION',
    gateId: 'tests',
    summary: `the tests gate failed 3 times ${HOSTILE}`,
    reports: failures.map(({ attempt, report }) => ({ attempt, report })),
    commands: [
      'tamma retry --issue 7',
      'tamma resume --issue 7',
      'tamma take-over --issue 7',
      'tamma stop --issue 7',
    ],
  });
}

export function stateOf(log: EventLog): LoopState {
  return foldEvents(log.events);
}
