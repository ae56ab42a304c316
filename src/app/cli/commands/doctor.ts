import type { Palette } from '../../../lib/palette.ts';
import { toBlock } from '../../../report/untrusted.ts';
import { examine, type Finding } from '../../doctor.ts';
import type { Command } from '../command.ts';

export const doctorCommand: Command = async ({ directory, palette, runtime }) => {
  const findings = await examine({ directory, nodeVersion: process.versions.node, compose: runtime });
  const isFit = findings.every(({ level }) => level !== 'problem');
  return {
    exitCode: isFit ? 0 : 2,
    json: { ok: isFit, findings },
    text: findings.map((finding) => describe(finding, palette)).join('\n'),
  };
};

function describe({ title, level, text, help }: Finding, palette: Palette): string {
  const mark = { ok: palette.green('✓'), warning: palette.yellow('!'), problem: palette.red('✗') }[level];
  const advice = help ? `\n    ${palette.cyan('→')} ${toBlock(help)}` : '';
  return `${mark} ${title.padEnd(14)} ${toBlock(text)}${advice}`;
}
