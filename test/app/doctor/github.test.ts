import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { examineSite, siteChecks } from '../../../src/app/doctor/github/checks.ts';
import { parseWorkflow, type WorkflowFacts } from '../../../src/app/doctor/github/workflow-facts.ts';
import { labelRows } from '../../../src/app/init/labels.ts';
import { writeWorkflow } from '../../../src/app/init/workflow-text.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { createSite } from '../../../src/platforms/github/site.ts';
import { ensureEnvironment } from '../../forge/model/environments.ts';
import { createLabel } from '../../forge/model/labels.ts';
import type { Repository, Rule, Scopes, Token } from '../../forge/state.ts';
import { createTestForge, type TestForge } from '../../forge/test-forge.ts';
import { createTestClock } from '../../support/plain-git-platform.ts';

const GUARD = [{ type: 'non_fast_forward' }, { type: 'deletion' }];

const root = join(import.meta.dirname, '..', '..', '..');

const REVIEWS = {
  dismiss_stale_reviews_on_push: false,
  require_code_owner_review: false,
  require_last_push_approval: false,
  required_approving_review_count: 2,
  required_review_thread_resolution: false,
};
const QUEUE = {
  merge_method: 'REBASE',
  check_response_timeout_minutes: 60,
  grouping_strategy: 'ALLGREEN',
  max_entries_to_build: 5,
  max_entries_to_merge: 5,
  min_entries_to_merge: 1,
  min_entries_to_merge_wait_minutes: 5,
};

let home: TestForge;
let repository: Repository;
let admin: Token;
let minimal: WorkflowFacts;
let settings: Repository['settings'];
beforeAll(async () => {
  home = await createTestForge();
  repository = home.forge.repository('acme/shop');
  home.forge.addUser({ login: 'root', permission: { 'acme/shop': 'admin' } });
  admin = home.forge.createToken({ kind: 'pat', login: 'root' });
  for (const row of labelRows(['tamma'])) createLabel(home.forge.world, repository, row);
  repository.secrets.set('ANTHROPIC_API_KEY', 'a-key-that-is-never-used');
  repository.settings.actionsMayOpenPulls = true;
  repository.settings.defaultPermissions = 'read';
  settings = { ...repository.settings };
  minimal = await read(await writeWorkflow({ kind: 'minimal', vendor: 'anthropic', ciNames: [] }), 'tamma');
});
afterAll(() => home.close());
beforeEach(() => {
  repository.settings = { ...settings };
  repository.rulesets = [];
  protect('refs/heads/tamma-events', GUARD);
});

async function read(text: string, name = 'ci'): Promise<WorkflowFacts> {
  const facts = await parseWorkflow(`.github/workflows/${name}.yml`, text);
  if (!facts) throw new Error(`no workflow: ${text}`);
  return facts;
}

function protect(include: string, rules: Rule[]): void {
  repository.rulesets.push({
    id: repository.rulesets.length + 1,
    name: include,
    target: 'branch',
    enforcement: 'active',
    include: [include],
    rules,
    createdAt: home.forge.world.now(),
  });
}

type Looking = {
  token?: Token | string;
  config?: string;
  workflows?: readonly WorkflowFacts[];
  /** Only checks of these titles; default: all. */
  at?: string[];
};

async function look({ token = admin, config = '', workflows = [minimal], at }: Looking = {}) {
  const site = createSite({
    owner: 'acme',
    repo: 'shop',
    apiUrl: home.forge.url,
    pageUrl: `${home.forge.url}/acme/shop`,
    token: typeof token === 'string' ? token : token.secret,
    clock: createTestClock(),
    secondMs: 40,
  });
  const parsed = parseConfig({
    text: config,
    file: '.tamma/config.yml',
    environment: {},
    floor: { sandbox: undefined },
  });
  const findings = await examineSite(
    site,
    { config: parsed.config, workflows },
    siteChecks.filter(([title]) => at?.includes(title) ?? true),
  );
  return {
    findings,
    /** `level: text` of everything with this title that is not in order. */
    of: (title: string) =>
      findings.flatMap((found) =>
        found.title === title && found.level !== 'ok' ? [`${found.level}: ${found.text}`] : [],
      ),
    wrong: findings
      .filter(({ level }) => level !== 'ok')
      .map(({ title, level, text }) => `${level} ${title}: ${text}`),
    help: findings.map(({ help, link }) => `${help} ${link ?? ''}`).join('\n'),
  };
}

function makeJob(permissions: Scopes): Token {
  return home.forge.createToken({ kind: 'actions', repository: 'acme/shop', permissions });
}

