/** `path` is as the runner wrote it: relative, or absolute inside the sandbox. */
export type FailingTest = { name: string; path?: string; line?: number };

/** What a test runner says of its own run. `executed` counts passed and failed tests, not skipped ones. */
export type TestSummary = { formats: string[]; executed: number; failing: FailingTest[] };

export function createFailingTest(name: string, path?: string, line?: string | number): FailingTest {
  const number = Number(line);
  return {
    name: name.trim(),
    ...(path ? { path } : {}),
    ...(Number.isInteger(number) && number > 0 ? { line: number } : {}),
  };
}

/** Several reports of one run as one; undefined where there is none. A test that fails in two of them is one test. */
export function mergeSummaries(summaries: readonly TestSummary[]): TestSummary | undefined {
  if (summaries.length === 0) return undefined;
  const failing = new Map<string, FailingTest>();
  for (const test of summaries.flatMap((summary) => summary.failing)) {
    if (!failing.has(test.name)) failing.set(test.name, test);
  }
  return {
    formats: summaries.flatMap((summary) => summary.formats),
    executed: summaries.reduce((sum, summary) => sum + summary.executed, 0),
    failing: [...failing.values()],
  };
}
