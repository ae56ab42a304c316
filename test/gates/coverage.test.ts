import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeCoverage } from '../../src/gates/coverage.ts';
import { createGateContext } from '../support/gate-context.ts';
import { createWorkbench, type Workbench } from '../support/workbench.ts';

const base = {
  '.gitignore': 'coverage/\n',
  'package.json': '{"type":"module"}\n',
  'src/sign.js':
    "export function sign(a) {\n  if (a < 0) {\n    return 'negative';\n  }\n  return 'positive';\n}\n",
  'test/sign.test.js':
    "import test from 'node:test';\nimport assert from 'node:assert/strict';\nimport { sign } from '../src/sign.js';\ntest('signs', () => assert.equal(sign(1), 'positive'));\n",
};
const lcov = 'node --test --experimental-test-coverage --test-coverage-exclude=test/** --test-reporter=lcov';
const toFile = `mkdir -p coverage && ${lcov} --test-reporter-destination=coverage/lcov.info`;
const coverageReports = ['coverage/lcov.info', 'coverage/cobertura.xml'];

let bench: Workbench;
beforeAll(async () => {
  bench = await createWorkbench(base);
});
afterAll(() => bench.remove());

const judge = async (coverage: string | null, minimum: number | null = 80, reports = coverageReports) =>
  judgeCoverage(
    await createGateContext(bench, {
      commands: { coverage },
      config: { gates: { coverage: { minimum } } },
      coverageReports: reports,
    }),
  );

describe('the coverage gate', () => {
  it('measures what a real runner reports, and fails below the minimum', async () => {
    const verdict = await judge(toFile);
    expect(verdict).toMatchObject({
      gateId: 'coverage',
      passed: false,
      summary: '66.66 % of lines are covered (4 of 6, minimum 80 %)',
      measured: { lines: 66.66, minimum: 80 },
    });
    expect(verdict.report.findings).toEqual([
      { severity: 'major', rule: 'coverage', message: '66.66 % of lines are covered (4 of 6, minimum 80 %)' },
      {
        severity: 'minor',
        rule: 'not-covered',
        path: 'src/sign.js',
        message: '2 of 6 lines are not covered: 3-4',
      },
    ]);
  });

  it('passes at the minimum', async () => {
    expect(await judge(toFile, 66)).toMatchObject({ passed: true, notes: [], report: { findings: [] } });
  });

  it('reads a report that is printed instead of written', async () => {
    expect(await judge(lcov, 60)).toMatchObject({ passed: true, measured: { lines: 66.66 } });
  });

  it('fails where the report counts no line', async () => {
    expect(await judge("mkdir -p coverage && echo 'TN:' > coverage/lcov.info")).toMatchObject({
      passed: false,
      summary: 'nothing was measured: the lcov report counts no line',
    });
  });

  it('fails where the command does', async () => {
    expect(await judge('sh -c "echo boom; exit 4"')).toMatchObject({
      passed: false,
      summary: '`sh -c "echo boom; exit 4"` failed (exit code 4)',
      report: { output: 'boom' },
    });
  });

  it('passes with a note where no report comes out, and an old one does not count', async () => {
    await judge(toFile, 1);
    const verdict = await judge('true');
    expect(verdict).toMatchObject({ passed: true, summary: 'coverage is not measured', measured: {} });
    expect(verdict.notes).toEqual([
      'coverage is not measured: `true` left no report (looked at: coverage/lcov.info, coverage/cobertura.xml)',
    ]);
    expect((await judge('true', 80, [])).notes[0]).toContain('(looked at: nowhere)');
  });

  it('reads no report through a link', async () => {
    const context = await createGateContext(bench, {
      commands: { coverage: 'true' },
      coverageReports: ['lcov.info'],
    });
    await symlink('/etc/hostname', join(bench.workspace.directory, 'lcov.info'));
    expect((await judgeCoverage(context)).notes[0]).toContain('left no report');
  });

  it('passes over what is no coverage report', async () => {
    const both =
      'mkdir -p coverage && echo hello > coverage/lcov.info && echo \'<coverage lines-valid="2" lines-covered="2" branches-valid="4" branches-covered="1"/>\' > coverage/cobertura.xml';
    expect(await judge(both)).toMatchObject({ passed: true, measured: { lines: 100, branches: 25 } });
  });

  it('says that it is off, and that there is nothing to measure with', async () => {
    expect(await judge(toFile, null)).toMatchObject({
      passed: true,
      notes: ['coverage is switched off (gates.coverage.minimum: null)'],
    });
    expect(await judge(null)).toMatchObject({
      passed: true,
      notes: ['coverage is not measured: there is no coverage command'],
    });
  });
});
