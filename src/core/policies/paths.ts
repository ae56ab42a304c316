import picomatch from 'picomatch';
import { guardedPaths } from './guarded-paths.ts';
import { findPathProblem, foldPath } from './path-grammar.ts';
import { testPatterns } from './test-paths.ts';

/** One changed path, as git's raw comparison gives it: a rename is a delete and an add. `000000` where there is no such side. */
export type ChangedPath = {
  status: 'added' | 'modified' | 'deleted' | 'type-changed';
  path: string;
  oldMode: string;
  newMode: string;
};

export type PathDecision = 'allowed' | 'needs-person' | 'blocked';

export type PathRule =
  | 'PATH_OUTSIDE_ROOT'
  | 'PATH_INVALID'
  | 'PATH_CONFUSABLE'
  | 'PROTECTED_PATH'
  | 'REVIEWED_PATH'
  | 'MODE_NOT_ALLOWED'
  | 'EXEC_BIT'
  | 'LINK_REMOVED'
  | 'FILE_TOO_LARGE'
  | 'BINARY_FILE'
  | 'TOO_MANY_FILES'
  | 'SCOPE_EXCEEDED';

/** `rule` is null and `reason` empty where the path is allowed. `path` is empty where it is about the change as a whole. */
export type PathVerdict = { path: string; decision: PathDecision; rule: PathRule | null; reason: string };

export type JudgeOptions = {
  /** Globs of the repository's configuration: protected besides the built-in ones. */
  add?: readonly string[];
  /** Globs of the workflow's inputs, never of a file: what Tamma may change in spite of the built-in rules. Git's and Tamma's own files stay. */
  exempt?: readonly string[];
  /** Paths and globs of the approved plan; anything else needs a person. */
  scope?: readonly string[];
  /** Bytes of the new content, by path. */
  sizes?: ReadonlyMap<string, number>;
  binaries?: ReadonlySet<string>;
  /** Files of the base: a new path must not fold to one of them. */
  existing?: readonly string[];
  limits?: { files?: number; fileBytes?: number };
};

const ALLOWED = { decision: 'allowed', rule: null, reason: '' } as const;
const MAX_FILES = 100;
const MAX_FILE_BYTES = 500 * 1024;

/**
 * Judges a change by its paths and modes, each path by the worst that holds of it. Both sides of a rename are in
 * `changes`, so moving a protected file away is a change to it.
 */
export function judgeChanges(changes: readonly ChangedPath[], options: JudgeOptions = {}): PathVerdict[] {
  const judge = createJudge(changes, options);
  const verdicts = changes.map((change): PathVerdict => {
    const found = judge(change);
    const worst = found.find(({ decision }) => decision === 'blocked') ?? found[0];
    return { path: change.path, ...(worst ?? ALLOWED) };
  });
  const maxFiles = options.limits?.files ?? MAX_FILES;
  if (changes.length <= maxFiles) return verdicts;
  const reason = `${changes.length} files are changed, ${maxFiles} is the limit`;
  return [{ path: '', decision: 'blocked', rule: 'TOO_MANY_FILES', reason }, ...verdicts];
}

/** The worst of several verdicts. */
export function worstDecision(verdicts: readonly PathVerdict[]): PathDecision {
  if (verdicts.some(({ decision }) => decision === 'blocked')) return 'blocked';
  return verdicts.some(({ decision }) => decision === 'needs-person') ? 'needs-person' : 'allowed';
}

/** Whether a path is a test, or what only tests use. Decided by name alone: nothing is read. */
export function isTestPath(path: string): boolean {
  const lower = path.toLowerCase();
  return testPatterns.folded.some((pattern) => pattern.test(lower)) || testPatterns.cased.test(path);
}

type Finding = { decision: 'needs-person' | 'blocked'; rule: PathRule; reason: string };

