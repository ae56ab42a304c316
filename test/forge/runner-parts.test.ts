import { describe, expect, test } from 'vitest';
import { obeyCommands } from './actions/commands.ts';
import { type Claim, createConcurrency } from './actions/concurrency.ts';
import { evaluate, interpolate, isWanted } from './actions/expressions.ts';
import { expandMatrix, nameOf } from './actions/matrix.ts';
import { toJobPermissions, toScopes } from './actions/permissions.ts';
import { isTriggered, parseWorkflow } from './actions/workflow-file.ts';

describe('a group of concurrency', () => {
  function enterAll(names: string[], claim: Partial<Claim>) {
    const told: string[] = [];
    const concurrency = createConcurrency();
    const claimants = names.map((name) => ({
      start: () => void told.push(`${name} starts`),
      cancel: () => void told.push(`${name} is cancelled`),
    }));
    for (const claimant of claimants) {
      concurrency.enter(claimant, { group: 'One', cancelInProgress: false, queue: false, ...claim });
    }
    const leave = (index: number) => {
      const claimant = claimants[index];
      if (claimant) concurrency.leave(claimant);
    };
    return { told, leave };
  }

  test('has one that runs and one that waits; a newer one takes the place of that', () => {
    const { told, leave } = enterAll(['a', 'b', 'c'], {});
    expect(told).toEqual(['a starts', 'b is cancelled']);
    leave(0);
    expect(told.at(-1)).toBe('c starts');
  });

  test('lets a hundred wait in order with `queue: max`, and no more', () => {
    const names = Array.from({ length: 102 }, (_item, index) => `n${index}`);
    const { told, leave } = enterAll(names, { queue: true });
    expect(told).toEqual(['n0 starts', 'n101 is cancelled']);
    leave(0);
    leave(2);
    leave(1);
    expect(told.slice(2)).toEqual(['n1 starts', 'n3 starts']);
  });

  test('ends what runs for a newer one where `cancel-in-progress` says so', () => {
    const { told, leave } = enterAll(['a', 'b'], { cancelInProgress: true });
    expect(told).toEqual(['a starts', 'a is cancelled']);
    leave(0);
    expect(told.at(-1)).toBe('b starts');
  });
});

