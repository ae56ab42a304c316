import { type FailingTest, mergeSummaries, type TestSummary } from './failing-test.ts';
import { parseTap } from './tap.ts';
import { readRunner, runners } from './test-runners.ts';

/** What the runners say in their output; undefined where no runner was recognised. */
export function parseTestOutput(output: string): TestSummary | undefined {
  const text = output.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  const tap = parseTap(text);
  const read = runners.filter(({ mark }) => mark.test(text)).map((runner) => readRunner(runner, text));
  return mergeSummaries(tap ? [tap, ...read] : read);
}

export type ParsedTestRun = {
  /** Tests that passed or failed; null where the output does not tell. */
  executed: number | null;
  /** Names of the failing tests; empty where none failed or the output does not tell. */
  failed: string[];
  failing: FailingTest[];
};

/** The same for callers to whom "nothing recognised" and "nothing failed" are one: the exit code decides anyway. */
export function parseTestRun(output: string): ParsedTestRun {
  const { executed = null, failing = [] } = parseTestOutput(output) ?? {};
  return { executed, failing, failed: failing.map((test) => test.name) };
}
