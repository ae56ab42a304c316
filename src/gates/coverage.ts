import type { Finding } from '../core/events/parts.ts';
import type { Gate, GateContext } from './context.ts';
import { listCoverageGaps } from './coverage-gaps.ts';
import { type CoverageReport, parseCoverageReport } from './coverage-report.ts';
import { clearReports, findReports } from './report-file.ts';
import { describeFailure, type ProjectRun, runProjectCommand } from './run.ts';
import { createVerdict, type Verdict, type VerdictDraft } from './verdict.ts';

/** Lines covered, against `gates.coverage.minimum`. What is switched off or cannot be measured passes and says so. */
export const judgeCoverage: Gate = async (context) => {
  const { commands, config, workspace } = context;
  const { minimum } = config.gates.coverage;
  if (minimum === null)
    return pass('coverage is switched off', 'coverage is switched off (gates.coverage.minimum: null)');
  if (commands.coverage === null)
    return pass('coverage is not measured', 'coverage is not measured: there is no coverage command');
  await clearReports(workspace, context.coverageReports);
  const run = await runProjectCommand(context, commands.coverage);
  const { durationMs } = run;
  if (run.exitCode !== 0)
    return createVerdict({ ...red(describeFailure(run)), output: run.excerpt, log: run.log, durationMs });
  const report = await readCoverage(context, run);
  if (!report) {
    const places = context.coverageReports.join(', ') || 'nowhere';
    return pass(
      'coverage is not measured',
      `coverage is not measured: \`${run.command}\` left no report (looked at: ${places})`,
      durationMs,
    );
  }
  return judge(context, { report, minimum, run });
};

type FoundReport = { coverage: CoverageReport; text: string };
type Measured = { report: FoundReport; minimum: number; run: ProjectRun };

async function judge(context: GateContext, { report, minimum, run }: Measured): Promise<Verdict> {
  const { format, lines, branches } = report.coverage;
  const { durationMs } = run;
  if (lines.found === 0) {
    const summary = `nothing was measured: the ${format} report counts no line`;
    return createVerdict({ ...red(summary), output: run.excerpt, log: run.log, durationMs });
  }
  const percent = toPercent(lines);
  const measured = {
    lines: percent,
    ...(branches.found > 0 ? { branches: toPercent(branches) } : {}),
    minimum,
  };
  const counted = `${percent} % of lines are covered (${lines.hit} of ${lines.found}, minimum ${minimum} %)`;
  const passed = (lines.hit / lines.found) * 100 >= minimum;
  const findings: Finding[] = passed
    ? []
    : [{ severity: 'major', rule: 'coverage', message: counted }, ...(await listGaps(context, report.text))];
  return createVerdict({
    gateId: 'coverage',
    passed,
    summary: counted,
    findings,
    measured,
    log: run.log,
    durationMs,
  });
}

/** What a repair has to cover, beginning with the files of the change. */
async function listGaps(
  { repository, workspace, baseSha, headSha }: GateContext,
  text: string,
): Promise<Finding[]> {
  const changed = new Set((await repository.changes(baseSha, headSha)).map(({ path }) => path));
  return listCoverageGaps(text, { directory: workspace.directory, changed });
}

async function readCoverage(
  { workspace, coverageReports }: GateContext,
  run: ProjectRun,
): Promise<FoundReport | undefined> {
  for (const { text } of await findReports(workspace, coverageReports)) {
    const coverage = await parseCoverageReport(text);
    if (coverage) return { coverage, text };
  }
  // Some runners print lcov where no file was asked for.
  const isPrinted = !run.truncated && /^SF:/m.test(run.output) && /^end_of_record$/m.test(run.output);
  const text = run.output.slice(run.output.search(/^(?:TN|SF):/m));
  const coverage = isPrinted ? await parseCoverageReport(text) : undefined;
  return coverage && { coverage, text };
}

function red(summary: string): Pick<VerdictDraft, 'gateId' | 'passed' | 'summary' | 'findings'> {
  return {
    gateId: 'coverage',
    passed: false,
    summary,
    findings: [{ severity: 'major', rule: 'coverage', message: summary }],
  };
}

function pass(summary: string, note: string, durationMs = 0): Verdict {
  return createVerdict({ gateId: 'coverage', passed: true, summary, notes: [note], durationMs });
}

/** Cut, not rounded: 79.999 is not 80. */
function toPercent({ hit, found }: { hit: number; found: number }): number {
  return Math.floor((hit / found) * 10_000) / 100;
}
