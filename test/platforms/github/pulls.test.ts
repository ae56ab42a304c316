import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MergeRequest, PullDraft } from '../../../src/ports/platform/pulls.ts';
import { githubFaults } from '../../forge/faults.ts';
import type { Protection, Ruleset } from '../../forge/state.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';

const repository = '/repos/acme/shop';
const rules: Protection = {
  requiredReviews: 0,
  requiredChecks: [],
  strict: false,
  requireConversationResolution: false,
  enforceAdmins: true,
  allowForcePushes: false,
  allowDeletions: false,
  requirePull: false,
};

describe('pull requests of GitHub', () => {
  let fixture: GitHubFixture;
  beforeAll(async () => {
    fixture = await createGitHubFixture();
  });
  beforeEach(() => {
    fixture.forge.faults.clear();
    fixture.home.protections.clear();
    fixture.home.rulesets.splice(0);
    Object.assign(fixture.home.settings, { allowAutoMerge: false, allowSquash: true, mergeabilityReads: 0 });
    fixture.takeRequests();
  });
  afterAll(() => fixture.remove());

  const asAlice = (method: string, path: string, body?: Record<string, unknown>) =>
    fixture.forge.call(fixture.person('alice'), method, `${repository}${path}`, body);

  /** A run that begins under these rules of main: they are read once. */
  function underRules(more: Partial<Protection>) {
    fixture.home.protections.set('main', { ...rules, ...more });
    return fixture.connect();
  }

  function underRuleset(list: Ruleset['rules']) {
    const form = {
      name: 'main',
      target: 'branch',
      enforcement: 'active',
      include: ['~DEFAULT_BRANCH'],
    } as const;
    fixture.home.rulesets.push({ id: 1, createdAt: '', ...form, include: [...form.include], rules: list });
    return fixture.connect();
  }

  function pullOf({ number }: MergeRequest) {
    const pull = fixture.home.issues.get(number)?.pull;
    if (!pull) throw new Error(`#${number} is no pull request`);
    return pull;
  }

  async function startWork(slug: string) {
    const issue = await fixture.openIssue({ title: `Work on ${slug}` });
    const base = await fixture.platform.branches.getDefault();
    const head = await fixture.commit(base.head, { [`src/${slug}.js`]: `export const n = ${issue};\n` });
    const branch = `tamma/${issue}-${slug}`;
    await fixture.platform.branches.write({ name: branch, head, expected: null });
    const draft: PullDraft = {
      ...{ issue, branch, base: base.name, head, title: `[Tamma] ${slug}`, body: 'What changed' },
      draft: false,
      labels: ['tamma'],
    };
    return draft;
  }

  async function openPull(slug: string, more: Partial<PullDraft> = {}) {
    const draft = { ...(await startWork(slug)), ...more };
    const pull = await fixture.platform.pulls.ensure(draft);
    const request: MergeRequest = {
      ...{
        number: pull.number,
        method: 'squash',
        expectedHead: draft.head,
        title: 'Add it',
        body: 'Because.',
      },
    };
    return { draft, pull, request };
  }

  it('asks once where the pull request has its form already', async () => {
    const { draft } = await openPull('form');
    fixture.takeRequests();
    await fixture.platform.pulls.ensure(draft);
    expect(fixture.takeRequests()).toEqual(['GET /pulls']);
  });

  it('makes it ready for review and leaves it so', async () => {
    const { draft, pull } = await openPull('ready', { draft: true });
    expect(pull.draft).toBe(true);
    const ready = await fixture.platform.pulls.ensure({ ...draft, draft: false });
    expect(ready).toMatchObject({ number: pull.number, draft: false, created: false });
    expect((await fixture.platform.pulls.ensure({ ...draft, draft: true })).draft).toBe(false);
  });

  it('asks reviewers once, and goes on without those who cannot review', async () => {
    fixture.person('bob');
    const { draft, pull } = await openPull('reviewers', { reviewers: ['bob'] });
    const requested = () =>
      fixture.home.issues.get(pull.number)?.pull?.requestedReviewers.map(({ login }) => login);
    expect(requested()).toEqual(['bob']);
    fixture.takeRequests();
    await fixture.platform.pulls.ensure({ ...draft, reviewers: ['bob'] });
    expect(fixture.takeRequests()).toEqual(['GET /pulls']);
    await fixture.platform.pulls.ensure({ ...draft, reviewers: ['nobody-here'] });
    expect(requested()).toEqual(['bob']);
  });

  it('keeps the labels people have put on it', async () => {
    const { draft, pull } = await openPull('labels');
    await asAlice('POST', `/issues/${pull.number}/labels`, { labels: ['needs-design'] });
    const after = await fixture.platform.pulls.ensure({ ...draft, labels: ['tamma', 'checked'] });
    expect([...after.labels].sort()).toEqual(['checked', 'needs-design', 'tamma']);
  });

  it.each([
    ['cut after the effect', githubFaults.dropAfterEffect()],
    ['hanging after the effect', githubFaults.timeoutAfterEffect()],
    ['cut before it', { kind: 'drop' as const }],
    [
      'a bad gateway after the effect',
      { kind: 'answer-after' as const, status: 502, body: { message: 'Bad' } },
    ],
  ])('opens one pull request when no answer comes: %s', async (name, effect) => {
    const draft = await startWork(`lost-${name.length}`);
    fixture.forge.faults.add({ method: 'POST', path: `${repository}/pulls`, effect });
    const opened = await fixture.platform.pulls.ensure(draft);
    expect(opened).toMatchObject({ created: true, state: 'open', labels: ['tamma'], head: draft.head });
    const all = [...fixture.home.issues.values()].filter(({ pull }) => pull?.head === draft.branch);
    expect(all).toHaveLength(1);
  });

  it('opens one pull request when two runs do so at the same moment', async () => {
    const draft = await startWork('race');
    const other = await fixture.connect();
    const [one, two] = await Promise.all([fixture.platform.pulls.ensure(draft), other.pulls.ensure(draft)]);
    expect(one.number).toBe(two.number);
  });

  it('says which rule forbids to open one', async () => {
    const draft = await startWork('forbidden');
    fixture.home.settings.actionsMayOpenPulls = false;
    const token = fixture.forge.createToken({
      kind: 'actions',
      repository: 'acme/shop',
      permissions: { pull_requests: 'write', contents: 'write', issues: 'write' },
    });
    const platform = await fixture.connectAs(token);
    await expect(platform.pulls.ensure(draft)).rejects.toMatchObject({
      code: 'PLATFORM_REFUSED',
      message: expect.stringMatching(/not permitted to create/),
    });
  });

  describe('merging', () => {
    const merge = (request: MergeRequest) => fixture.platform.pulls.merge(request);

    it('takes two requests where nothing is in the way', async () => {
      const { request } = await openPull('short');
      fixture.takeRequests();
      expect(await merge(request)).toMatchObject({ status: 'merged', already: false });
      expect(fixture.takeRequests()).toEqual([
        `GET /pulls/${request.number}`,
        `PUT /pulls/${request.number}/merge`,
      ]);
    });

    it('waits while GitHub works out whether it can be merged', async () => {
      fixture.home.settings.mergeabilityReads = 2;
      const { request } = await openPull('computing');
      expect(await merge(request)).toMatchObject({ status: 'merged' });
    });

    it('parks where GitHub does not find out', async () => {
      fixture.home.settings.mergeabilityReads = 100;
      const { request } = await openPull('unknown');
      await expect(merge(request)).rejects.toMatchObject({ code: 'PLATFORM_PENDING', retryable: true });
    });

    it.each([
      ['cut after the effect', githubFaults.dropAfterEffect()],
      ['hanging after the effect', githubFaults.timeoutAfterEffect()],
      ['cut before it', { kind: 'drop' as const }],
      [
        'refused for a moment',
        {
          kind: 'answer' as const,
          status: 405,
          body: { message: 'Base branch was modified. Review and try the merge again.' },
        },
      ],
    ])('merges once: %s', async (name, effect) => {
      const { request } = await openPull(`once-${name.length}`);
      fixture.forge.faults.add({ method: 'PUT', path: /\/merge$/, effect });
      const merged = await merge(request);
      expect(merged).toMatchObject({ status: 'merged' });
      expect(await merge(request)).toEqual({ ...merged, already: true });
    });

    it('finds the merge that a person has made', async () => {
      const { request } = await openPull('person');
      const { data } = await asAlice('PUT', `/pulls/${request.number}/merge`, { merge_method: 'merge' });
      const { sha } = data as { sha: string };
      expect(await merge(request)).toEqual({ status: 'merged', mergeSha: sha, already: true });
    });

    it('does not merge what a person has closed', async () => {
      const { request } = await openPull('closed');
      await asAlice('PATCH', `/pulls/${request.number}`, { state: 'closed' });
      expect(await merge(request)).toEqual({ status: 'not-allowed', reason: 'the pull request is closed' });
    });

    it('makes an approved draft ready and merges it', async () => {
      const { request } = await openPull('draft', { draft: true });
      expect(await merge(request)).toMatchObject({ status: 'merged' });
    });

    it('says which rule forbids it', async () => {
      const { request } = await openPull('rule');
      fixture.home.settings.allowSquash = false;
      expect(await merge(request)).toEqual({
        status: 'not-allowed',
        reason: expect.stringMatching(/squash/i),
      });
    });

    it('waits for what the rules ask of others, and merges once it is there', async () => {
      const { request } = await openPull('review');
      const platform = await underRules({ requiredReviews: 1 });
      fixture.home.settings.allowAutoMerge = true;
      await expect(platform.pulls.merge(request)).rejects.toMatchObject({
        code: 'PLATFORM_PENDING',
        retryAfterMs: 600_000,
        message: expect.stringContaining('At least 1 approving review is required'),
      });
      expect(pullOf(request).autoMerge).toBeNull();
      await asAlice('POST', `/pulls/${request.number}/reviews`, { event: 'APPROVE' });
      expect(await platform.pulls.merge(request)).toMatchObject({ status: 'merged' });
    });

    it('says that the newest base has to be in it first', async () => {
      const { request } = await openPull('behind');
      const platform = await underRules({ strict: true });
      await fixture.pushDefault({ 'src/newer.js': '1\n' });
      expect(await platform.pulls.merge(request)).toEqual({ status: 'outdated' });
    });

    describe('where a push takes approvals away', () => {
      const boundReviews = {
        type: 'pull_request',
        parameters: {
          required_approving_review_count: 1,
          dismiss_stale_reviews_on_push: true,
          require_code_owner_review: false,
          require_last_push_approval: false,
          required_review_thread_resolution: false,
        },
      };

      it('leaves it to auto-merge, and takes that back when the head moves', async () => {
        const { draft, request } = await openPull('auto');
        const platform = await underRuleset([boundReviews]);
        fixture.home.settings.allowAutoMerge = true;
        for (let run = 1; run <= 2; run += 1)
          await expect(platform.pulls.merge(request)).rejects.toMatchObject({ code: 'PLATFORM_PENDING' });
        expect(pullOf(request).autoMerge).toMatchObject({ method: 'squash' });
        const next = await fixture.commit(draft.head, { 'src/sneaked-in.js': '1\n' });
        await fixture.platform.branches.write({ name: draft.branch, head: next, expected: draft.head });
        expect(await platform.pulls.merge(request)).toEqual({ status: 'head-moved', head: next });
        expect(pullOf(request).autoMerge).toBeNull();
      });

      it('takes it back when it is asked to, and leaves alone what a person has switched on', async () => {
        const { request } = await openPull('withdrawn');
        const platform = await underRuleset([boundReviews]);
        fixture.home.settings.allowAutoMerge = true;
        await expect(platform.pulls.merge(request)).rejects.toMatchObject({ code: 'PLATFORM_PENDING' });
        await platform.pulls.withdraw?.(request.number);
        await platform.pulls.withdraw?.(request.number);
        expect(pullOf(request).autoMerge).toBeNull();
        pullOf(request).autoMerge = {
          ...{
            by: fixture.forge.addUser({ login: 'alice' }),
            kind: 'pat',
            method: 'squash',
            title: 't',
            message: 'm',
          },
        };
        await platform.pulls.withdraw?.(request.number);
        expect(pullOf(request).autoMerge).not.toBeNull();
      });
    });

    describe('through a merge queue', () => {
      const queue = {
        type: 'merge_queue',
        parameters: {
          ...{ merge_method: 'SQUASH', grouping_strategy: 'ALLGREEN', check_response_timeout_minutes: 60 },
          ...{ max_entries_to_build: 5, max_entries_to_merge: 5, min_entries_to_merge: 1 },
          min_entries_to_merge_wait_minutes: 5,
        },
      };
      const checks = {
        type: 'required_status_checks',
        parameters: {
          required_status_checks: [{ context: 'ci' }],
          strict_required_status_checks_policy: false,
          do_not_enforce_on_create: false,
        },
      };
      const pass = (sha: string) => asAlice('POST', `/statuses/${sha}`, { state: 'success', context: 'ci' });
      const later = { code: 'PLATFORM_PENDING', retryable: true };

      it('enters it with the expected head once the checks allow, and is found merged', async () => {
        const { draft, request } = await openPull('queued');
        const platform = await underRuleset([queue, checks]);
        await expect(platform.pulls.merge(request)).rejects.toMatchObject({
          ...later,
          message: expect.stringContaining('cannot enter the merge queue yet'),
        });
        expect(pullOf(request).queued ?? null).toBeNull();
        await pass(draft.head);
        for (let run = 1; run <= 2; run += 1)
          await expect(platform.pulls.merge(request)).rejects.toMatchObject({
            ...later,
            message: expect.stringContaining('is in the merge queue'),
          });
        for (let look = 0; look < 5 && !pullOf(request).mergedAt; look += 1) {
          const group = pullOf(request).queued?.group?.sha;
          if (group) await pass(group);
          else await asAlice('GET', `/pulls/${request.number}`);
        }
        const merged = await platform.pulls.merge(request);
        expect(merged).toMatchObject({ status: 'merged', already: true, mergeSha: pullOf(request).mergeSha });
      });

      it('leaves it when it is asked to', async () => {
        const { draft, request } = await openPull('dequeued');
        const platform = await underRuleset([queue, checks]);
        await pass(draft.head);
        await expect(platform.pulls.merge(request)).rejects.toMatchObject(later);
        expect(pullOf(request).queued).not.toBeNull();
        await platform.pulls.withdraw?.(request.number);
        await platform.pulls.withdraw?.(request.number);
        expect(pullOf(request).queued).toBeNull();
      });
    });

    it('has nothing to merge where the number is no pull request', async () => {
      const number = await fixture.openIssue({ title: 'Not a pull request' });
      await expect(
        merge({ number, method: 'squash', expectedHead: 'e'.repeat(40), title: '', body: '' }),
      ).rejects.toMatchObject({ code: 'REALITY_DISAGREES' });
    });
  });
});
