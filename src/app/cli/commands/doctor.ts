import type { Palette } from '../../../lib/palette.ts';
import { toBlock } from '../../../report/untrusted.ts';
import { examine } from '../../doctor/examine.ts';
import { type Finding, isFit } from '../../doctor/finding.ts';
import type { Command } from '../command.ts';

export const doctorCommand: Command = async ({ directory, palette, runtime }) => {
  const findings = await examine({
    directory,
    nodeVersion: process.versions.node,
    compose: runtime,
  });
  return {
    exitCode: isFit(findings) ? 0 : 2,
    json: { ok: isFit(findings), findings },
    text: findings.map((finding) => describe(finding, palette)).join('\n'),
  };
};

function describe({ title, level, text, help, link }: Finding, palette: Palette): string {
  const mark = {
    ok: palette.green('✓'),
    warning: palette.yellow('!'),
    problem: palette.red('✗'),
    unknown: palette.dim('?'),
  }[level];
  const advice = [help, level === 'ok' ? undefined : link]
    .filter((line) => line)
    .map((line, index) => `\n    ${index === 0 ? palette.cyan('→') : ' '} ${toBlock(line ?? '')}`);
  return `${mark} ${title.padEnd(14)} ${toBlock(text)}${advice.join('')}`;
}
