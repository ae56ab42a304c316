import type { Palette } from '../../../lib/palette.ts';
import { toPlain } from '../../../report/untrusted.ts';
import { orchestrate } from '../../orchestrate.ts';
import type { OrchestrateReport } from '../../reports.ts';
import type { Command } from '../command.ts';
import { exitCodeOf, toStepJson } from '../step-result.ts';

export const orchestrateCommand: Command = async ({ options, palette, runtime }) => {
  const report = await orchestrate(await runtime(), { dryRun: options.dryRun ?? false });
  return { exitCode: findExitCode(report), json: toJson(report), text: describe(report, palette) };
};

/** The worst of what the steps came to: one that failed must not look like success. */
function findExitCode({ picked }: OrchestrateReport): number {
  const codes = picked.flatMap(({ report }) => (report ? [exitCodeOf(report)] : []));
  return (
    codes.find((code) => code === 4) ??
    codes.find((code) => code === 1 || code === 2) ??
    codes.find((code) => code === 3) ??
    0
  );
}

function toJson({ picked, waiting, queue }: OrchestrateReport) {
  return {
    picked: picked.map(({ report, ...rest }) => ({ ...rest, report: report ? toStepJson(report) : null })),
    waiting,
    queue,
  };
}

function describe({ picked, waiting, queue }: OrchestrateReport, palette: Palette): string {
  const lines = [
    ...picked.map(({ issue, title, because, report }) => {
      const came = report
        ? `${report.step ?? ''} ${report.status}: ${toPlain(report.summary, 120)}`
        : `would run: ${because}`;
      return `${palette.bold(`#${issue}`)} ${toPlain(title, 60)} · ${came}`;
    }),
    ...waiting.map(
      ({ issue, for: what, command }) =>
        `${palette.bold(`#${issue}`)} ${palette.yellow(`waiting for ${what}`)}${command ? `\n   ${palette.cyan('→')} ${toPlain(command)}` : ''}`,
    ),
    ...(queue.length > 0 ? [palette.dim(`queued: ${queue.map((issue) => `#${issue}`).join(', ')}`)] : []),
  ];
  return lines.length > 0 ? lines.join('\n') : 'Nothing to do: no issue is eligible, and none can go on.';
}
