import { TammaError } from '../core/errors.ts';
import type { Finding } from '../core/events/parts.ts';
import type { Gate, GateContext } from './context.ts';
import { describeFailure } from './run.ts';
import { ranNothing, runTests, type TestRun, toFinding } from './test-run.ts';
import { listWeakerTests } from './test-strength.ts';
import { createVerdict } from './verdict.ts';

/**
 * The test command on exactly the head. The exit code decides; a runner that says it ran no test turns a green one red.
 * Tests that became fewer or weaker than at the base are for a person to look at. Throws NO_TEST_COMMAND.
 */
export const judgeTests: Gate = async (context) => {
  const { commands } = context;
  if (commands.test === null) throw new TammaError('NO_TEST_COMMAND', 'there is no test command to judge by');
  const run = await runTests(context, commands.test);
  const passed = run.exitCode === 0 && !ranNothing(run);
  return createVerdict({
    gateId: 'tests',
    passed,
    summary: summarise(run),
    findings: passed ? [] : listFindings(run, context),
    ...(passed ? {} : { output: run.excerpt }),
    needsPerson: [...listDoubts(run), ...(await listWeakerTests(context))],
    log: run.log,
    measured: run.summary ? { tests: run.summary.executed, failing: run.summary.failing.length } : {},
    durationMs: run.durationMs,
  });
};

function summarise(run: TestRun): string {
  const { summary, command, exitCode } = run;
  if (ranNothing(run)) return `\`${command}\` ran no test at all (exit code ${exitCode})`;
  if (exitCode === 0)
    return summary ? `${summary.executed} tests pass` : `\`${command}\` ended with exit code 0`;
  const names = (summary?.failing ?? []).map((test) => test.name);
  if (names.length === 0) return describeFailure(run);
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `${names.length} of ${summary?.executed ?? 0} tests fail: ${names.slice(0, 3).join(', ')}${more}`;
}

function listFindings(run: TestRun, { workspace, redact }: GateContext): Finding[] {
  return (run.summary?.failing ?? []).map((test) => toFinding(test, workspace.directory, redact));
}

/** A green exit code beside a report of failures: something hides the result. */
function listDoubts({ exitCode, summary, command }: TestRun): string[] {
  const failing = summary?.failing.length ?? 0;
  return exitCode === 0 && failing > 0
    ? [`\`${command}\` ended with exit code 0 although ${failing} tests failed`]
    : [];
}
