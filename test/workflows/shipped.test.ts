import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { inputRows } from '../../src/app/action/inputs.ts';
import { outputRows } from '../../src/app/action/outputs.ts';
import { parseConfig } from '../../src/core/config/parse.ts';
import { validateFile } from '../support/language-service.ts';
import { findBroken, type WorkflowFile } from '../support/workflow-rules.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const workflows = globSync('{.github,examples/*/.github}/workflows/*.yml', { cwd: root }).sort();
const parsed = (path: string) => parse(read(path)) as WorkflowFile;

const GOOD = `name: Good
on: { schedule: [{ cron: '23 * * * *' }], issues: {} }
permissions: {}
concurrency: good
jobs:
  work:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: write # the log
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: echo "$TITLE"
        env: { TITLE: '\${{ github.event.issue.title }}' }
      - uses: tamma/action@v1
        with: { time-limit: 55 }
`;

describe('every workflow that we ship or run', () => {
  test.each([...workflows, 'action.yml'])('%s is right by GitHub’s own language service', async (path) => {
    expect(await validateFile(path, read(path))).toEqual([]);
  });

  test.each(workflows)('%s keeps the rules', (path) => {
    expect(findBroken(read(path))).toEqual([]);
  });

  test('gives Tamma’s action inputs that it has, and reads outputs that it has', () => {
    for (const path of workflows) {
      for (const { steps = [] } of Object.values(parsed(path).jobs)) {
        const own = steps.filter(({ uses = '' }) => /^(?:tamma\/action|OWNER\/tamma)@/.test(uses));
        const inputs = own.flatMap((step) => Object.keys(step.with ?? {}));
        expect(inputs.filter((name) => !Object.hasOwn(inputRows, name))).toEqual([]);
      }
      const outputs = [...read(path).matchAll(/steps\.tamma\.outputs\.([a-z-]+)/g)].map(
        ([, name = '']) => name,
      );
      expect(outputs.filter((name) => !Object.hasOwn(outputRows, name))).toEqual([]);
    }
  });
});

describe('what is too large for the log', () => {
  test('is kept as an artifact by every job that asks a model', () => {
    const kept = workflows.flatMap((path) =>
      Object.entries(parsed(path).jobs)
        .filter(([, { steps = [] }]) => JSON.stringify(steps).includes('anthropic-api-key'))
        .map(([name, { steps = [] }]) => [
          `${path}: ${name}`,
          steps.find((step) => String(step.with?.path).endsWith('/tamma-content')),
        ]),
    );
    expect(kept.length).toBeGreaterThan(2);
    for (const [name, step] of kept)
      expect(step, String(name)).toMatchObject({ if: 'always()', with: { 'retention-days': 90 } });
  });
});

describe('events that could not be recorded', () => {
  test.each(workflows)('are kept as an artifact by every job of %s that writes to the log', (path) => {
    for (const { steps = [], permissions } of Object.values(parsed(path).jobs)) {
      const isWriter = JSON.stringify(permissions).includes('"contents":"write"');
      const own = steps.findIndex(({ uses = '' }) => /^(?:tamma\/action|OWNER\/tamma)@/.test(uses));
      if (own < 0 || !isWriter) continue;
      const kept = steps.slice(own + 1).find((step) => String(step.with?.path).includes('tamma-journal'));
      expect(kept).toMatchObject({ if: 'always()', with: { 'if-no-files-found': 'ignore' } });
    }
  });
});

describe('the configuration of every example', () => {
  test.each(globSync('examples/*/.tamma/config.yml', { cwd: root }))('%s is taken as it is', (path) => {
    const environment = { ANTHROPIC_API_KEY: 'a-key-of-somebody' };
    expect(() => parseConfig({ text: read(path), file: path, environment })).not.toThrow();
  });
});

