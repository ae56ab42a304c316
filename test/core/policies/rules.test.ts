import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/core/config/schema.ts';
import type { Plan } from '../../../src/core/events/parts.ts';
import { judgeDesignApproval, judgeMergeApproval } from '../../../src/core/policies/approval.ts';
import { checkBudget } from '../../../src/core/policies/budget.ts';
import { expiryOf, isExpired, leaseOf } from '../../../src/core/policies/expiry.ts';
import type { ChangedPath } from '../../../src/core/policies/paths.ts';
import {
  isPersonCommand,
  may,
  type Permission,
  personCommands,
} from '../../../src/core/policies/permission.ts';
import { type PlanDigestInput, planDigest } from '../../../src/core/policies/plan-digest.ts';

const lowRisk: Plan = {
  summary: 'Add a function',
  steps: [{ title: 'Write it', detail: '', files: ['src/a.ts', 'test/a.test.ts'] }],
  testPlan: 'one test',
  risk: 'low',
  riskReasons: [],
  breakingChange: { expected: false, reason: '' },
  newDependencies: [],
  options: [],
};
const changed = (path: string, status: ChangedPath['status'] = 'modified'): ChangedPath => ({
  status,
  path,
  oldMode: status === 'added' ? '000000' : '100644',
  newMode: status === 'deleted' ? '000000' : '100644',
});
const dev = configSchema.parse({ approval: { merge: 'auto' } });
const business = configSchema.parse({ mode: 'business' });

describe('who may give a command', () => {
  test('whoever may not read may give none', () => {
    expect(personCommands.filter((command) => may('none', command))).toEqual([]);
  });

  test.each(['read', 'triage'] as const)('%s may only look', (permission) => {
    expect(personCommands.filter((command) => may(permission, command))).toEqual(['status']);
  });

  test.each(['write', 'admin'] as const)('%s may give all', (permission) => {
    expect(personCommands.every((command) => may(permission, command))).toBe(true);
  });

  test('an unknown permission or command is a no', () => {
    expect(may('owner' as Permission, 'approve')).toBe(false);
    expect(may('admin', 'merge')).toBe(false);
    expect(may('admin', 'constructor')).toBe(false);
    expect([isPersonCommand('approve'), isPersonCommand('toString')]).toEqual([true, false]);
  });
});

describe('the budget', () => {
  const budget = { perStepUsd: 2, perIssueUsd: 10, perDayUsd: 50, perMonthUsd: null };
  const nothing = { step: 0, issue: 0, day: 0, month: 0 };

  test.each([
    ['room everywhere', nothing, 1, null],
    ['exactly the rest', { ...nothing, step: 1.5 }, 0.5, null],
    ['a sum that is not exact', { ...nothing, step: 1.9 }, 0.1, null],
    ['no room in the step', { ...nothing, step: 1.9 }, 0.2, 'step'],
    ['no room in the issue', { ...nothing, issue: 9.5 }, 1, 'issue'],
    ['no room in the day', { ...nothing, day: 50 }, 0.01, 'day'],
    ['much in a month without a limit', { ...nothing, month: 1e6 }, 1, null],
  ] as const)('with %s the call is judged by the narrowest scope', (_, spent, estimateUsd, scope) => {
    expect(checkBudget({ budget, spent, estimateUsd })).toMatchObject(
      scope ? { ok: false, scope } : { ok: true },
    );
  });

  test('says what the limit is, what is spent and what is needed', () => {
    expect(
      checkBudget({
        budget: { ...budget, perMonthUsd: 100 },
        spent: { ...nothing, month: 99.5 },
        estimateUsd: 1,
      }),
    ).toEqual({
      ok: false,
      scope: 'month',
      limitUsd: 100,
      spentUsd: 99.5,
      neededUsd: 1,
    });
  });

  test.each([
    [Number.NaN, 1],
    [-1, 1],
    [1, Number.NaN],
    [1, Number.POSITIVE_INFINITY],
    [Number.POSITIVE_INFINITY, 1],
  ])('a spend of %d or an estimate of %d denies, with figures that can be recorded', (step, estimateUsd) => {
    const verdict = checkBudget({ budget, spent: { ...nothing, step }, estimateUsd });
    expect(verdict.ok).toBe(false);
    if (!verdict.ok)
      expect([verdict.spentUsd, verdict.neededUsd].every((usd) => Number.isFinite(usd) && usd >= 0)).toBe(
        true,
      );
  });

  test('a budget of nothing denies everything that costs', () => {
    const none = { ...budget, perStepUsd: 0 };
    expect(checkBudget({ budget: none, spent: nothing, estimateUsd: 0.001 }).ok).toBe(false);
    expect(checkBudget({ budget: none, spent: nothing, estimateUsd: 0 }).ok).toBe(true);
  });
});

