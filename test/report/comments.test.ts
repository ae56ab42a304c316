import { describe, expect, test } from 'vitest';
import { createInitialState } from '../../src/core/state.ts';
import { renderApprovalRequest } from '../../src/report/approval.ts';
import { renderClosing } from '../../src/report/closing.ts';
import { renderEscalation } from '../../src/report/escalation.ts';
import { renderPullRequestBody } from '../../src/report/pull-request.ts';
import { renderQuestions } from '../../src/report/questions.ts';
import { renderStickyComment } from '../../src/report/sticky-comment.ts';
import { DIGEST, SHA } from '../support/event-log.ts';
import {
  createAskingLog,
  createEscalatedLog,
  createPlannedLog,
  createPullLog,
  samplePlan,
  stateOf,
} from '../support/sample-loop.ts';

const atShell = { issue: 7 };
const asComment = { issue: 7, commandPrefix: '/tamma' } as const;

const everything = {
  questions: renderQuestions(stateOf(createAskingLog()), asComment),
  approval: renderApprovalRequest(stateOf(createPlannedLog()), {
    ...asComment,
    issueText: 'Close #3\n@bob\n```\n/merge',
  }),
  escalation: renderEscalation(stateOf(createEscalatedLog()), asComment),
  pull: renderPullRequestBody(stateOf(createPullLog()), { ...asComment, warnings: ['ask @carol'] }),
  sticky: renderStickyComment(stateOf(createEscalatedLog()), asComment),
  closing: renderClosing(stateOf(createPullLog()), asComment),
};

/** The text without what a platform shows as code, where nothing is acted on. */
function outsideCode(markdown: string): string {
  const withoutFences = markdown.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '');
  return withoutFences.replaceAll('\\`', '').replace(/(`+)[^`][\s\S]*?\1/g, '');
}

