import { createFailingTest, type FailingTest, type TestSummary } from './failing-test.ts';

/** How one runner writes for people. All expressions look at the whole output, without colours. */
export type Runner = {
  format: string;
  /** Says that this runner was here and came to an end. */
  mark: RegExp;
  /** Numbers of tests that passed or failed; all matches are added up. */
  executed: RegExp;
  /** Groups `name`, and where there are any `path` and `line`. */
  failing: RegExp;
};

/** One row a runner. Each was read off real output of the runner, or its documentation where none was at hand. */
export const runners = [
  {
    format: 'node',
    mark: /^ℹ tests \d+$/m,
    executed: /^ℹ (?:pass|fail|cancelled) (\d+)$/gm,
    failing: /^test at (?<path>.+?):(?<line>\d+):\d+\r?\n✖ (?<name>.+?)(?: \([\d.]+ms\))?$/gm,
  },
  {
    format: 'vitest',
    mark: /^ {6}Tests {2}\S|^No test files found/m,
    executed: /(?<=^ {6}Tests {2}.*?)\b(\d+) (?:passed|failed)/gm,
    failing: /^ FAIL {2}(?:\|.*?\| )?(?<name>(?<path>\S+)(?: > .+| \[.*)?)$/gm,
  },
  {
    format: 'jest',
    mark: /^Tests: .*\btotal$|^No tests found/m,
    executed: /(?<=^Tests: .*?)\b(\d+) (?:passed|failed)/gm,
    failing: /^ {2}● (?!Console$)(?<name>\S.*)$/gm,
  },
  {
    format: 'mocha',
    mark: /^ {2}\d+ passing \(/m,
    executed: /^ {2}(\d+) (?:passing|failing)\b/gm,
    failing: /^ {2}\d+\) (?<name>\S.*\n(?: {3,}\S.*\n)*? {3,}\S.*):$/gm,
  },
  {
    format: 'pytest',
    mark: /^(?:=+ )?(?:no tests ran|\d+ (?:passed|failed|errors?|skipped|deselected|warnings?)\b.*) in [\d.]+s/m,
    executed: /(?<=^(?:=+ )?(?:\d+ \w+, )*)(\d+) (?:passed|failed|errors?)\b(?=.* in [\d.]+s)/gm,
    failing: /^(?:FAILED|ERROR) (?<name>(?<path>[^\s:]+)(?:::.+?)?)(?: - .*)?$/gm,
  },
  {
    format: 'unittest',
    mark: /^Ran \d+ tests? in [\d.]+s$/m,
    executed: /^Ran (\d+) tests? in [\d.]+s$/gm,
    failing: /^(?:FAIL|ERROR): (?<name>\S+ \(.+\))$/gm,
  },
  {
    format: 'go',
    mark: /^(?:ok {2}|FAIL|\? {3})\t\S+/m,
    executed: /^(?:ok {2}|FAIL)\t\S+(?!.*\[no test)/gm,
    failing: /^ *--- FAIL: (?<name>\S+) \(/gm,
  },
  {
    format: 'cargo',
    mark: /^test result: /m,
    executed: /(?<=^test result: .*?)\b(\d+) (?:passed|failed)/gm,
    failing: /^test (?<name>.+) \.\.\. FAILED$/gm,
  },
  {
    format: 'maven',
    mark: /Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+\s*$/m,
    executed: /Tests run: (\d+), Failures: \d+, Errors: \d+, Skipped: \d+\s*$/gm,
    failing: /^\[ERROR\] {1,2}(?!Tests run)(?<name>\S+)(?: --)?\s+Time elapsed: .*<<< (?:FAILURE|ERROR)!$/gm,
  },
  {
    format: 'gradle',
    mark: /^\d+ tests? completed, \d+ failed/m,
    executed: /^(\d+) tests? completed/gm,
    failing: /^(?<name>\S.* > .+) FAILED$/gm,
  },
  {
    format: 'dotnet',
    mark: /^(?:Passed|Failed)! {2}- Failed: +\d+/m,
    executed: /(?<=^(?:Passed|Failed)! .*?)(?:Failed|Passed): +(\d+)/gm,
    failing: /^ {2}Failed (?<name>\S.*?) \[[^\]]+\]$/gm,
  },
  {
    format: 'rspec',
    mark: /^\d+ examples?, \d+ failures?/m,
    executed: /^(\d+) examples?, \d+ failures?/gm,
    failing: /^rspec (?<path>\S+?):(?<line>\d+) # (?<name>.+)$/gm,
  },
  {
    format: 'phpunit',
    mark: /^(?:OK \(\d+ tests?|Tests: \d+, Assertions|No tests executed!)/m,
    executed: /^(?:OK \(|Tests: )(\d+)/gm,
    failing: /^\d+\) (?<name>\w[\w\\]*::\S.*)$/gm,
  },
] as const satisfies readonly Runner[];

/** What one runner says in an output that bears its mark. */
export function readRunner(runner: Runner, text: string): TestSummary {
  // A match without a number (a package that Go tested) counts as one.
  const executed = [...text.matchAll(runner.executed)].reduce((sum, match) => sum + Number(match[1] ?? 1), 0);
  const failing = [...text.matchAll(runner.failing)].map(({ groups }) => toFailing(groups ?? {}));
  return {
    formats: [runner.format],
    executed,
    failing: failing.filter((test) => !hasFailingPart(test, failing)),
  };
}

function toFailing({ name = '', path, line }: Record<string, string | undefined>): FailingTest {
  return createFailingTest(name.replace(/\s*\r?\n\s*/g, ' > '), path, line);
}

/** Go reports the test that holds a failing subtest as failing too. */
function hasFailingPart(test: FailingTest, all: readonly FailingTest[]): boolean {
  return all.some((other) => other.name.startsWith(`${test.name}/`));
}