const GRANTED: Scopes = {
  actions: 'write',
  checks: 'read',
  contents: 'write',
  deployments: 'read',
  issues: 'write',
  pull_requests: 'write',
  statuses: 'read',
};

describe('the doctor at GitHub', () => {
  test('finds nothing wrong with the shipped workflow in a repository that is set up', async () => {
    const before = home.forge.requests.length;
    const { wrong, findings } = await look();
    expect(wrong).toEqual([]);
    expect(new Set(findings.map(({ title }) => title)).size).toBe(12);
    const asked = home.forge.requests.slice(before);
    expect(asked.length).toBeLessThan(30);
    // What is no read was refused: nothing is written.
    expect(asked.filter(({ isWrite, status }) => isWrite && (status ?? 0) < 400)).toEqual([]);
  });

  test('finds nothing wrong with the hardened one either, but that its tag can be moved', async () => {
    const text = await writeWorkflow({ kind: 'hardened', vendor: 'anthropic', ciNames: [] });
    const { wrong } = await look({ workflows: [await read(text, 'tamma')], at: ['workflow', 'secrets'] });
    expect(wrong).toEqual([expect.stringContaining('@v1 can be moved to another commit')]);
  });

  test('finds no problem with the one that fans out by a matrix', async () => {
    const text = readFileSync(join(root, 'examples/github-matrix/.github/workflows/tamma.yml'), 'utf8');
    const { of } = await look({ workflows: [await read(text, 'tamma')], at: ['workflow', 'secrets'] });
    expect([...of('workflow'), ...of('secrets')].filter((line) => line.startsWith('problem'))).toEqual([]);
  });

  test('says of what it may not see which permission would do', async () => {
    const { findings, wrong } = await look({ token: makeJob(GRANTED) });
    expect(findings.filter(({ level }) => level === 'unknown').map(({ title }) => title)).toEqual([
      'key',
      'actions',
      'actions',
    ]);
    expect(wrong).toHaveLength(3);
    expect(findings.findLast(({ level }) => level === 'unknown')?.help).toContain('administration: read');
  });

  test('names each permission that a job or an App lacks', async () => {
    const { statuses: _statuses, ...rest } = GRANTED;
    const { of } = await look({
      token: makeJob({ ...rest, issues: 'read', actions: 'read' }),
      at: ['permissions'],
    });
    expect(of('permissions')).toEqual([
      expect.stringContaining('issues: write is missing'),
      expect.stringContaining('actions: write is missing'),
      expect.stringContaining('statuses: read is missing'),
    ]);
    const app = home.forge.createToken({
      kind: 'app',
      repository: 'acme/shop',
      permissions: { contents: 'write' },
    });
    expect((await look({ token: app, at: ['permissions'] })).of('permissions')).toHaveLength(5);
  });

  test('knows a classic token by its scopes, and a person by the role', async () => {
    const weak = home.forge.createToken({ kind: 'pat', login: 'root', scopes: ['gist'] });
    expect((await look({ token: weak, at: ['token'] })).of('token')).toEqual([
      expect.stringContaining('scopes: gist'),
    ]);
    home.forge.addUser({ login: 'reader', permission: { 'acme/shop': 'read' } });
    const classic = home.forge.createToken({ kind: 'pat', login: 'reader', scopes: ['repo'] });
    const fine = home.forge.createToken({ kind: 'pat', login: 'reader', permissions: GRANTED });
    for (const token of [classic, fine]) {
      const { of, help } = await look({ token, at: ['permissions'] });
      expect(of('permissions')).toEqual(['problem: its owner may not write here']);
      expect(help).toContain('the role Write');
    }
  });

  test.each(['ghp_nobody', 'github_pat_nobody'])(
    'stops at a token that GitHub does not know: %s',
    async (token) => {
      const { findings } = await look({ token });
      expect(findings).toMatchObject([{ title: 'token', level: 'problem' }]);
    },
  );

  test('tells where Actions may not open pull requests, as an administrator and as a job', async () => {
    repository.settings.actionsMayOpenPulls = false;
    repository.settings.defaultPermissions = 'write';
    const { of, help } = await look({ at: ['actions'] });
    expect(of('actions')).toEqual([
      expect.stringContaining('problem: Actions may not open pull requests'),
      expect.stringContaining('warning: workflows that ask for nothing'),
    ]);
    expect(help).toContain('/settings/actions');
    expect((await look({ token: makeJob(GRANTED), at: ['permissions'] })).of('actions')).toContainEqual(
      expect.stringContaining('problem: Actions may not open pull requests'),
    );
  });

  test.each<[string, Partial<Repository['settings']>, string]>([
    ['are off', { actionsEnabled: false }, 'problem: Actions are switched off'],
    ['are local ones only', { allowedActions: 'local_only' }, 'tamma/action is not one'],
    ['are chosen ones', { allowedActions: 'selected' }, 'tamma/action is not among them'],
    ['must be pinned', { shaPinningRequired: true }, 'tamma/action@v1 is not'],
  ])('tells where Actions %s', async (_what, change, text) => {
    Object.assign(repository.settings, change);
    expect((await look({ at: ['actions'] })).of('actions')).toEqual([expect.stringContaining(text)]);
  });

  test('holds merge.method against the repository’s settings and the rules of the branch', async () => {
    repository.settings.allowSquash = false;
    expect((await look({ at: ['settings'] })).of('settings')).toEqual([
      expect.stringContaining('merge.method is squash'),
    ]);
    protect('~DEFAULT_BRANCH', [
      { type: 'required_linear_history' },
      { type: 'required_signatures' },
      { type: 'pull_request', parameters: { ...REVIEWS, allowed_merge_methods: ['squash'] } },
      { type: 'merge_queue', parameters: QUEUE },
      { type: 'update', parameters: { update_allows_fetch_and_merge: false } },
    ]);
    const { of } = await look({ config: 'merge: { method: merge }', at: ['branch rules'] });
    expect(of('branch rules').map((text) => text.replace(/^problem: main: /, ''))).toEqual([
      'only some may push or merge',
      'pull requests are merged by squash only, and merge.method is merge',
      'history must be linear, and merge.method is merge',
      'commits must be signed, and merge.method is merge',
      'the merge queue merges by rebase, and merge.method is merge',
    ]);
  });

  test('says what a branch asks for, from its protection too', async () => {
    await home.ask(
      admin,
      'PUT',
      '/branches/main/protection',
      {
        required_status_checks: { strict: false, contexts: ['build'] },
        enforce_admins: null,
        required_pull_request_reviews: { required_approving_review_count: 1 },
        restrictions: null,
      },
      200,
    );
    const { findings } = await look({ at: ['branch rules'] });
    expect(findings.find(({ title }) => title === 'branch rules')?.text).toBe(
      'main: pull requests, 1 approvals; checks: build',
    );
    expect((await look({ token: home.alice, at: ['branch rules'] })).of('branch rules')).toEqual([
      'unknown: main is protected, and this token may not read how',
    ]);
    await home.ask(admin, 'DELETE', '/branches/main/protection', undefined, 204);
  });

  test('finds rules that would lock Tamma out of its log and its branches', async () => {
    protect('~ALL', [
      { type: 'pull_request', parameters: REVIEWS },
      { type: 'required_signatures' },
      { type: 'branch_name_pattern', parameters: { operator: 'starts_with', pattern: 'feature/' } },
    ]);
    const { of } = await look({ at: ['log branch', 'work branches'] });
    expect(of('log branch')).toEqual([
      'problem: tamma-events: changes take a pull request; commits must be signed, so no run can write the log',
    ]);
    expect(of('work branches')).toEqual([
      'problem: tamma/**: changes take a pull request; commits must be signed',
      expect.stringContaining('branch_name_pattern must fit'),
    ]);
  });

  test('names the labels that are missing', async () => {
    const { of } = await look({ at: ['labels'], config: 'labels: { include: [robot, TAMMA] }' });
    expect(of('labels')).toEqual(['warning: missing: robot']);
  });

  test('tells where the log can be rewritten, and where to forbid it', async () => {
    repository.rulesets = [];
    const { of, help } = await look({ at: ['log branch'] });
    expect(of('log branch')).toEqual([expect.stringContaining('can be rewritten and deleted')]);
    expect(help).toContain('/settings/rules/new?target=branch');
  });
});

