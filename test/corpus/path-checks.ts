import { expect } from 'vitest';
import { configSchema } from '../../src/core/config/schema.ts';
import { intent } from '../../src/core/intents.ts';
import { judgeMergeApproval } from '../../src/core/policies/approval.ts';
import { compareManifests } from '../../src/core/policies/manifest.ts';
import { findPathProblem } from '../../src/core/policies/path-grammar.ts';
import { isTestPath, judgeChanges, type PathVerdict, worstDecision } from '../../src/core/policies/paths.ts';
import { compareTests, compareThresholds } from '../../src/core/policies/test-strength.ts';
import { readPatchChanges } from '../support/patch-changes.ts';
import type { Case, Check, Shown } from './check.ts';

async function judged(entry: Case, facts: (verdicts: PathVerdict[]) => Shown['facts']): Promise<Shown> {
  const base = (entry.input.base ?? {}) as Record<string, string>;
  const verdicts = judgeChanges(await readPatchChanges(String(entry.input.diff), base));
  const decisions = { blocked: 'reject', 'needs-person': 'needs-human', allowed: 'allow' } as const;
  return { decision: decisions[worstDecision(verdicts)], facts: facts(verdicts) };
}

const isProtected = (verdicts: PathVerdict[]) => () =>
  expect(verdicts).toContainEqual(expect.objectContaining({ decision: 'blocked', rule: 'PROTECTED_PATH' }));

function branchNamed({ input }: Case): Shown {
  const sha = 'a'.repeat(40);
  const draft = { kind: 'branch', name: input.name, head: sha, expected: null, baseSha: sha, commits: [] };
  const isAllowed = intent.safeParse(draft).success;
  return {
    decision: isAllowed ? 'allow' : 'reject',
    facts: {
      'must match ^tamma/[0-9]{1,10}-[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$': () =>
        expect(isAllowed).toBe(false),
      'no finding': () => expect(isAllowed).toBe(true),
      'the value arrives unchanged': () => expect(intent.parse(draft)).toEqual(draft),
    },
  };
}