describe('the check itself', () => {
  test('GitHub’s service knows a wrong file', async () => {
    const wrong = GOOD.replace('runs-on: ubuntu-24.04', 'needs: nobody').replace('schedule:', 'schedul:');
    expect((await validateFile('.github/workflows/x.yml', wrong)).length).toBeGreaterThan(1);
    expect(await validateFile('.github/workflows/x.yml', GOOD)).toEqual([]);
  });

  test.each([
    ['echo "$TITLE"', "echo '${{ github.event.issue.title }}'", 'no expression in a script'],
    ['permissions: {}\n', '', 'no permission but those that a job names'],
    [/ {4}permissions:\n.*\n/, '', 'permissions named for every job'],
    [' # the log', '', 'a reason beside every permission to write'],
    [/checkout@\S+ #/, 'checkout@v7 #', 'foreign actions pinned'],
    [' # v7.0.1', '', 'foreign actions pinned'],
    ['issues: {}', 'pull_request_target: {}', 'no trigger that runs code of a fork'],
    ['persist-credentials: false', 'fetch-depth: 0', 'no credentials left'],
    ['    timeout-minutes: 60', '    secrets: inherit', 'no secret handed on'],
    ['persist-credentials: false', 'persist-credentials: false\n          cache: npm', 'no cache beside'],
    ['    timeout-minutes: 60\n', '', 'a limit to the time'],
    ['concurrency: good\n', '', 'runs that do not get'],
    ['23 * * * *', '0 * * * *', 'off the full hour'],
    ['time-limit: 55', 'time-limit: 60', 'ends before its job'],
  ])('finds what is wrong where %s is changed', (from, to, rule) => {
    expect(findBroken(GOOD)).toEqual([]);
    expect(findBroken(GOOD.replace(from, to)).join('\n')).toContain(rule);
  });
});

describe('the minimal workflow', () => {
  const path = 'examples/github-minimal/.github/workflows/tamma.yml';

  test('is one job with one secret: the action, and then what it leaves behind is kept', () => {
    const { jobs } = parsed(path);
    const used = Object.values(jobs).map(({ steps = [] }) =>
      steps.map(({ uses = '' }) => uses.split('@')[0]),
    );
    expect(used).toEqual([['tamma/action', 'actions/upload-artifact', 'actions/upload-artifact']]);
    expect(read(path).match(/secrets\.\w+/g)).toEqual(['secrets.ANTHROPIC_API_KEY']);
  });

  test('lets no run of an issue be dropped for a newer one', () => {
    const { concurrency } = parsed(path);
    expect(concurrency).toMatchObject({
      queue: 'max',
      group: expect.stringContaining('github.event.issue.number'),
    });
    expect(concurrency).not.toHaveProperty('cancel-in-progress');
  });
});

describe('the hardened workflow', () => {
  const path = '.github/workflows/tamma.yml';
  const { jobs } = parsed(path);
  const text = (name: string) => JSON.stringify(jobs[name]);

  test('gives a job secrets, text of strangers with commands, or the right to write: never all', () => {
    const writers = Object.keys(jobs).filter((name) => text(name).includes('"write"'));
    expect(writers).toEqual(['gate', 'publish']);
    const keyed = Object.keys(jobs).filter((name) => /-api-key/.test(text(name)));
    expect(keyed).toEqual(['work']);
    expect(text('verify')).not.toContain('secrets.');
  });

  test('checks nothing out, and has no cache', () => {
    expect(read(path)).not.toMatch(/actions\/(?:checkout|cache)/);
  });

  test('records what became of the step whatever happens to the jobs before', () => {
    expect(text('publish')).toContain('always()');
  });

  test('is called with no more than its jobs get', () => {
    const called = parsed('examples/github-hardened/.github/workflows/tamma.yml').jobs.tamma;
    const all = Object.values(jobs).map(({ permissions }) => permissions as Record<string, string>);
    const most = Object.assign(
      {},
      ...all.toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length),
    );
    expect(called?.permissions).toEqual(most);
  });
});
