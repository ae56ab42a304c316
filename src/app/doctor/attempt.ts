import { toTammaError } from '../../core/errors.ts';
import type { Finding } from './finding.ts';

/** One check; what it throws is what it found. */
export async function attempt(
  title: string,
  check: () => Finding | Finding[] | Promise<Finding | Finding[]>,
): Promise<Finding[]> {
  try {
    return [await check()].flat();
  } catch (thrown) {
    return [toProblem(title, thrown)];
  }
}

export function toProblem(title: string, thrown: unknown): Finding {
  const { message, help } = toTammaError(thrown);
  return { title, level: 'problem', text: message, help };
}
