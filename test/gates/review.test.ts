import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gates } from '../../src/gates/index.ts';
import { judgeReview } from '../../src/gates/review.ts';
import { createTestAgent, sampleBrief, samplePlan } from '../support/agent-context.ts';
import { createGateContext } from '../support/gate-context.ts';
import { createWorkbench, type Workbench } from '../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await createWorkbench({ 'src/a.js': 'export const a = 1;\n' });
  await bench.git.commit('Change', {
    'src/a.js': 'export const a = 2;\n',
    'big.txt': 'line of text\n'.repeat(20_000),
  });
});
afterAll(() => bench.remove());

async function judge(answer: object) {
  const watched = createTestAgent(bench, [{ calls: [{ name: 'submit', input: answer }] }]);
  const context = await createGateContext(bench, { redact: (text) => text.replaceAll('s3cr3t', '***') });
  return {
    verdict: await judgeReview({ ...context, agent: watched.agent, brief: sampleBrief, plan: samplePlan }),
    ...watched,
  };
}

describe('the review gate', () => {
  it('fails on a serious finding, whatever the verdict says', async () => {
    const { verdict } = await judge({
      verdict: 'approve',
      summary: 'Fine with s3cr3t.',
      findings: [
        { severity: 'major', path: 'src/a.js', line: 1, message: 'leaks s3cr3t' },
        { severity: 'info', message: 'b' },
      ],
      scores: { correctness: 3, tests: 1 },
    });
    expect(verdict).toMatchObject({
      gateId: 'review',
      passed: false,
      summary: '1 serious findings: Fine with ***.',
      measured: { findings: 2, serious: 1, correctness: 3, tests: 1 },
      durationMs: 5,
    });
    expect(verdict.report.findings[0]).toEqual({
      severity: 'major',
      path: 'src/a.js',
      line: 1,
      message: 'leaks ***',
    });
  });

  it('passes without one, and records that it is an opinion and whose', async () => {
    const { verdict } = await judge({ verdict: 'approve', summary: 'Does what was asked.' });
    expect(verdict).toMatchObject({
      passed: true,
      summary: 'Does what was asked.',
      measured: { findings: 0, serious: 0 },
    });
    expect(verdict.notes[0]).toBe("reviewed by scripted: a model's opinion, not a proof");
  });

  it('passes on small findings and notes that the reviewer would like more', async () => {
    const { verdict } = await judge({
      verdict: 'request-changes',
      summary: 'Names.',
      findings: [{ severity: 'minor', message: 'rename a' }],
    });
    expect(verdict.passed).toBe(true);
    expect(verdict.notes).toContain('the reviewer asks for changes that do not hold it up: Names.');
  });

  it('shows the diff from base to head, and notes where it was cut', async () => {
    const { verdict, prompt } = await judge({ verdict: 'approve', summary: 'Fine.' });
    expect(prompt()).toContain('+line of text');
    expect(verdict.notes).toContain('the reviewer saw only the beginning of the diff');
  });
});

it('the table of gates names every gate that judges by looking', () => {
  expect(Object.keys(gates)).toEqual(['build', 'tests', 'coverage', 'security', 'review']);
});
