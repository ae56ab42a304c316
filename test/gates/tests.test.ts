import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judgeTests } from '../../src/gates/tests.ts';
import { createGateContext } from '../support/gate-context.ts';
import { createWorkbench, type Workbench } from '../support/workbench.ts';

const test = (body: string) =>
  `import test from 'node:test';\nimport assert from 'node:assert/strict';\nimport { add } from '../src/add.js';\n${body}\n`;
const base = {
  'package.json': '{"type":"module"}\n',
  'src/add.js': 'export const add = (a, b) => a + b;\n',
  'test/add.test.js': test(
    "test('adds', () => assert.equal(add(1, 2), 3));\ntest('adds zero', () => assert.equal(add(0, 2), 2));",
  ),
};

let bench: Workbench;
beforeAll(async () => {
  bench = await createWorkbench(base);
});
afterAll(() => bench.remove());
beforeEach(() => bench.git.git(['update-ref', 'refs/heads/main', bench.base]));

const commands = { test: 'node --test' };

describe('the tests gate', () => {
  it('passes where the test command ends with exit code 0, and counts the tests', async () => {
    const verdict = await judgeTests(await createGateContext(bench, { commands }));
    expect(verdict).toMatchObject({
      gateId: 'tests',
      passed: true,
      summary: '2 tests pass',
      needsPerson: [],
      measured: { tests: 2, failing: 0 },
    });
    expect(verdict.report).toEqual({ summary: '2 tests pass', findings: [] });
  });

  it('fails with the names and places of the failing tests', async () => {
    await bench.git.commit('Break it', { 'src/add.js': 'export const add = (a, b) => a - b;\n' });
    const context = await createGateContext(bench, { commands });
    const verdict = await judgeTests(context);
    expect(verdict).toMatchObject({
      passed: false,
      summary: '2 of 2 tests fail: adds, adds zero',
      measured: { tests: 2, failing: 2 },
    });
    expect(verdict.report.findings).toEqual([
      {
        severity: 'major',
        path: 'test/add.test.js',
        line: 4,
        rule: 'failing-test',
        message: 'failing test: adds',
      },
      {
        severity: 'major',
        path: 'test/add.test.js',
        line: 5,
        rule: 'failing-test',
        message: 'failing test: adds zero',
      },
    ]);
    expect(verdict.report.output).toContain('AssertionError');
    expect((await judgeTests(context)).findingsDigest).toBe(verdict.findingsDigest);
  });

  it('gives another digest for another failure', async () => {
    await bench.git.commit('Break it', { 'src/add.js': 'export const add = (a, b) => a - b;\n' });
    const one = await judgeTests(await createGateContext(bench, { commands }));
    await bench.git.commit('Break it less', {
      'src/add.js': 'export const add = (a, b) => (a === 0 ? b : 0);\n',
    });
    const other = await judgeTests(await createGateContext(bench, { commands }));
    expect(other.summary).toBe('1 of 2 tests fail: adds');
    expect(other.findingsDigest).not.toBe(one.findingsDigest);
  });

  it('reads a JUnit report of this run, and never one that an earlier run left', async () => {
    await bench.git.commit('Report', {
      '.gitignore': 'junit.xml\n',
      'src/add.js': 'export const add = () => 0;\n',
    });
    const junit = 'node --test --test-reporter=junit --test-reporter-destination=junit.xml';
    const first = await judgeTests(await createGateContext(bench, { commands: { test: junit } }));
    expect(first.report.findings.map(({ message }) => message)).toEqual([
      'failing test: adds',
      'failing test: adds zero',
    ]);
    const second = await judgeTests(await createGateContext(bench, { commands: { test: 'sh -c "exit 3"' } }));
    expect(second).toMatchObject({
      passed: false,
      summary: '`sh -c "exit 3"` failed (exit code 3)',
      report: { findings: [] },
    });
  });

  it('fails where the runner says that it ran no test at all', async () => {
    await bench.git.commit('Delete the tests', { 'test/add.test.js': null });
    const verdict = await judgeTests(await createGateContext(bench, { commands }));
    expect(verdict).toMatchObject({
      passed: false,
      summary: '`node --test` ran no test at all (exit code 0)',
    });
  });

  it('passes on the exit code where no runner is recognised, and says no more than it knows', async () => {
    const verdict = await judgeTests(await createGateContext(bench, { commands: { test: 'true' } }));
    expect(verdict).toMatchObject({ passed: true, summary: '`true` ended with exit code 0', measured: {} });
  });

  it('asks for a person where the exit code hides failures', async () => {
    await bench.git.commit('Break it', { 'src/add.js': 'export const add = () => 2;\n' });
    const verdict = await judgeTests(
      await createGateContext(bench, { commands: { test: 'node --test || true' } }),
    );
    expect(verdict).toMatchObject({
      passed: true,
      needsPerson: ['`node --test || true` ended with exit code 0 although 1 tests failed'],
    });
    expect(verdict.notes[0]).toMatch(/^needs a person: /);
  });

  it('asks for a person where tests became fewer or weaker than at the base', async () => {
    await bench.git.commit('Weaken', {
      'test/add.test.js': test(
        "test('adds', () => {});\ntest.skip('adds zero', () => assert.equal(add(0, 2), 2));",
      ),
      'vitest.config.ts': 'export default { test: { coverage: { thresholds: { lines: 0 } } } };\n',
      '.nycrc': '{"lines": 10}\n',
    });
    const before = await bench.git.commit('Raise', { '.nycrc': '{"lines": 90}\n' });
    await bench.git.commit('Lower', { '.nycrc': '{"lines": 10}\n' });
    const verdict = await judgeTests(await createGateContext(bench, { commands }));
    expect(verdict.passed).toBe(true);
    expect(verdict.needsPerson).toEqual([
      'test/add.test.js has 1 tests, before 2',
      'test/add.test.js has 1 assertions, before 2',
      'test/add.test.js has 1 skipped or postponed tests, before 0',
    ]);
    const lowered = await judgeTests({ ...(await createGateContext(bench, { commands })), baseSha: before });
    expect(lowered.needsPerson).toEqual(['.nycrc asks for 10 lines, before 90']);
  });

  it('asks for a person where many tests are deleted, without naming them all', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 14 }, (_, index) => [
        `test/old-${index}.test.js`,
        test(`test('t${index}', () => {});`),
      ]),
    );
    const before = await bench.git.commit('Many', many);
    await bench.git.commit('None', Object.fromEntries(Object.keys(many).map((path) => [path, null])));
    const { needsPerson } = await judgeTests({
      ...(await createGateContext(bench, { commands })),
      baseSha: before,
    });
    expect(needsPerson).toHaveLength(11);
    expect(needsPerson[0]).toBe('test/old-0.test.js is deleted with 1 test');
    expect(needsPerson[10]).toBe('and 4 more of this kind');
  });

  it('does not judge without a test command', async () => {
    await expect(judgeTests(await createGateContext(bench))).rejects.toMatchObject({
      code: 'NO_TEST_COMMAND',
    });
  });
});
