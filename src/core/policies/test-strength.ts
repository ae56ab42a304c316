import { type TestLanguage, testLanguages } from './test-languages.ts';

/** A file before and after a change; null where it does not exist on that side. */
export type TestFile = { path: string; before: string | null; after: string | null };

export type Weakening = {
  path: string;
  kind: 'deleted' | 'fewer-tests' | 'fewer-assertions' | 'more-skips' | 'focused' | 'lower-threshold';
  before: number;
  after: number;
  message: string;
};

type Counts = { tests: number; assertions: number; skips: number; focus: number };

/**
 * Where tests became weaker than they were, by counting: each is a reason for a person to look, not a proof. A file that was
 * moved without a change is not one. Pure; `files` are those that `isTestPath` says are tests.
 */
export function compareTests(files: readonly TestFile[]): Weakening[] {
  const arrived = new Set(files.filter(({ before }) => before === null).map(({ after }) => after?.trim()));
  return files.flatMap(({ path, before, after }) => {
    const language = testLanguages.find(({ extensions }) => extensions.test(path.toLowerCase()));
    if (before === null)
      return after === null || !language ? [] : compareCounts(path, NOTHING, count(after, language));
    if (after === null) return arrived.has(before.trim()) ? [] : [describeDeletion(path, before, language)];
    return language ? compareCounts(path, count(before, language), count(after, language)) : [];
  });
}

const NOTHING: Counts = { tests: 0, assertions: 0, skips: 0, focus: 0 };

function describeDeletion(path: string, before: string, language: TestLanguage | undefined): Weakening {
  const tests = language ? count(before, language).tests : 0;
  const what = tests > 0 ? ` with ${tests} ${tests === 1 ? 'test' : 'tests'}` : '';
  return { path, kind: 'deleted', before: tests, after: 0, message: `${path} is deleted${what}` };
}

function compareCounts(path: string, before: Counts, after: Counts): Weakening[] {
  const rows: [Weakening['kind'], keyof Counts, boolean, string][] = [
    ['fewer-tests', 'tests', after.tests < before.tests, 'tests'],
    ['fewer-assertions', 'assertions', after.assertions < before.assertions, 'assertions'],
    ['more-skips', 'skips', after.skips > before.skips, 'skipped or postponed tests'],
    ['focused', 'focus', after.focus > before.focus, 'tests that keep the others from running'],
  ];
  return rows
    .filter(([, , isWeaker]) => isWeaker)
    .map(([kind, what, , noun]) => ({
      path,
      kind,
      before: before[what],
      after: after[what],
      message: `${path} has ${after[what]} ${noun}, before ${before[what]}`,
    }));
}

function count(text: string, language: TestLanguage): Counts {
  const code = text.replace(language.comments, ' ');
  const matches = (pattern: RegExp) => code.match(pattern)?.length ?? 0;
  return {
    tests: matches(language.tests),
    assertions: matches(language.assertions),
    skips: matches(language.skips),
    focus: matches(language.focus),
  };
}

const THRESHOLD =
  /["']?\b(lines|branches|functions|statements|fail_under|fail-under|cov-fail-under|minimum_coverage|minimum|threshold\w*|target|coverageThreshold\w*)\b["']?\s*[:=>(\s]\s*["']?(\d{1,3}(?:\.\d+)?)/gi;

/** Limits in the configuration of tests and coverage that went down or away. `files` are configuration files, not tests. */
export function compareThresholds(files: readonly TestFile[]): Weakening[] {
  return files.flatMap(({ path, before, after }) => {
    const old = readThresholds(before ?? '');
    const now = readThresholds(after ?? '');
    return [...old].flatMap(([name, limit]): Weakening[] => {
      const left = now.get(name) ?? 0;
      if (left >= limit) return [];
      return [
        {
          path,
          kind: 'lower-threshold',
          before: limit,
          after: left,
          message: `${path} asks for ${left} ${name}, before ${limit}`,
        },
      ];
    });
  });
}

/** The lowest limit of each name: the one that counts. */
function readThresholds(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name = '', value = ''] of text.matchAll(THRESHOLD)) {
    const key = name.toLowerCase();
    found.set(key, Math.min(found.get(key) ?? Number.POSITIVE_INFINITY, Number(value)));
  }
  return found;
}
