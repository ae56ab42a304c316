import type { TammaError } from '../../core/errors.ts';
import { createPalette } from '../../lib/palette.ts';
import { toBlock } from '../../report/untrusted.ts';
import { wantsColour } from './progress.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What happened and what to do, for standard error; with TAMMA_DEBUG also where in the code. */
export function describeError(
  error: TammaError,
  environment: Environment,
  isTty: boolean | undefined,
): string {
  const palette = createPalette(wantsColour(environment, isTty));
  const lines = [
    `${palette.red('✗')} ${toBlock(error.message)}`,
    `${palette.cyan('→')} ${toBlock(error.help)}`,
  ];
  if (environment.TAMMA_DEBUG) lines.push(palette.dim(toBlock(describeCauses(error))));
  return `${lines.join('\n')}\n`;
}

function describeCauses(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by: ${describeCauses(error.cause)}` : stack;
}

export function toErrorJson({ code, message, help, details }: TammaError) {
  return { error: { code, message, help, details } };
}
