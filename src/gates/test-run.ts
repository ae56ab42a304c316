import type { Finding } from '../core/events/parts.ts';
import { type FailingTest, mergeSummaries, type TestSummary } from './failing-test.ts';
import { parseJunit } from './junit.ts';
import { toPlace } from './problems.ts';
import { clearReports, findReports } from './report-file.ts';
import { type ProjectRun, type RunContext, runProjectCommand } from './run.ts';
import { parseTestOutput } from './test-summary.ts';

/** Where runners that are told to write JUnit XML commonly put it. */
const JUNIT_REPORTS = [
  'junit.xml',
  'test-results.xml',
  'test-results/junit.xml',
  'reports/junit.xml',
  'report.xml',
  'build/test-results/junit.xml',
  '.vitest/junit/output.xml',
] as const;

export type TestRun = ProjectRun & {
  /** What the runner says of its run; undefined where no runner and no report was recognised. The exit code decides. */
  summary: TestSummary | undefined;
};

/** Runs the test command on the files as they stand, and reads what its runner says. */
export async function runTests(context: RunContext, command: string): Promise<TestRun> {
  await clearReports(context.workspace, JUNIT_REPORTS);
  const run = await runProjectCommand(context, command);
  const reports = await findReports(context.workspace, JUNIT_REPORTS);
  const parsed = await Promise.all(reports.map(({ text }) => parseJunit(text)));
  // A report names tests better than the output does; the same tests must not be counted twice.
  const fromReports = mergeSummaries(parsed.filter((summary) => summary !== undefined));
  return { ...run, summary: fromReports ?? parseTestOutput(run.output) };
}

/** True where a runner says that it ran no test at all: a green exit code then proves nothing. */
export function ranNothing({ summary }: TestRun): boolean {
  return summary !== undefined && summary.executed === 0 && summary.failing.length === 0;
}

export function toFinding(test: FailingTest, directory: string, redact: (text: string) => string): Finding {
  const place = test.path === undefined ? {} : toPlace(test.path, test.line ?? 0, directory);
  return { severity: 'major', ...place, rule: 'failing-test', message: redact(`failing test: ${test.name}`) };
}