describe('the doctor on workflows', () => {
  const tamma = (more: string) => read(more, 'tamma');

  test('misses one that uses Tamma', async () => {
    const { of } = await look({ workflows: [await read('on: push\njobs: {}')], at: ['workflow'] });
    expect(of('workflow')).toEqual(['problem: no workflow on main uses Tamma']);
  });

  test('names everything that is wrong with it at once', async () => {
    const { of } = await look({
      at: ['workflow'],
      workflows: [
        await tamma(
          [
            'on: { pull_request_target: , schedule: [{ cron: "0 * * * *" }] }',
            'concurrency: { group: tamma, cancel-in-progress: true }',
            'jobs: { loop: { permissions: { contents: write }, timeout-minutes: 60, steps: [{ uses: tamma/action@main }] } }',
          ].join('\n'),
        ),
      ],
    });
    expect(of('workflow')).toEqual([
      expect.stringContaining('starts for pull requests of anybody'),
      expect.stringContaining('has no workflow_dispatch'),
      expect.stringContaining('without issues,'),
      expect.stringContaining('without issue_comment,'),
      expect.stringContaining('on the full hour'),
      expect.stringContaining('permissions of the job lack issues: write'),
      expect.stringContaining('cancels a run'),
      expect.stringContaining('tamma/action@main is whatever'),
      expect.stringContaining('cut off after 60 minutes'),
    ]);
  });

  test('misses the secret that the workflow takes, and knows that it may be elsewhere', async () => {
    repository.secrets.clear();
    const { of, help } = await look({ at: ['key'] });
    expect(of('key')).toEqual(['problem: the workflow takes ANTHROPIC_API_KEY, and there is no such secret']);
    expect(help).toContain('/settings/secrets/actions/new');
    const text = await writeWorkflow({ kind: 'minimal', vendor: 'anthropic', ciNames: [] });
    const guarded = text.replace(/^( +)runs-on:/m, '$1environment: tamma\n$&');
    expect((await look({ at: ['key'], workflows: [await tamma(guarded)] })).of('key')).toEqual([]);
    repository.secrets.set('ANTHROPIC_API_KEY', 'a-key-that-is-never-used');
  });

  test('tells where the condition of the job does not know the label of the configuration', async () => {
    const { of } = await look({ at: ['workflow'], config: 'labels: { include: [Tamma, robot] }' });
    expect(of('workflow')).toEqual([expect.stringContaining('does not know robot')]);
  });

  test('finds the secrets that workflows hand to code of tamma/** branches', async () => {
    ensureEnvironment(home.forge.world, repository, 'staging');
    const job =
      '{ steps: [{ run: npm test, env: { T: "${{ secrets.NPM_TOKEN }} ${{ secrets.GITHUB_TOKEN }}" } }] }';
    const { of } = await look({
      at: ['secrets'],
      workflows: [
        minimal,
        await read(`on: push\njobs: { a: ${job} }`, 'open'),
        await read(`on: { push: { branches: [main, "release/**"] } }\njobs: { a: ${job} }`, 'closed'),
        await read(`on: { push: { tags: ["v*"] } }\njobs: { a: ${job} }`, 'tags'),
        await read(`on: { push: { branches: ["**", "!tamma/**"] } }\njobs: { a: ${job} }`, 'but-ours'),
        await read(
          'on: [pull_request]\njobs: { a: { uses: x/y/.github/workflows/z.yml@v1, secrets: inherit, permissions: { id-token: write } } }',
          'all',
        ),
        await read(
          'on: pull_request_target\njobs: { a: { steps: [{ uses: actions/checkout@v7, with: { ref: "${{ github.event.pull_request.head.sha }}" } }] } }',
          'target',
        ),
        await read(
          'on: { push: { branches-ignore: [main] } }\njobs: { a: { environment: { name: staging } } }',
          'staging',
        ),
      ],
    });
    expect(of('secrets')).toEqual([
      'warning: .github/workflows/open.yml hands NPM_TOKEN to code of tamma/** branches (on push)',
      'warning: .github/workflows/all.yml hands all secrets, an OIDC token to code of tamma/** branches (on pull_request)',
      expect.stringContaining(
        'problem: .github/workflows/target.yml checks out proposed code on pull_request_target',
      ),
      expect.stringContaining('warning: environment staging takes every branch'),
    ]);
    repository.environments.clear();
  });

  test.each<[string, string, string, string[]]>([
    ['waits for a click', 'on: pull_request\njobs: {}', '', ['warning: ci.yml wait for a click']],
    ['is dispatched', 'on: pull_request\njobs: {}', 'ci: { workflow: ci.yml }', []],
    ['is none', 'on: { push: { branches: [main] } }\njobs: {}', '', []],
  ])('knows whether CI on Tamma’s pull requests %s', async (_what, text, config, expected) => {
    const { of } = await look({
      workflows: [minimal, await read(text)],
      config,
      at: ['pull request checks'],
    });
    expect(of('pull request checks')).toEqual(expected.map((part) => expect.stringContaining(part)));
  });

  test('expects no click where an App opens the pull requests', async () => {
    const text = await writeWorkflow({ kind: 'minimal', vendor: 'anthropic', ciNames: [] });
    const app = text.replace(
      /^( +)anthropic-api-key:/m,
      '$1app-id: 7\n$1app-private-key: ${{ secrets.KEY }}\n$&',
    );
    const { of } = await look({
      at: ['pull request checks'],
      workflows: [await tamma(app), await read('on: pull_request\njobs: {}')],
    });
    expect(of('pull request checks')).toEqual([]);
  });
});
