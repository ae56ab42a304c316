import { TammaError } from '../errors.ts';

export type PathProblem = { rule: 'PATH_OUTSIDE_ROOT' | 'PATH_INVALID' | 'PATH_CONFUSABLE'; reason: string };

const MAX_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;

/**
 * How file systems and people may take a path: compatibility forms, invisible characters and case do not count.
 * Two paths that fold to the same text are the same file on some machine of the team.
 */
export function foldPath(path: string): string {
  return path
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase();
}

/** What is wrong with a path that somebody else chose, or undefined: relative, normalised, plain (security.md 7.3). */
export function findPathProblem(path: string): PathProblem | undefined {
  if (path === '') return invalid('is empty');
  if (/^(?:[/\\]|~(?:\/|$)|[A-Za-z]:)/.test(path)) return outside('must be relative to the repository');
  const segments = path.split('/');
  if (segments.includes('..')) return outside('leads out of the repository');
  if (Buffer.byteLength(path) > MAX_BYTES) return invalid(`is longer than ${MAX_BYTES} bytes`);
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\\:]|\p{Surrogate}/u.test(path)) {
    return invalid('holds a control character, a backslash or a colon');
  }
  for (const segment of segments) {
    const reason = findSegmentProblem(segment);
    if (reason) return invalid(reason);
  }
  if (path !== path.normalize('NFKC') || /\p{Default_Ignorable_Code_Point}/u.test(path)) {
    return {
      rule: 'PATH_CONFUSABLE',
      reason: 'looks like another path: it holds invisible or compatibility characters',
    };
  }
  return undefined;
}

function findSegmentProblem(segment: string): string | undefined {
  if (segment === '' || segment === '.') return 'has an empty segment or a dot for one';
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
    return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`;
  // Windows and macOS drop these and open another file.
  if (/[. ]$/.test(segment)) return 'has a segment that ends in a dot or a blank';
  if (/^(?:\.git|git~\d+)$/.test(foldPath(segment))) return 'leads into the git directory';
  return undefined;
}

/**
 * The path itself where it may be used inside a workspace, for reading and for writing. Throws PATH_REFUSED;
 * `details.rule` says which rule. Says nothing of links on the disk: that is checked while opening.
 */
export function checkWorkspacePath(path: string): string {
  const problem = findPathProblem(path);
  if (!problem) return path;
  throw new TammaError('PATH_REFUSED', `${JSON.stringify(path.slice(0, 200))} ${problem.reason}`, {
    details: { rule: problem.rule, path: path.slice(0, 200) },
  });
}

function invalid(reason: string): PathProblem {
  return { rule: 'PATH_INVALID', reason };
}

function outside(reason: string): PathProblem {
  return { rule: 'PATH_OUTSIDE_ROOT', reason };
}