describe.each(Object.entries(everything))('a comment: %s', (_, markdown) => {
  test('mentions nobody, refers to no other issue, and carries no HTML and no foreign link', () => {
    const text = outsideCode(markdown);
    expect(text).not.toMatch(/@(?:alice|bob|carol)/);
    expect(text).not.toMatch(/#(?:99|3)\b/);
    expect(text).not.toMatch(/<img/);
    expect(text).not.toMatch(/\]\(https:\/\/evil/);
    expect(text).not.toMatch(/^\s*\/(?:close|merge)/m);
  });

  test('has no control character but line breaks', () => {
    expect(markdown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('the questions', () => {
  test('stand with their choices and one command that can be given as it is', () => {
    const text = renderQuestions(stateOf(createAskingLog()), atShell);
    expect(text).toContain('**q1** What about quotes?');
    expect(text).toMatch(/1\. double them\n2\. keep them/);
    expect(text).toContain('ambiguity 72 of 100');
    expect(text).toContain('tamma answer --issue 7 q1=1 q2=1');
  });

  test('name the command as a comment where they are answered as one', () => {
    expect(everything.questions).toContain('/tamma answer q1=1 q2=1\n');
    expect(everything.questions).not.toContain('--issue');
  });
});

describe('a request for approval', () => {
  test('shows the plan in full, its digest and the exact command', () => {
    const text = renderApprovalRequest(stateOf(createPlannedLog()), atShell);
    for (const step of samplePlan.steps) expect(text).toContain(`**${step.title}**`);
    expect(text).toContain('`test/parse.test.js`');
    expect(text).toContain('**Risk:** medium – touches the parser');
    expect(text).toContain('`left-pad`');
    expect(text).toContain('**A library** – one more dependency');
    expect(text).toContain(`tamma approve --issue 7 ${DIGEST('d')}`);
    expect(text).toContain('until 2026-11-27 08:00 UTC');
  });

  test('says why a person is asked, what may run, on which base, and what was hidden in the issue', () => {
    expect(everything.approval).toContain('**Asked because** the risk is medium.');
    expect(everything.approval).toContain('`node --test`');
    expect(everything.approval).toContain(SHA('0'));
    expect(everything.approval).toContain('2 × html-comments');
    expect(everything.approval).toContain('````text\nClose #3');
  });

  test('keeps the command and says that it was cut where a plan is longer than a comment may be', () => {
    const state = stateOf(createPlannedLog());
    const steps = Array.from({ length: 7 }, (_, index) => ({
      title: `Step ${index}`,
      detail: 'word '.repeat(400),
      files: Array.from({ length: 30 }, (_, file) => `${'folder/'.repeat(20)}${file}.js`),
    }));
    const design = { digest: DIGEST('d'), revision: 1, plan: { ...samplePlan, steps } };
    const text = renderApprovalRequest({ ...state, design }, atShell);
    expect(text.length).toBeLessThan(30_000);
    expect(text).toContain('**Cut here.**');
    expect(text).toContain(`tamma approve --issue 7 ${DIGEST('d')}`);
  });

  test('for a merge names the head, the pull request, the gates and the evidence', () => {
    const log = createPullLog().add('APPROVAL.REQUESTED', {
      kind: 'merge',
      digest: SHA('e'),
      reasons: ['business mode'],
      expiresAt: '2026-11-27T08:00:00.000Z',
    });
    const text = renderApprovalRequest(stateOf(log), atShell);
    expect(text).toContain('waiting for approval to merge');
    expect(text).toContain('[pull request #12](https://forge.example/acme/shop/pull/12)');
    expect(text).toContain('| ✓ | Tests | 2 | 12 tests pass');
    expect(text).toContain(`tamma approve --issue 7 ${SHA('e')}`);
    expect(text).toContain('RED');
  });

  test('without a recorded request is for the plan, or for the merge once there is a pull request', () => {
    const planned = { ...stateOf(createPlannedLog()), requestedApproval: null };
    expect(renderApprovalRequest(planned, atShell)).toContain(`tamma approve --issue 7 ${DIGEST('d')}`);
    expect(renderApprovalRequest(stateOf(createPullLog()), atShell)).toContain(
      `tamma approve --issue 7 ${SHA('e')}`,
    );
  });
});

describe('an escalation', () => {
  test('names the gate, shows the newest report first, and ends with the commands that answer it', () => {
    const text = renderEscalation(stateOf(createEscalatedLog()), atShell);
    expect(text).toContain('**Test, Tests gate:** the tests gate failed 3 times');
    expect(text.indexOf('Attempt 3')).toBeLessThan(text.indexOf('Attempt 1'));
    expect(text).toContain('major `src/parse.js:12`');
    expect(text).toContain('| `tamma retry --issue 7` | try again');
    expect(text).toContain('| `tamma take-over --issue 7` |');
  });

  test('tells the commands as comments where they are given as such', () => {
    expect(everything.escalation).toContain('| `/tamma retry` |');
    expect(everything.escalation).not.toContain('--issue 7` |');
  });

  test('says nothing while there is none', () => {
    expect(renderEscalation(createInitialState(), atShell)).toBe('');
  });

  test('stays below the cap of a body however long its reports are', () => {
    const state = stateOf(createEscalatedLog());
    const findings = Array.from({ length: 50 }, () => ({
      severity: 'major' as const,
      message: 'x'.repeat(2000),
    }));
    const report = { summary: 'y'.repeat(500), findings, output: 'line of output\n'.repeat(500) };
    const reports = [1, 2, 3, 4, 5].map((attempt) => ({ attempt, report }));
    const escalation = state.escalation && { ...state.escalation, reports };
    const text = renderEscalation({ ...state, escalation }, atShell);
    expect(text.length).toBeLessThan(30_000);
    expect(text).toContain('and 38 more in the log');
    expect(text).toContain('- attempt 1: ');
    expect(text).toContain('tamma stop --issue 7');
  });
});

describe('the pull request', () => {
  test('shows RED before GREEN by exit code, with the tests that failed', () => {
    const red = everything.pull.indexOf('| RED: tests, no code yet | fails (exit 1): `reads \\| commas`');
    const green = everything.pull.indexOf('| GREEN: the code | passes (exit 0) |');
    expect(red).toBeGreaterThan(0);
    expect(green).toBeGreaterThan(red);
  });

  test('closes its issue, tells gates with notes, people’s decisions, cost, and how to take over', () => {
    expect(everything.pull).toMatch(/^Closes #7\n/);
    expect(everything.pull).toContain('12 tests pass; coverage is not measured');
    expect(everything.pull).toContain('What about quotes? – double them');
    expect(everything.pull).toContain('approved by `alice`');
    expect(everything.pull).toContain('0 USD · 1 repair');
    expect(everything.pull).toContain('gives `/tamma take-over` and pushes to this branch');
    expect(everything.pull).toContain(
      '## Look at this first\n\n- ask `@carol`\n- **New dependencies:** `left-pad`',
    );
  });
});

describe('the sticky comment', () => {
  test('is a task list of all fifteen steps', () => {
    const boxes = everything.sticky.match(/^- \[[ x]\] /gm);
    expect(boxes).toHaveLength(15);
    expect(everything.sticky).toContain('- [x] Assign the issue · assigned to tamma · 1.5 s');
    expect(everything.sticky).toContain('- [ ] Test · ✗ sent back · tests fail · 3 attempts');
  });

  test('gives the exact command while it waits', () => {
    const text = renderStickyComment(stateOf(createPlannedLog()), asComment);
    expect(text).toContain(
      '### ⏸ Tamma · waiting for approval of the plan\n\n**Somebody with write access approves**',
    );
    expect(text).toContain(`/tamma approve ${DIGEST('d')}\n`);
    expect(text).toContain('**Design** · ⏸ waiting');
  });

  test('lists what answers an escalation', () => {
    expect(everything.sticky).toContain('### ⚠ Tamma · needs a person: the attempts are used up');
    expect(everything.sticky).toContain('| `/tamma retry` | try again');
    expect(everything.sticky.match(/^### /gm)).toHaveLength(1);
  });

  test('tells pull request, repairs, cost and position', () => {
    const text = renderStickyComment(stateOf(createPullLog()), asComment);
    expect(text).toContain('0 USD · 1 repair · [pull request #12](https://forge.example/acme/shop/pull/12)');
    expect(text).toContain(' · log position 31');
  });
});

test('the last words say what was merged, by how many steps, and where to find out why', () => {
  const merged = { ...stateOf(createPullLog()), mergeSha: SHA('9') };
  const text = renderClosing(merged, atShell);
  expect(text).toContain(`as \`${SHA('9')}\``);
  expect(text).toMatch(/ of 15 steps · .* of work · 0 USD · 1 repair/);
  expect(text).toContain('tamma replay --issue 7');
  expect(everything.closing).toContain(`head \`${SHA('e')}\``);
});