describe('approval of a plan', () => {
  test('a plan of low risk needs nobody in mode dev', () => {
    expect(judgeDesignApproval({ config: dev, plan: lowRisk })).toEqual({ required: false, reasons: [] });
  });

  test.each([
    ['mode business', business, lowRisk, [], /approval\.design: required/],
    [
      'medium risk',
      dev,
      { ...lowRisk, risk: 'medium', riskReasons: ['touches login'] },
      [],
      /risk is medium: touches login/,
    ],
    [
      'a breaking change',
      dev,
      { ...lowRisk, breakingChange: { expected: true, reason: 'renames an export' } },
      [],
      /breaking change.*renames/,
    ],
    [
      'options to choose from',
      dev,
      {
        ...lowRisk,
        options: [
          { name: 'A', tradeOff: '' },
          { name: 'B', tradeOff: '' },
        ],
      },
      [],
      /2 options/,
    ],
    ['a label that asks for options', dev, lowRisk, ['design-options-needed'], /design-options-needed/],
    [
      'new dependencies',
      dev,
      { ...lowRisk, newDependencies: ['left-pad'] },
      [],
      /new dependencies: left-pad/,
    ],
    [
      'a manifest among the files',
      dev,
      { ...lowRisk, steps: [{ title: '', detail: '', files: ['package.json'] }] },
      [],
      /package\.json/,
    ],
    [
      'a protected file among the files',
      dev,
      { ...lowRisk, steps: [{ title: '', detail: '', files: ['.github/x.yml'] }] },
      [],
      /is protected/,
    ],
  ] as const)('%s needs a person, who is told why', (_, config, plan, labels, reason) => {
    const need = judgeDesignApproval({ config, plan: plan as Plan, labels });
    expect(need.required).toBe(true);
    expect(need.reasons.join('\n')).toMatch(reason);
  });

  test('reasons fit into an event', () => {
    const plan = {
      ...lowRisk,
      risk: 'high' as const,
      riskReasons: Array.from({ length: 8 }, () => 'x'.repeat(500)),
    };
    const { reasons } = judgeDesignApproval({ config: dev, plan });
    expect(reasons.every((reason) => reason.length <= 500)).toBe(true);
  });
});

describe('approval of a merge', () => {
  const change = { config: dev, plan: lowRisk, changes: [changed('src/a.ts')], changedLines: 10 };

  test('a small change of low risk inside the plan needs nobody where the rule is auto', () => {
    expect(judgeMergeApproval(change)).toEqual({ required: false, reasons: [] });
  });

  test.each([
    ['the configuration', { config: configSchema.parse({}) }, /approval\.merge: required/],
    ['business mode', { config: business }, /approval\.merge: required/],
    ['no plan', { plan: null }, /no approved plan/],
    ['a risk', { plan: { ...lowRisk, risk: 'high' } }, /risk is high/],
    ['a deletion', { changes: [changed('src/a.ts', 'deleted')] }, /files are deleted: src\/a\.ts/],
    ['too many lines', { changedLines: 401 }, /401 lines/],
    ['lines nobody could count', { changedLines: Number.NaN }, /large/],
    ['too many files', { changes: Array.from({ length: 16 }, (_, i) => changed(`src/${i}.ts`)) }, /16 files/],
    ['a dependency', { changes: [changed('package.json')] }, /package\.json is changed only under/],
    [
      'a file outside the plan',
      { changes: [changed('scripts/release.sh')] },
      /not part of the plan: scripts\/release\.sh/,
    ],
    ['what a gate noted', { noted: ['test/a.test.ts has 1 tests, before 2'] }, /before 2/],
  ])('%s needs a person, who is told why', (_, more, reason) => {
    const need = judgeMergeApproval({ ...change, ...(more as Partial<typeof change>) });
    expect(need.required).toBe(true);
    expect(need.reasons.join('\n')).toMatch(reason);
  });

  test('many paths with one reason are one reason', () => {
    const changes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => changed(`${name}/package.json`));
    const { reasons } = judgeMergeApproval({ ...change, plan: { ...lowRisk, steps: [] }, changes });
    expect(reasons).toEqual([
      expect.stringContaining(
        'a/package.json, b/package.json, c/package.json, d/package.json, e/package.json and 2 more',
      ),
    ]);
  });
});

describe('what an approval is bound to', () => {
  const input: PlanDigestInput = {
    platform: 'github',
    repository: 'github.com/o/r',
    issue: 7,
    inputDigest: 'a'.repeat(64),
    baseSha: 'b'.repeat(40),
    configDigest: 'c'.repeat(64),
    model: 'claude-opus-5-5',
    plan: lowRisk,
    commands: { test: 'npm test' },
    budget: dev.budget,
  };

  test('is the same for the same plan', () => {
    expect(planDigest({ ...input })).toBe(planDigest(JSON.parse(JSON.stringify(input)) as PlanDigestInput));
    expect(planDigest(input)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with any single value anywhere in it', () => {
    const leaves = listLeaves(input);
    expect(leaves.length).toBeGreaterThan(20);
    for (const path of leaves)
      expect(planDigest(mutate(input, path)), path.join('.')).not.toBe(planDigest(input));
  });

  function listLeaves(value: unknown, path: string[] = []): string[][] {
    if (typeof value !== 'object' || value === null) return [path];
    return Object.entries(value).flatMap(([key, inner]) => listLeaves(inner, [...path, key]));
  }

  function mutate(value: PlanDigestInput, path: string[]): PlanDigestInput {
    const copy = structuredClone(value) as unknown as Record<string, unknown>;
    const last = path.at(-1) ?? '';
    const parent = path.slice(0, -1).reduce((node, key) => node[key] as Record<string, unknown>, copy);
    const old = parent[last];
    parent[last] = typeof old === 'boolean' ? !old : typeof old === 'number' ? old + 1 : `${String(old)}x`;
    return copy as unknown as PlanDigestInput;
  }
});

describe('time', () => {
  const now = new Date('2026-11-20T12:00:00.000Z');

  test('an approval lives for its days, to the millisecond', () => {
    const until = expiryOf(now, 7);
    expect(until).toBe('2026-11-27T12:00:00.000Z');
    expect(isExpired(until, new Date(until))).toBe(false);
    expect(isExpired(until, new Date(Date.parse(until) + 1))).toBe(true);
  });

  test('a lease lives for its milliseconds', () => {
    expect(leaseOf(now, 90_000)).toBe('2026-11-20T12:01:30.000Z');
  });

  test('what cannot be read has passed', () => {
    fc.assert(
      fc.property(fc.constantFrom('', 'soon', '2026-13-99', 'NaN'), (until) => isExpired(until, now)),
    );
  });
});
