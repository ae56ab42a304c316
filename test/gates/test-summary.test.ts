import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJunit } from '../../src/gates/junit.ts';
import { parseTestOutput, parseTestRun } from '../../src/gates/test-summary.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

describe('what runners really print', () => {
  const file = '/tmp/sample/a.test.mjs';
  it.each([
    [
      'node-spec.txt',
      ['node'],
      4,
      [
        { name: 'top fails', path: 'a.test.mjs', line: 3 },
        { name: 'inner fails', path: 'a.test.mjs', line: 4 },
      ],
    ],
    [
      'node.tap',
      ['tap'],
      4,
      [
        { name: 'top fails', path: file, line: 3 },
        { name: 'inner fails', path: file, line: 4 },
      ],
    ],
    [
      'node20.tap',
      ['tap'],
      4,
      [
        { name: 'top fails', path: file, line: 3 },
        { name: 'inner fails', path: file, line: 4 },
      ],
    ],
    ['vitest.txt', ['vitest'], 2, [{ name: 'a.test.ts > suite > inner fails', path: 'a.test.ts' }]],
    ['vitest.tap', ['tap'], 2, [{ name: 'inner fails', path: '/tmp/sample/a.test.ts', line: 3 }]],
    [
      'pytest.txt',
      ['pytest'],
      3,
      [
        { name: 'test_a.py::test_bad', path: 'test_a.py' },
        { name: 'test_a.py::TestC::test_err', path: 'test_a.py' },
      ],
    ],
    [
      'pytest-quiet.txt',
      ['pytest'],
      3,
      [
        { name: 'test_a.py::test_bad', path: 'test_a.py' },
        { name: 'test_a.py::TestC::test_err', path: 'test_a.py' },
      ],
    ],
    ['unittest.txt', ['unittest'], 2, [{ name: 'test_a (__main__.T.test_a)' }]],
    ['cargo.txt', ['cargo'], 2, [{ name: 'tests::bad' }]],
  ])('%s', (name, formats, executed, failing) => {
    expect(parseTestOutput(fixture(name))).toEqual({ formats, executed, failing });
  });

  it.each([
    [
      'node-junit.xml',
      4,
      [
        { name: 'top fails', path: file },
        { name: 'suite > inner fails', path: file },
      ],
    ],
    ['vitest-junit.xml', 2, [{ name: 'a.test.ts > suite > inner fails' }]],
    ['pytest-junit.xml', 3, [{ name: 'test_a > test_bad' }, { name: 'test_a.TestC > test_err' }]],
  ])('%s', async (name, executed, failing) => {
    expect(await parseJunit(fixture(name))).toEqual({ formats: ['junit'], executed, failing });
  });
});

describe('what runners print according to their documentation', () => {
  it.each([
    [
      'jest',
      '  ● calc › adds\n\n    expect(1).toBe(2)\n\nTests:       1 failed, 2 skipped, 3 passed, 6 total',
      4,
      ['calc › adds'],
    ],
    [
      'mocha',
      '  2 passing (5ms)\n  1 failing\n\n  1) Calc\n       adds:\n     AssertionError',
      3,
      ['Calc > adds'],
    ],
    [
      'go',
      '--- FAIL: TestAdd (0.00s)\n    --- FAIL: TestAdd/two (0.00s)\nFAIL\nFAIL\texample.com/a\t0.1s\nok  \texample.com/b\t0.1s\nFAIL',
      2,
      ['TestAdd/two'],
    ],
    [
      'maven',
      '[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE!\n[ERROR] com.x.CalcTest.adds -- Time elapsed: 0.01 s <<< FAILURE!\n[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0',
      3,
      ['com.x.CalcTest.adds'],
    ],
    [
      'gradle',
      'CalcTest > adds() FAILED\n    org.opentest4j\n\n3 tests completed, 1 failed',
      3,
      ['CalcTest > adds()'],
    ],
    [
      'dotnet',
      '  Failed Calc.Adds [5 ms]\nFailed!  - Failed:     1, Passed:     2, Skipped:     0, Total:     3',
      3,
      ['Calc.Adds'],
    ],
    [
      'rspec',
      '3 examples, 1 failure\n\nFailed examples:\n\nrspec ./spec/a_spec.rb:4 # Calc adds',
      3,
      ['Calc adds'],
    ],
    [
      'phpunit',
      '1) CalcTest::testAdds\nFailed asserting\n\nTests: 3, Assertions: 5, Failures: 1.',
      3,
      ['CalcTest::testAdds'],
    ],
  ])('%s', (format, output, executed, names) => {
    const summary = parseTestOutput(output);
    expect(summary).toMatchObject({ formats: [format], executed });
    expect(summary?.failing.map((test) => test.name)).toEqual(names);
  });
});

