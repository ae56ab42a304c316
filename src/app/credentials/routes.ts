import type { TammaError } from '../../core/errors.ts';
import { toInline } from '../../report/untrusted.ts';
import { ladder } from './ladder.ts';

/** For the step summary, where a run stopped for want of a model: each way to one, in three lines. */
function describeRoutes({ message }: Pick<TammaError, 'message'>): string {
  const routes = ladder
    .filter(({ fix }) => fix.length > 0)
    .map(({ title, fix }) => `**${title}**\n\n\`\`\`yaml\n${fix.join('\n')}\n\`\`\``);
  return ['## No model can be used', toInline(message, 1000), 'Each of these ends it:', ...routes].join(
    '\n\n',
  );
}

/** The ways to a model where this error says that there is none; empty for every other error. */
export function explainMissing(error: TammaError | null | undefined): string {
  return error?.code === 'KEY_MISSING' ? describeRoutes(error) : '';
}
