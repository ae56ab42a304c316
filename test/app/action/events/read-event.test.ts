import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventRequest, MAX_LINEAGE } from '../../../../src/app/action/event-request.ts';
import { readEvent } from '../../../../src/app/action/events/read-event.ts';
import { readLineage } from '../../../../src/app/action/events/rounds.ts';
import { readWebhookExamples } from '../../../support/webhook-examples.ts';

type Payload = Record<string, unknown>;

const OWN = '.github/workflows/tamma.yml';
const alice = { id: 101, login: 'alice', type: 'User' };
const bot = { id: 41898282, login: 'github-actions[bot]', type: 'Bot' };
const repository = { id: 5, default_branch: 'main' };

function read(name: string, payload: unknown, labels: readonly string[] = ['tamma']): EventRequest {
  return readEvent({ name, payload, workflow: OWN, mayMatter: (label) => labels.includes(label) });
}

function comment(body: string, more: Payload = {}, user: unknown = alice): Payload {
  const said = { id: 900, body, user, performed_via_github_app: null, ...more };
  return { action: 'created', issue: { number: 7 }, comment: said, sender: user, repository };
}

function pull(ref = 'tamma/7-commas', repo: unknown = repository) {
  return { number: 12, head: { ref, repo }, base: { repo: repository } };
}

const review = (more: Payload = {}) => ({
  action: 'submitted',
  review: { id: 77, user: alice, state: 'approved' },
  pull_request: pull(),
  sender: alice,
  repository,
  ...more,
});

