import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json, Rule, Token } from './state.ts';
import { createTestForge, type TestForge } from './test-forge.ts';

let home: TestForge;
let ask: TestForge['ask'];
let job: Token;
beforeAll(async () => {
  home = await createTestForge({}, { checkEvents: true });
  ({ ask, job } = home);
  home.forge.addUser({ login: 'root', permission: { 'acme/shop': 'admin' } });
});
afterAll(() => home.close());

const QUEUE: Rule = {
  type: 'merge_queue',
  parameters: {
    check_response_timeout_minutes: 60,
    grouping_strategy: 'ALLGREEN',
    max_entries_to_build: 5,
    max_entries_to_merge: 5,
    merge_method: 'SQUASH',
    min_entries_to_merge: 1,
    min_entries_to_merge_wait_minutes: 5,
  },
};
const CHECKS: Rule = {
  type: 'required_status_checks',
  parameters: {
    required_status_checks: [{ context: 'ci' }],
    strict_required_status_checks_policy: false,
    do_not_enforce_on_create: false,
  },
};

/** Rules of main, set by an administrator; the ones before go. */
async function setRules(rules: Rule[]): Promise<void> {
  const root = home.forge.createToken({ kind: 'pat', login: 'root' });
  for (const { id } of home.forge.repository('acme/shop').rulesets) {
    await ask(root, 'DELETE', `/rulesets/${id}`, undefined, 204);
  }
  const conditions = { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } };
  const body = { name: 'main', enforcement: 'active', conditions, rules };
  if (rules.length > 0) await ask(root, 'POST', '/rulesets', body, 201);
}

let count = 0;
async function propose(path = `file-${count}.txt`): Promise<{ number: number; id: string; head: string }> {
  count += 1;
  const branch = `work-${count}`;
  const main = (await ask(job, 'GET', '/git/ref/heads/main', undefined, 200)).object as Json;
  await ask(job, 'POST', '/git/refs', { ref: `refs/heads/${branch}`, sha: main.sha }, 201);
  const file = { message: 'Work', content: Buffer.from(branch).toString('base64'), branch };
  const { commit } = await ask(job, 'PUT', `/contents/${path}`, file, 201);
  const pull = await ask(job, 'POST', '/pulls', { title: `Work ${count}`, head: branch, base: 'main' }, 201);
  return { number: Number(pull.number), id: String(pull.node_id), head: String((commit as Json).sha) };
}

const enqueue = (id: string, more: Json = {}) =>
  home.query(
    job,
    'mutation q($input: EnqueuePullRequestInput!) { enqueuePullRequest(input: $input) { mergeQueueEntry { state position } } }',
    { input: { pullRequestId: id, ...more } },
  );
const look = async (number: number) => {
  const { data } = await home.query(
    job,
    `{ repository(owner: "acme", name: "shop") { pullRequest(number: ${number}) {
      state isInMergeQueue mergedBy { login } mergeQueueEntry { position state } } } }`,
  );
  return (data as { repository: { pullRequest: Json } }).repository.pullRequest;
};
const pass = async (sha: string, state = 'success') =>
  ask(job, 'POST', `/statuses/${sha}`, { state, context: 'ci' }, 201);
const groupOf = (number: number) =>
  home.forge.repository('acme/shop').issues.get(number)?.pull?.queued?.group?.sha ?? '';

describe('the merge queue of the forge', () => {
  beforeEach(() => setRules([QUEUE, CHECKS]));

  test('takes what could be merged, tries it on its base, and merges it by itself', async () => {
    const { number, id, head } = await propose();
    expect(await enqueue(id)).toMatchObject({
      errors: [{ message: expect.stringContaining('Required status check "ci" is expected') }],
    });
    await pass(head);
    expect(await ask(job, 'PUT', `/pulls/${number}/merge`, { sha: head }, 405)).toMatchObject({
      message: expect.stringContaining('merge queue'),
    });
    expect(await enqueue(id, { expectedHeadOid: '0'.repeat(40) })).toHaveProperty('errors');
    expect(await enqueue(id, { expectedHeadOid: head })).toEqual({
      data: { enqueuePullRequest: { mergeQueueEntry: { state: 'QUEUED', position: 1 } } },
    });
    expect(await enqueue(id)).toMatchObject({
      errors: [{ message: expect.stringContaining('already queued') }],
    });
    await home.forge.settled();
    const group = groupOf(number);
    expect(await look(number)).toMatchObject({
      state: 'OPEN',
      mergeQueueEntry: { state: 'AWAITING_CHECKS' },
    });
    const told = home.forge.webhooks.deliveries.filter(({ event }) => event === 'merge_group');
    expect(told.at(-1)?.payload).toMatchObject({ merge_group: { head_sha: group } });
    await pass(group);
    await home.forge.settled();
    expect(await look(number)).toMatchObject({
      state: 'MERGED',
      isInMergeQueue: false,
      mergedBy: { login: 'github-merge-queue' },
    });
    const main = (await ask(job, 'GET', '/git/ref/heads/main', undefined, 200)).object as Json;
    expect(main.sha).toBe(group);
  });

  test('drops what fails there, whose head moves, or what somebody takes back', async () => {
    const { number, id, head } = await propose();
    await pass(head);
    await enqueue(id);
    await home.forge.settled();
    await pass(groupOf(number), 'failure');
    await home.forge.settled();
    expect(await look(number)).toMatchObject({ state: 'OPEN', isInMergeQueue: false });
    await enqueue(id);
    await home.query(
      job,
      'mutation d($id: ID!) { dequeuePullRequest(input: { id: $id }) { clientMutationId } }',
      { id },
    );
    const reasons = home.forge.webhooks.deliveries.filter(({ action }) => action === 'dequeued');
    expect(reasons.map(({ payload }) => payload.reason).slice(-2)).toEqual(['CI_FAILURE', 'MANUAL']);
  });
});

describe('auto-merge of the forge', () => {
  const enable = (id: string, more: Json = {}) =>
    home.query(
      job,
      'mutation a($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { mergeMethod } } } }',
      { input: { pullRequestId: id, mergeMethod: 'SQUASH', ...more } },
    );

  test('is refused where it is off, where nothing is waited for, and for another head', async () => {
    await setRules([CHECKS]);
    const { id, head } = await propose();
    const { settings } = home.forge.repository('acme/shop');
    const refusal = async (more: Json = {}) => (await enable(id, more)).errors?.[0]?.message;
    expect(await refusal()).toContain('Auto merge is not allowed');
    settings.allowAutoMerge = true;
    expect(await refusal({ expectedHeadOid: '0'.repeat(40) })).toContain('Head branch was modified');
    await pass(head);
    expect(await refusal()).toContain('clean status');
  });

  test('merges in the name of who enabled it once the rules are met', async () => {
    await setRules([CHECKS]);
    const { number, id, head } = await propose();
    expect(await enable(id)).toMatchObject({
      data: { enablePullRequestAutoMerge: { pullRequest: { autoMergeRequest: { mergeMethod: 'SQUASH' } } } },
    });
    expect(await look(number)).toMatchObject({ state: 'OPEN' });
    await pass(head);
    expect(await look(number)).toMatchObject({ state: 'MERGED', mergedBy: { login: 'github-actions' } });
  });

  test('puts into the queue where the branch has one', async () => {
    await setRules([QUEUE, CHECKS]);
    const { number, id, head } = await propose();
    await enable(id);
    await pass(head);
    expect(await look(number)).toMatchObject({ state: 'OPEN', isInMergeQueue: true });
  });
});
