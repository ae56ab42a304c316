import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ruleset } from '../../forge/state.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';

describe('the rules of a branch on GitHub', () => {
  let fixture: GitHubFixture;
  beforeAll(async () => {
    fixture = await createGitHubFixture();
  });
  beforeEach(() => {
    fixture.forge.faults.clear();
    fixture.home.protections.clear();
    fixture.home.rulesets.splice(0);
    fixture.takeRequests();
  });
  afterAll(() => fixture.remove());

  /** As a run sees them that begins now. */
  const read = async (branch = 'main') => (await fixture.connect()).rules?.of(branch);

  function addRules(...list: Ruleset['rules']) {
    fixture.home.rulesets.push({
      ...{ id: 1, name: 'main', target: 'branch', enforcement: 'active', include: ['~DEFAULT_BRANCH'] },
      createdAt: fixture.home.createdAt,
      rules: list,
    });
  }

  it('are what the repository offers where there are none', async () => {
    Object.assign(fixture.home.settings, { allowMerge: false });
    expect(await read()).toEqual({
      ...{ requiredApprovals: 0, approvalsEndWithPush: false, requiredChecks: [], upToDate: false },
      ...{ resolvedThreads: false, signedCommits: false, mergeQueue: false },
      mergeMethods: ['squash', 'rebase'],
    });
    Object.assign(fixture.home.settings, { allowMerge: true });
    expect((await read('no-such-branch'))?.requiredChecks).toEqual([]);
  });

  it('are those of rulesets', async () => {
    addRules(
      {
        type: 'pull_request',
        parameters: {
          ...{ required_approving_review_count: 2, dismiss_stale_reviews_on_push: true },
          ...{ require_code_owner_review: true, require_last_push_approval: false },
          ...{ required_review_thread_resolution: true, allowed_merge_methods: ['rebase', 'merge'] },
        },
      },
      {
        type: 'required_status_checks',
        parameters: {
          required_status_checks: [{ context: 'unit' }, { context: 'lint' }],
          strict_required_status_checks_policy: true,
        },
      },
      { type: 'required_signatures' },
      { type: 'required_linear_history' },
    );
    expect(await read()).toEqual({
      ...{
        requiredApprovals: 2,
        approvalsEndWithPush: true,
        requiredChecks: ['unit', 'lint'],
        upToDate: true,
      },
      ...{ resolvedThreads: true, signedCommits: true, mergeQueue: false, mergeMethods: ['rebase'] },
    });
  });

  it('are those of branch protection too, as far as it is shown', async () => {
    fixture.home.protections.set('main', {
      ...{ requiredReviews: 1, requiredChecks: ['unit'], strict: true, requireConversationResolution: true },
      ...{ enforceAdmins: true, allowForcePushes: false, allowDeletions: false, requirePull: true },
    });
    expect(await read()).toMatchObject({
      ...{ requiredApprovals: 1, requiredChecks: ['unit'], resolvedThreads: true },
      approvalsEndWithPush: false,
    });
  });

  it('are read in two requests, anew each time', async () => {
    const platform = await fixture.connect();
    await platform.rules?.of('main');
    expect(fixture.takeRequests().sort()).toEqual(['GET /rules/branches/main', 'GraphQL repository']);
    addRules({ type: 'required_signatures' });
    expect(await platform.rules?.of('main')).toMatchObject({ signedCommits: true });
  });

  it('are none of rulesets on a server that has no such thing', async () => {
    fixture.forge.faults.add({ path: /rules/, effect: { kind: 'answer', status: 404, body: {} } });
    expect(await read()).toMatchObject({ requiredApprovals: 0, mergeMethods: ['squash', 'merge', 'rebase'] });
  });
});