describe('an event', () => {
  test.each<[string, unknown, EventRequest]>([
    ['schedule', { schedule: '17 * * * *' }, { kind: 'orchestrate' }],
    ['push', { ref: 'refs/heads/main', sender: alice, repository }, { kind: 'orchestrate' }],
    ['workflow_dispatch', { inputs: null, sender: alice }, { kind: 'orchestrate' }],
    [
      'workflow_dispatch',
      { inputs: { issue: '7', lineage: '3' }, sender: bot },
      { kind: 'step', issue: 7, lineage: 3 },
    ],
    [
      'repository_dispatch',
      { action: 'tamma-run', client_payload: { issue: 7 }, sender: alice },
      { kind: 'step', issue: 7, lineage: 0 },
    ],
    ['repository_dispatch', { action: 'tamma', client_payload: {}, sender: alice }, { kind: 'orchestrate' }],
    [
      'issues',
      {
        action: 'labeled',
        issue: { number: 7, state: 'open', body: null },
        label: { name: 'tamma' },
        sender: alice,
      },
      { kind: 'label', issue: 7 },
    ],
    [
      'issues',
      {
        action: 'edited',
        issue: { number: 3, body: '<!-- tamma:dashboard -->\n- [x] `retry #7`' },
        sender: alice,
      },
      { kind: 'dashboard', number: 3, by: { id: '101', login: 'alice' } },
    ],
    [
      'issue_comment',
      comment('/tamma approve 1234567890abcdef'),
      { kind: 'comment', on: 'comment', number: 7, id: '900' },
    ],
    // Refused on record, where the comment is read again.
    [
      'issue_comment',
      comment('/tamma run', {}, bot),
      { kind: 'comment', on: 'comment', number: 7, id: '900' },
    ],
    ['pull_request_review', review(), { kind: 'review', issue: 7, pull: 12, id: '77' }],
    ['pull_request_review', review({ sender: bot }), { kind: 'review', issue: 7, pull: 12, id: '77' }],
    [
      'pull_request_review_comment',
      { ...comment('/tamma status'), pull_request: pull() },
      { kind: 'comment', on: 'review-comment', number: 12, id: '900' },
    ],
    [
      'check_suite',
      { action: 'completed', check_suite: { head_branch: 'tamma/7-commas' }, sender: bot },
      { kind: 'wake', issue: 7 },
    ],
    [
      'workflow_run',
      {
        action: 'completed',
        repository,
        workflow_run: {
          path: '.github/workflows/ci.yml',
          head_branch: 'tamma/7-commas',
          head_repository: { id: 5 },
        },
      },
      { kind: 'wake', issue: 7 },
    ],
    [
      'workflow_run',
      {
        action: 'completed',
        repository,
        workflow_run: {
          path: '.github/workflows/deploy.yml',
          event: 'workflow_dispatch',
          head_branch: 'main',
          head_repository: { id: 5 },
        },
      },
      { kind: 'wake-deployments' },
    ],
    ['deployment_status', { deployment_status: { state: 'success' } }, { kind: 'wake-deployments' }],
  ])('%s asks for one thing', (name, payload, expected) => {
    expect(read(name, payload)).toEqual(expected);
  });

  test.each<[string, string, unknown]>([
    ['an edited comment', 'issue_comment', { ...comment('/tamma run'), action: 'edited' }],
    ['a deleted comment', 'issue_comment', { ...comment('/tamma run'), action: 'deleted' }],
    ['a command below the first line', 'issue_comment', comment('Please:\n/tamma run')],
    ['a word that begins like one', 'issue_comment', comment('/tammany hall')],
    ['our own comment', 'issue_comment', comment('<!-- tamma:status -->\n/tamma run')],
    ['a push to the log', 'push', { ref: 'refs/heads/tamma-events', sender: alice, repository }],
    ['a push of a bot', 'push', { ref: 'refs/heads/main', sender: bot, repository }],
    ['a bot’s dispatch without a chain', 'workflow_dispatch', { inputs: { issue: '7' }, sender: bot }],
    [
      'a chain that is too long',
      'workflow_dispatch',
      { inputs: { issue: '7', lineage: String(MAX_LINEAGE + 1) }, sender: bot },
    ],
    ['an input that is no number', 'workflow_dispatch', { inputs: { issue: '7; rm' }, sender: alice }],
    ['a dispatch for somebody else', 'repository_dispatch', { action: 'tammany', sender: alice }],
    [
      'a label of another kind',
      'issues',
      {
        action: 'labeled',
        issue: { number: 7, state: 'open' },
        label: { name: 'bug' },
        sender: alice,
      },
    ],
    [
      'a label set by a bot',
      'issues',
      { action: 'labeled', issue: { number: 7, state: 'open' }, label: { name: 'tamma' }, sender: bot },
    ],
    [
      'a ticked box anywhere else',
      'issues',
      { action: 'edited', issue: { number: 3, body: '- [x] `retry #7`' }, sender: alice },
    ],
    ['a review of somebody else’s branch', 'pull_request_review', review({ pull_request: pull('feature') })],
    [
      'a review of a fork’s branch',
      'pull_request_review',
      review({ pull_request: pull('tamma/7-commas', { id: 6 }) }),
    ],
    ['a dismissed review', 'pull_request_review', review({ action: 'dismissed' })],
    [
      'a bot’s remarks',
      'pull_request_review',
      review({ sender: bot, review: { id: 77, user: bot, state: 'commented' } }),
    ],
    [
      'a run of our own workflow',
      'workflow_run',
      {
        action: 'completed',
        repository,
        workflow_run: { path: OWN, head_branch: 'tamma/7-commas', head_repository: { id: 5 } },
      },
    ],
    [
      'a run of a fork',
      'workflow_run',
      {
        action: 'completed',
        repository,
        workflow_run: { path: 'x.yml', head_branch: 'tamma/7-commas', head_repository: { id: 6 } },
      },
    ],
    ['a deployment under way', 'deployment_status', { deployment_status: { state: 'in_progress' } }],
    ['a pull request', 'pull_request', { action: 'opened' }],
    ['no event there is', 'constructor', {}],
  ])('means nothing: %s', (_, name, payload) => {
    expect(read(name, payload)).toMatchObject({ kind: 'idle', because: expect.any(String) });
  });

  test('tells how many runs led here', () => {
    const payload = { inputs: { lineage: '12' } };
    expect(readLineage({ name: 'workflow_dispatch', payload })).toBe(12);
    expect(readLineage({ name: 'issue_comment', payload })).toBe(0);
    expect(readLineage({ name: 'workflow_dispatch', payload: { inputs: { lineage: '-1' } } })).toBe(0);
  });
});