function createJudge(
  changes: readonly ChangedPath[],
  options: JudgeOptions,
): (change: ChangedPath) => Finding[] {
  const isAdded = createMatcher(options.add ?? []);
  const isExempt = createMatcher(options.exempt ?? []);
  const isInScope = options.scope ? createMatcher(options.scope) : () => true;
  const twins = countFolded([
    ...(options.existing ?? []),
    ...changes.filter(({ status }) => status !== 'deleted').map(({ path }) => path),
  ]);
  return (change) => [
    ...judgeName(change, twins),
    ...judgeGuarded(change.path, isExempt),
    ...(isAdded(change.path) ? [block('PROTECTED_PATH', 'is protected by the configuration')] : []),
    ...judgeMode(change),
    ...judgeContent(change, options),
    ...(isInScope(change.path) ? [] : [ask('SCOPE_EXCEEDED', 'is not part of the approved plan')]),
  ];
}

function judgeName(
  { path, status }: ChangedPath,
  twins: ReadonlyMap<string, ReadonlySet<string>>,
): Finding[] {
  const problem = findPathProblem(path);
  if (problem) return [block(problem.rule, problem.reason)];
  const others = [...(twins.get(foldPath(path)) ?? [])].filter((other) => other !== path);
  if (status === 'deleted' || others.length === 0) return [];
  return [block('PATH_CONFUSABLE', `is the same file as ${others[0]} where case does not count`)];
}

function judgeGuarded(path: string, isExempt: (path: string) => boolean): Finding[] {
  const folded = foldPath(path);
  const row = guardedPaths.find(({ pattern }) => pattern.test(folded));
  const isOurs = /(?:^|\/)\.git(?:\/|$)|^\.tamma/.test(folded);
  if (!row || (!isOurs && isExempt(path))) return [];
  return [
    row.decision === 'blocked'
      ? block('PROTECTED_PATH', `is protected: ${row.what}`)
      : ask('REVIEWED_PATH', `is changed only under a person’s eyes: ${row.what}`),
  ];
}

function judgeMode({ status, oldMode, newMode }: ChangedPath): Finding[] {
  if (status !== 'deleted' && newMode !== '100644' && newMode !== '100755') {
    return [
      block(
        'MODE_NOT_ALLOWED',
        `has mode ${newMode}: only plain files are allowed, no links and no submodules`,
      ),
    ];
  }
  if (newMode === '100755' && oldMode !== '100755') return [ask('EXEC_BIT', 'becomes executable')];
  const wasLink = oldMode === '120000' || oldMode === '160000';
  return wasLink ? [ask('LINK_REMOVED', 'was a link or a submodule')] : [];
}

function judgeContent({ path }: ChangedPath, { sizes, binaries, limits }: JudgeOptions): Finding[] {
  const maxBytes = limits?.fileBytes ?? MAX_FILE_BYTES;
  const bytes = sizes?.get(path) ?? 0;
  return [
    ...(bytes > maxBytes ? [block('FILE_TOO_LARGE', `has ${bytes} bytes, ${maxBytes} is the limit`)] : []),
    ...(binaries?.has(path) ? [ask('BINARY_FILE', 'is binary: nobody can review it as text')] : []),
  ];
}

/** Globs without extended patterns and braces: what a person reads is what matches. */
function createMatcher(globs: readonly string[]): (path: string) => boolean {
  const options = { dot: true, nocase: true, noextglob: true, nobrace: true, maxLength: 500 };
  const matchers = globs.map((glob) => picomatch(foldPath(glob.replace(/\/$/, '/**')), options));
  return (path) => matchers.some((matches) => matches(foldPath(path)));
}

function countFolded(paths: readonly string[]): Map<string, Set<string>> {
  const folded = new Map<string, Set<string>>();
  for (const path of paths) {
    const key = foldPath(path);
    folded.set(key, (folded.get(key) ?? new Set()).add(path));
  }
  return folded;
}

function block(rule: PathRule, reason: string): Finding {
  return { decision: 'blocked', rule, reason };
}

function ask(rule: PathRule, reason: string): Finding {
  return { decision: 'needs-person', rule, reason };
}
