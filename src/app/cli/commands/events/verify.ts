import { existsSync } from 'node:fs';
import { TammaError } from '../../../../core/errors.ts';
import { isDamage } from '../../../../core/events/log-problem.ts';
import { renderVerification } from '../../../../report/verification.ts';
import { verifyRuntimeLog } from '../../../verify-log.ts';
import type { Command } from '../../command.ts';

/** Ends with 4 where the log is damaged; with `--strict` also where a clock was wrong, which does no harm. */
export const verifyCommand: Command = async ({ options, palette, runtime }) => {
  const { strict = false } = options;
  checkNamed(options.anchorFile);
  const { report, anchors } = await verifyRuntimeLog(await runtime(), options.anchor);
  const ok = report.ok && !(strict && report.problems.some((problem) => !isDamage(problem)));
  const compared = anchors.map(({ position, hash, source }) => ({ position, hash, source }));
  return {
    exitCode: ok ? 0 : 4,
    json: { ...report, ok, anchors: compared },
    text: renderVerification(report, { anchors: compared.length, strict, palette }),
  };
};

/** A run makes the file with its first append. Whoever names one here wants it compared: gone, it is no witness. */
function checkNamed(file: string | undefined): void {
  if (file === undefined || existsSync(file)) return;
  throw new TammaError('ANCHORS_UNREADABLE', `there is no anchor file ${file}`, {
    help: 'Name the file that runs note heads in, or leave it out where none has been noted yet.',
  });
}