describe('a run without a single test is recognised', () => {
  it.each([
    ['node', 'ℹ tests 0\nℹ suites 0\nℹ pass 0\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0'],
    ['tap', 'TAP version 13\n1..0\n# tests 0\n# pass 0'],
    ['vitest', 'No test files found, exiting with code 0'],
    ['jest', 'No tests found, exiting with code 0'],
    ['mocha', '  0 passing (1ms)'],
    ['pytest', '============================ no tests ran in 0.50s ============================='],
    ['unittest', 'Ran 0 tests in 0.000s\n\nOK'],
    ['go', '?   \texample.com/a\t[no test files]\nok  \texample.com/b\t0.1s [no tests to run]'],
    [
      'cargo',
      'running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    ],
    ['phpunit', 'No tests executed!'],
  ])('%s', (format, output) => {
    expect(parseTestOutput(output)).toEqual({ formats: [format], executed: 0, failing: [] });
  });

  it('also where all tests are skipped', () => {
    expect(parseTestOutput('TAP version 13\n1..2\nok 1 - a # SKIP\nnot ok 2 - b # TODO later')).toMatchObject(
      { executed: 0 },
    );
    expect(parseTestOutput('===== 2 skipped in 0.1s =====')).toMatchObject({ executed: 0 });
  });
});

describe('reading test reports', () => {
  it('says nothing of output that no runner wrote', async () => {
    expect(parseTestOutput('Hello\nok then\n')).toBeUndefined();
    expect(await parseJunit('<html><body/></html>')).toBeUndefined();
    expect(await parseJunit('<testsuites><testsuite')).toBeUndefined();
    expect(await parseJunit('not xml')).toBeUndefined();
  });

  it('gives callers that only want names an empty list', () => {
    expect(parseTestRun('Hello')).toEqual({ executed: null, failed: [], failing: [] });
    expect(parseTestRun(fixture('cargo.txt'))).toMatchObject({ executed: 2, failed: ['tests::bad'] });
  });

  it('adds up the runs of several runners and counts a test that fails in both once', () => {
    const output = `${fixture('cargo.txt')}\n${fixture('cargo.txt')}\n${fixture('unittest.txt')}`;
    expect(parseTestOutput(output)).toMatchObject({ formats: ['unittest', 'cargo'], executed: 6 });
    expect(parseTestOutput(output)?.failing).toHaveLength(2);
  });

  it('sees through colours', () => {
    const output =
      '\u001b[41m\u001b[1m FAIL \u001b[22m\u001b[49m a.test.ts\u001b[2m > \u001b[22madds\n      \u001b[2mTests \u001b[22m \u001b[31m1 failed\u001b[39m (1)';
    expect(parseTestOutput(output)).toEqual({
      formats: ['vitest'],
      executed: 1,
      failing: [{ name: 'a.test.ts > adds', path: 'a.test.ts' }],
    });
  });

  it('decodes the names of a JUnit report and never expands entities of its own', async () => {
    const xml =
      '<!DOCTYPE x [<!ENTITY a "boom">]><testsuite name="s"><testcase name="&lt;a&gt; &amp; &#65;&#x42; &a;"><error/></testcase></testsuite>';
    expect((await parseJunit(xml))?.failing).toEqual([{ name: '<a> & AB &a;' }]);
    expect(await parseJunit('<testsuites></testsuites>')).toEqual({
      formats: ['junit'],
      executed: 0,
      failing: [],
    });
  });
});