describe('the published example payloads', () => {
  const examples = readWebhookExamples();

  test('are all answered, and nearly all of them mean nothing', () => {
    const counts: Record<string, number> = {};
    for (const { name, payload } of examples) {
      const { kind } = read(name, payload);
      if (kind === 'idle') continue;
      counts[`${name} → ${kind}`] = (counts[`${name} → ${kind}`] ?? 0) + 1;
    }
    expect(examples).toHaveLength(329);
    expect(counts).toMatchInlineSnapshot(`
      {
        "deployment_status → wake-deployments": 3,
        "push → orchestrate": 2,
        "workflow_dispatch → orchestrate": 2,
      }
    `);
  });

  const own = examples.filter(({ name }) => NAMES.includes(name));

  test('are answered with parts of them gone or of another kind', () => {
    const damaged = fc
      .record({
        example: fc.constantFrom(...own, ...readMeantExamples()),
        name: fc.constantFrom(...NAMES),
        keepsName: fc.boolean(),
        damages: fc.array(
          fc.record({ at: fc.nat(), value: fc.option(fc.oneof(ODD, fc.jsonValue()), { nil: undefined }) }),
          { maxLength: 4 },
        ),
      })
      .map(({ example, name, keepsName, damages }) => ({
        name: keepsName ? example.name : name,
        payload: damages.reduce<unknown>(damage, structuredClone(example.payload)),
      }));
    fc.assert(
      fc.property(damaged, ({ name, payload }) => isSound(read(name, payload))),
      { numRuns: 400 },
    );
  });

  test('are answered whatever stands in their place', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.oneof(ODD, fc.jsonValue()), (name, payload) =>
        isSound(read(name, payload)),
      ),
      { numRuns: 300 },
    );
  });
});

const NAMES: readonly string[] = [
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'push',
  'issues',
  'issue_comment',
  'pull_request_review',
  'pull_request_review_comment',
  'check_suite',
  'workflow_run',
  'deployment_status',
];

/** Payloads that do ask for something: those of others rarely come near. */
function readMeantExamples() {
  return [
    { name: 'issue_comment', payload: comment('/tamma approve 1234567890abcdef') },
    { name: 'pull_request_review', payload: review() },
    { name: 'pull_request_review_comment', payload: { ...comment('/tamma status'), pull_request: pull() } },
    { name: 'workflow_dispatch', payload: { inputs: { issue: '7', lineage: '3' }, sender: bot } },
    {
      name: 'repository_dispatch',
      payload: { action: 'tamma', client_payload: { issue: 7 }, sender: alice },
    },
  ];
}

const ODD = fc.constantFrom<unknown>(
  undefined,
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  '/tamma run',
  '7; rm -rf .',
  '9'.repeat(40),
  '__proto__',
  'tamma/7-commas',
  [],
  {},
  { length: 3 },
);

type Damage = { at: number; value: unknown };

/** One place of a payload, anywhere in it, becomes something else or is gone. */
function damage(payload: unknown, { at, value }: Damage): unknown {
  if (typeof payload !== 'object' || payload === null) return value;
  const keys = Object.keys(payload);
  const key = keys[at % (keys.length || 1)];
  if (key === undefined) return value;
  const parts = payload as Record<string, unknown>;
  const rest = Math.floor(at / keys.length);
  if (typeof parts[key] === 'object' && parts[key] !== null && rest % 4 !== 0)
    parts[key] = damage(parts[key], { at: rest, value });
  else if (value === undefined) delete parts[key];
  else parts[key] = value;
  return payload;
}

/** Numbers are numbers of issues, ids are digits, and there is a reason where there is nothing to do. */
function isSound(request: EventRequest): boolean {
  const numbers = Object.entries(request).filter(([key]) => ['issue', 'number', 'pull'].includes(key));
  const ids = 'id' in request ? [request.id] : 'by' in request ? [request.by.id] : [];
  return (
    numbers.every(([, value]) => Number.isSafeInteger(value) && Number(value) > 0) &&
    ids.every((id) => /^[1-9]\d{0,15}$/.test(id)) &&
    (request.kind !== 'idle' || request.because.length > 0)
  );
}