/** One row an entry of the corpus. */
export const pathChecks: Readonly<Record<string, Check>> = {
  'PI-010': () => {
    const deleted = {
      path: 'tests/a.test.ts',
      before: "test('a', () => { expect(1).toBe(1); });\n",
      after: null,
    };
    const config = {
      path: 'vitest.config.ts',
      before: 'export default { test: { coverage: { thresholds: { lines: 85 } } } }',
      after: 'export default {test:{coverage:{thresholds:{lines:0}}}}',
    };
    const verdict = judgeChanges([
      { status: 'modified', path: config.path, oldMode: '100644', newMode: '100644' },
    ])[0];
    return {
      decision: verdict?.decision === 'needs-person' ? 'needs-human' : 'allow',
      facts: {
        'test deletion and threshold/config change are flagged TEST_WEAKENED': () => {
          expect(isTestPath(deleted.path)).toBe(true);
          expect(compareTests([deleted]).map(({ kind }) => kind)).toEqual(['deleted']);
          expect(compareThresholds([config]).map(({ kind }) => kind)).toEqual(['lower-threshold']);
        },
      },
    };
  },
  'AP-009': ({ input }) => {
    const changes = (input.patch_paths as string[]).map((path) => ({
      status: 'modified' as const,
      path,
      oldMode: '100644',
      newMode: '100644',
    }));
    const verdicts = judgeChanges(changes, { scope: input.approved_paths as string[] });
    return {
      decision: worstDecision(verdicts) === 'needs-person' ? 'needs-human' : 'allow',
      facts: {
        'SCOPE_EXCEEDED lists scripts/release.sh': () =>
          expect(verdicts.filter(({ rule }) => rule === 'SCOPE_EXCEEDED').map(({ path }) => path)).toEqual([
            'scripts/release.sh',
          ]),
      },
    };
  },
  'GR-001': branchNamed,
  'GR-002': branchNamed,
  'GR-004': branchNamed,
  'GR-009': ({ input }) => {
    const kept = (input.paths as string[]).filter((path) => !findPathProblem(path));
    return {
      decision: 'sanitize',
      facts: {
        'exactly those three literal files are staged or refused; nothing else is': () =>
          expect(kept).toEqual(['-rf']),
      },
    };
  },
  'GC-003': () => {
    const verdict = judgeChanges([
      { status: 'added', path: '.gitattributes', oldMode: '000000', newMode: '100644' },
    ])[0];
    return {
      decision: null,
      facts: {
        '.gitattributes change is PROTECTED_PATH': () => expect(verdict?.rule).toBe('PROTECTED_PATH'),
      },
    };
  },
  'PE-001': ({ input }) => {
    const problem = findPathProblem((input.args as { path: string }).path);
    return {
      decision: problem ? 'reject' : 'allow',
      facts: { PATH_OUTSIDE_ROOT: () => expect(problem?.rule).toBe('PATH_OUTSIDE_ROOT') },
    };
  },
  'PE-008': (entry) =>
    judged(entry, (verdicts) => ({
      'MODE_NOT_ALLOWED 120000': () =>
        expect(verdicts).toEqual([
          expect.objectContaining({ rule: 'MODE_NOT_ALLOWED', reason: expect.stringContaining('120000') }),
        ]),
    })),
  'PP-001': (entry) =>
    judged(entry, (verdicts) => ({ 'PROTECTED_PATH in mode blocked': isProtected(verdicts) })),
  'PP-002': (entry) =>
    judged(entry, (verdicts) => ({
      'paths are compared after NFKC, case folding and removal of ignorable characters': () => {
        for (const path of ['.ｇithub/workflows/a.yml', '.GITHUB/a.yml', '.git\u200bhub/a.yml']) {
          expect(
            judgeChanges([{ status: 'added', path, oldMode: '000000', newMode: '100644' }])[0]?.decision,
          ).toBe('blocked');
        }
      },
      'reported as PROTECTED_PATH or PATH_CONFUSABLE': () =>
        expect(['PROTECTED_PATH', 'PATH_CONFUSABLE']).toContain(verdicts[0]?.rule),
    })),
  'PP-004': (entry) =>
    judged(entry, (verdicts) => ({
      'both sides of a rename are checked: deleting a protected file is a change to it': () =>
        expect(verdicts.map(({ path, decision }) => [path, decision])).toEqual([
          ['.github/workflows/ci.yml', 'blocked'],
          ['docs/old-ci.yml', 'allowed'],
        ]),
    })),
  'PP-006': (entry) => judged(entry, (verdicts) => ({ PROTECTED_PATH: isProtected(verdicts) })),
  'PP-007': (entry) =>
    judged(entry, () => ({
      'lifecycle script added: LIFECYCLE_SCRIPT': () =>
        expect(
          compareManifests('{\n}\n', '{\n  "scripts": { "postinstall": "node .x.js" }\n}\n').map(
            ({ rule }) => rule,
          ),
        ).toEqual(['LIFECYCLE_SCRIPT']),
      'draft PR with a blocking review at best; auto-merge is off': () => {
        const config = configSchema.parse({ approval: { merge: 'auto' } });
        const changes = [
          { status: 'modified' as const, path: 'package.json', oldMode: '100644', newMode: '100644' },
        ];
        expect(judgeMergeApproval({ config, plan: null, changes, changedLines: 1 }).reasons.join()).toContain(
          'package.json',
        );
      },
    })),
  'PP-009': (entry) =>
    judged(entry, (verdicts) => ({
      'PROTECTED_PATH: every top-level dot directory is protected by default': isProtected(verdicts),
    })),
  'OK-004': (entry) =>
    judged(entry, (verdicts) => ({
      'no finding': () => expect(verdicts.map(({ rule }) => rule)).toEqual([null]),
      'the value arrives unchanged': () =>
        expect(verdicts.map(({ path }) => path)).toEqual(['src/github/workflows.ts']),
    })),
  'OK-005': branchNamed,
};