describe('a matrix', () => {
  test('is every combination, without what is excluded, and with what is included', () => {
    const rows = expandMatrix({
      os: ['linux', 'mac'],
      node: [20, 24],
      exclude: [{ os: 'mac', node: 20 }],
      include: [{ os: 'linux', node: 24, extra: true }, { os: 'windows' }],
    });
    expect(rows).toEqual([
      { os: 'linux', node: 20 },
      { os: 'linux', node: 24, extra: true },
      { os: 'mac', node: 24 },
      { os: 'windows' },
    ]);
    expect(rows[1] && nameOf('test', rows[1])).toBe('test (linux, 24, true)');
    expect(expandMatrix({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
    expect(expandMatrix(undefined)).toEqual([{}]);
  });
});

describe('expressions', () => {
  const scope = {
    status: 'success' as const,
    values: {
      github: { event: { label: { name: 'Tamma' }, issue: { labels: [{ name: 'a' }, { name: 'b' }] } } },
      inputs: { count: 3, flag: false },
    },
  };

  test.each<[string, unknown]>([
    ["github.event.label.name == 'tamma'", true],
    ["contains(github.event.issue.labels.*.name, 'B')", true],
    ['inputs.count > 2 && !inputs.flag', true],
    ["inputs.missing || 'none'", 'none'],
    ["format('{0}-{1}', inputs.count, 'x')", '3-x'],
    ["join(github.event.issue.labels.*.name, '+')", 'a+b'],
    ['fromJSON(\'{"a":[1,2]}\').a[1]', 2],
    ["startsWith('abc', 'AB') && endsWith('abc', 'BC')", true],
    ["'' == 0", true],
    ["github['event'].label['name']", 'Tamma'],
    ["'it''s'", "it's"],
  ])('%s is %o', (text, value) => {
    expect(evaluate(text, scope)).toEqual(value);
  });

  test('keep their type alone, and are text among text', () => {
    expect(interpolate('${{ inputs.count }}', scope)).toBe(3);
    expect(interpolate('n=${{ inputs.count }}${{ inputs.none }}', scope)).toBe('n=3');
    expect(() => evaluate('nonsense(', scope)).toThrow();
    expect(() => evaluate('hashFiles(1)', scope)).toThrow('no function hashFiles');
  });

  test.each<[string | undefined, 'success' | 'failure' | 'cancelled' | 'skipped', boolean]>([
    [undefined, 'success', true],
    [undefined, 'failure', false],
    ['inputs.count == 3', 'failure', false],
    ['always()', 'cancelled', true],
    ['!cancelled()', 'failure', true],
    ['!cancelled()', 'cancelled', false],
    ['failure()', 'skipped', false],
    ['success()', 'skipped', false],
  ])('an `if` of %s after %s', (condition, status, isRun) => {
    expect(isWanted(condition, { ...scope, status })).toBe(isRun);
  });
});

describe('permissions of a job', () => {
  test('are nothing but what is named, and never more than the caller has', () => {
    expect(toJobPermissions({ contents: 'write' }, 'read')).toEqual({ contents: 'write' });
    expect(toJobPermissions({}, 'write')).toEqual({});
    expect(toJobPermissions(undefined, 'read')).toEqual({ contents: 'read', packages: 'read' });
    expect(toJobPermissions(undefined, 'write')).not.toHaveProperty('id-token');
    expect(toJobPermissions(undefined, 'write', { issues: 'read' })).toEqual({ issues: 'read' });
    expect(toJobPermissions('write-all', 'read', { issues: 'read' })).toEqual({ issues: 'read' });
    expect(toScopes({ 'pull-requests': 'write' })).toEqual({ metadata: 'read', pull_requests: 'write' });
  });
});

describe('what a step prints', () => {
  test('is obeyed in both grammars, and not between stop-commands and its token', () => {
    const { annotations, masks, outputs } = obeyCommands(
      [
        '::error file=a%2Cb.js,line=3::broken%0Ahere 100%25',
        '##[warning]old',
        '::add-mask::secret',
        '::stop-commands::T1',
        '::set-output name=a::no',
        '::t1::',
        '::set-output name=b::yes',
      ].join('\n'),
    );
    expect(annotations).toEqual([
      { level: 'error', properties: { file: 'a,b.js', line: '3' }, message: 'broken\nhere 100%' },
      { level: 'warning', properties: {}, message: 'old' },
    ]);
    expect([masks, outputs]).toEqual([['secret'], { b: 'yes' }]);
  });
});

describe('a workflow file', () => {
  const isRun = (text: string, event: string, more: { action?: string; ref?: string; payload?: object }) =>
    isTriggered(parseWorkflow(`on: ${text}\njobs: {}`, 'x.yml'), {
      event,
      action: more.action,
      ref: more.ref ?? 'refs/heads/main',
      payload: { ...more.payload },
    });
  const pull = { pull_request: { base: { ref: 'main' } } };

  test.each<[string, string, Parameters<typeof isRun>[2], boolean]>([
    ['push', 'push', {}, true],
    ['[push, issues]', 'issues', { action: 'opened' }, true],
    ['{ issues: { types: [labeled] } }', 'issues', { action: 'opened' }, false],
    ['pull_request', 'pull_request', { action: 'labeled', payload: pull }, false],
    ['pull_request', 'pull_request', { action: 'synchronize', payload: pull }, true],
    ['{ pull_request: { branches: [dev] } }', 'pull_request', { action: 'opened', payload: pull }, false],
    ["{ push: { branches: ['release/**'] } }", 'push', { ref: 'refs/heads/release/1/2' }, true],
    ['{ push: { branches-ignore: [main] } }', 'push', {}, false],
    ['{ push: { tags: [v*] } }', 'push', {}, false],
    ['{ push: { tags: [v*] } }', 'push', { ref: 'refs/tags/v1' }, true],
    ['{ push: { branches: [main] } }', 'push', { ref: 'refs/tags/v1' }, false],
    [
      '{ workflow_run: { workflows: [CI], types: completed } }',
      'workflow_run',
      { action: 'completed', payload: { workflow_run: { name: 'CI', head_branch: 'x' } } },
      true,
    ],
  ])('on %s hears of %s %o: %s', (text, event, more, expected) => {
    expect(isRun(text, event, more)).toBe(expected);
  });
});
