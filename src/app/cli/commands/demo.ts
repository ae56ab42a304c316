import { getRow } from '../../../core/loop.ts';
import type { Palette } from '../../../lib/palette.ts';
import { formatDuration, formatUsd, shortenSha } from '../../../lib/quantities.ts';
import { toPlain } from '../../../report/untrusted.ts';
import { type DemoReport, REAL_MODEL_VARIABLE, runDemo } from '../../demo.ts';
import type { Command, CommandContext } from '../command.ts';
import { toErrorJson } from '../describe-error.ts';
import { exitCodeOf } from '../step-result.ts';

/** The first line says what is real and what is not, the second how to change that. */
function introduce(provider: string | undefined): string[] {
  const real = 'A sample project in a temporary folder: git, sandbox, tests, gates, log and merge are real';
  if (provider) return [`${real}, and so is the model: ${provider}.`];
  return [
    `${real}; the model’s answers are played back.`,
    `${REAL_MODEL_VARIABLE}=anthropic and its key let a real model answer.`,
  ];
}

export const demoCommand: Command = async (context) => {
  const { options, environment, clock, signal } = context;
  const { issue = 1, keep = false } = options;
  const host = await context.host();
  for (const text of introduce(environment[REAL_MODEL_VARIABLE])) {
    host.report({ kind: 'note', level: 'info', text });
  }
  const report = await runDemo({ issue, keep, environment, clock, signal, host });
  const { error, ...rest } = report;
  return {
    exitCode: findExitCode(report),
    json: { ...rest, ...(error ? toErrorJson(error) : { error: null }) },
    text: describe(report, context),
  };
};

/** Done means merged, with tests that pass and a log that verifies: anything else is no success. */
function findExitCode(report: DemoReport): number {
  if (report.status !== 'done') return exitCodeOf(report) || 1;
  if (!report.logValid) return 4;
  return report.testsPass ? 0 : 1;
}

function describe(report: DemoReport, { palette, watched }: CommandContext): string {
  const { issue, title, status, commits, error } = report;
  const total = report.steps.reduce((sum, step) => sum + step.durationMs, 0);
  const mark = (is: boolean | null) => (is ? palette.green('✓') : palette.red('✗'));
  return [
    ...(watched ? [''] : [...listSteps(report, palette), '']),
    `${palette.bold(`#${issue} ${toPlain(title)}`)} ${status === 'done' ? palette.green('done') : palette.red(status)}`,
    '',
    ...commits.map(({ sha, message }) => `  ${palette.yellow(shortenSha(sha))} ${toPlain(message, 90)}`),
    '',
    `  ${mark(report.mergeSha !== null)} merged${report.mergeSha ? ` as ${shortenSha(report.mergeSha)}` : ': no'}, issue ${report.issueState}`,
    `  ${mark(report.testsPass)} the tests pass on the default branch`,
    `  ${mark(report.logValid)} the log verifies, ${report.position} events`,
    palette.dim(
      `  model ${report.model} · sandbox ${report.sandbox} · ${formatDuration(total)} of work · ${formatUsd(report.costUsd)}`,
    ),
    ...(error
      ? ['', `${palette.red('✗')} ${toPlain(error.message)}`, `${palette.cyan('→')} ${error.help}`]
      : []),
    '',
    ...listNext(report, palette),
  ].join('\n');
}

function listSteps({ steps }: DemoReport, palette: Palette): string[] {
  return steps.map(({ step, status, attempts, durationMs, summary }) => {
    const facts = [...(attempts > 1 ? [`${attempts} attempts`] : []), formatDuration(durationMs)].join(' · ');
    const ended = status === 'completed' ? palette.green('✓') : palette.red('✗');
    const symbol = status === 'skipped' ? palette.dim('↷') : ended;
    return `  ${symbol} ${getRow(step).title.padEnd(22)} ${toPlain(summary, 70)} ${palette.dim(facts)}`;
  });
}

function listNext({ kept, directory, issue }: DemoReport, palette: Palette): string[] {
  if (!kept)
    return [
      `${palette.cyan('→')} tamma demo --issue ${issue} --keep   leaves the project for you to look at`,
    ];
  return [
    `${palette.cyan('→')} cd ${directory} && git log --oneline --all`,
    `${palette.cyan('→')} tamma replay --issue ${issue} --repo ${directory}`,
  ];
}
