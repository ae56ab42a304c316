import type { Palette } from '../../../lib/palette.ts';
import { toBlock, toPlain } from '../../../report/untrusted.ts';
import type { FileStatus, PlannedFile } from '../../init/files.ts';
import { type InitReport, init } from '../../init/init.ts';
import type { Command } from '../command.ts';

export const initCommand: Command = async ({ directory, environment, clock, prompt, palette, options }) => {
  const { remote, platform, yes = false, hardened = false, pr = false, dryRun = false } = options;
  const asked = { directory, environment, clock, prompt, remote, platform };
  const report = await init({ ...asked, yes, hardened, pr, dryRun });
  return { json: toJson(report), text: describe(report, palette) };
};

/** Texts are long and the same every time: `--dry-run` shows them. */
function toJson({ files, ...report }: InitReport) {
  const shown = files.map(({ text, ...file }) => (report.dryRun ? { ...file, text } : file));
  return { ...report, files: shown };
}

function describe(report: InitReport, palette: Palette): string {
  const { project, testCommand, platform, platformNote, files, remaining, dryRun, pull } = report;
  const tests = testCommand ? `tests by \`${testCommand}\`` : 'no test command was found';
  return [
    palette.dim(`${platform === 'github' ? 'GitHub' : 'plain git'}, ${toPlain(project)}, ${toPlain(tests)}`),
    ...(platformNote ? [`${palette.yellow('!')} ${toPlain(platformNote)}`] : []),
    ...files.map((file) => describeFile(file, { dryRun, isProposed: pull !== null, palette })),
    ...describeLabels(report, palette),
    ...(pull
      ? [`${palette.green('✓')} ${pull.status === 'opened' ? 'opened' : 'open already:'} ${pull.url}`]
      : []),
    '',
    palette.bold(dryRun ? 'Nothing was written. Then:' : 'Left to do:'),
    ...remaining.flatMap(({ what, command, link }, index) => [
      `  ${index + 1}. ${what}`,
      ...(command ? [`     ${palette.cyan(command)}`] : []),
      ...(link ? [`     ${palette.dim(link)}`] : []),
    ]),
  ].join('\n');
}

type Look = { dryRun: boolean; isProposed: boolean; palette: Palette };

function describeFile(
  { path, text, status, diff }: PlannedFile,
  { dryRun, isProposed, palette }: Look,
): string {
  const marks: Readonly<Record<FileStatus, string>> = {
    new: palette.green(dryRun ? '+' : '✓'),
    unchanged: palette.dim('·'),
    yours: palette.dim('·'),
    differs: palette.yellow('!'),
  };
  const said: Readonly<Record<FileStatus, string>> = {
    new: dryRun ? 'would be written' : isProposed ? 'proposed' : 'written',
    unchanged: 'there already',
    yours: 'yours, left as it is',
    differs: 'yours, left as it is; to take ours, delete it and repeat the command',
  };
  const more = status === 'differs' ? diff : status === 'new' && dryRun ? text.trimEnd() : '';
  const block = more && `\n${indent(toBlock(more))}`;
  return `${marks[status]} ${toPlain(path)}: ${said[status]}${block}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}

function describeLabels({ labels, labelsNote, dryRun }: InitReport, palette: Palette): string[] {
  if (labelsNote)
    return [
      `${palette.dim('·')} labels: not made, ${toPlain(labelsNote)}; they come by themselves when they are first set`,
    ];
  if (!labels) return [];
  if (labels.created.length === 0) return [`${palette.dim('·')} labels: there already`];
  const verb = dryRun ? 'would be made' : 'made';
  return [`${palette.green(dryRun ? '+' : '✓')} labels ${verb}: ${labels.created.join(', ')}`];
}
