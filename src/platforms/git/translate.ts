import { TammaError } from '../../core/errors.ts';
import { GitError } from '../../lib/git.ts';

type Port = Record<string, (...args: never[]) => Promise<unknown>>;

/** Every method of a port, with git's own errors told as ours. */
export function translateAll<P extends object>(port: P): P {
  const methods = Object.entries(port as Port).map(([name, method]) => [
    name,
    (...args: never[]) => translate(() => method(...args)),
  ]);
  return Object.fromEntries(methods) as P;
}

export async function translate<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toTranslated(error, 'GIT_FAILED');
  }
}

/** git's own failure as the given error, a git that is not there as GIT_MISSING, everything else as it is. */
export function toTranslated(
  error: unknown,
  code: 'GIT_FAILED' | 'NOT_A_REPOSITORY',
  message?: string,
): unknown {
  if (error instanceof GitError) return new TammaError(code, message ?? error.message, { cause: error });
  const { code: reason, syscall } = error as NodeJS.ErrnoException;
  const isMissing = reason === 'ENOENT' && syscall?.startsWith('spawn');
  return isMissing ? new TammaError('GIT_MISSING', 'git is not on PATH', { cause: error }) : error;
}
