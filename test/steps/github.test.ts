import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addCheckRun, type CheckDraft } from '../forge/model/checks.ts';
import { createStepHome, type Standing, type StepHome } from '../support/step-home.ts';

const workflow = (name: string, on: string) =>
  `name: ${name}\non: ${on}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{ run: 'true' }]\n`;

let home: StepHome;
beforeAll(async () => {
  home = await createStepHome({
    '.github/workflows/ci.yml': workflow('CI', 'workflow_dispatch'),
    '.github/workflows/deploy.yml': workflow('Deploy', 'workflow_dispatch'),
  });
});
beforeEach(() => {
  home.setAhead(0);
  const { home: repository, forge } = home.fixture;
  forge.faults.clear();
  repository.protections.clear();
  repository.rulesets.splice(0);
  repository.runs.splice(0);
  Object.assign(repository.settings, { allowAutoMerge: false, allowSquash: true });
});
afterAll(() => home.close());

function addCheck(headSha: string, draft: Omit<CheckDraft, 'headSha'>) {
  const { forge, home: repository } = home.fixture;
  const user = forge.addUser({ login: 'tamma-user' });
  const place = { world: forge.world, repository, actor: { user, kind: 'pat' as const } };
  return addCheckRun(place, { headSha, ...draft });
}

const green = { status: 'completed', conclusion: 'success' } as const;

/** What the rules of main ask for from now on. */
function wantRules(rules: { checks?: string[]; isStrict?: boolean; reviews?: number }) {
  const { checks = [], isStrict = false, reviews = 0 } = rules;
  home.fixture.home.protections.set('main', {
    ...{ requiredReviews: reviews, requiredChecks: checks, strict: isStrict },
    ...{ requireConversationResolution: false, enforceAdmins: true, requirePull: true },
    ...{ allowForcePushes: false, allowDeletions: false },
  });
}

const draftOf = ({ pull }: Standing) => home.fixture.home.issues.get(pull)?.pull?.draft;

describe('CI_CHECK on GitHub', () => {
  it('waits for what runs, then passes the gate', async () => {
    const { issue, head } = await home.standBefore('CI_CHECK');
    const slow = addCheck(head, { name: 'unit', status: 'in_progress' });
    addCheck(head, { name: 'lint', status: 'completed', conclusion: 'failure' });
    expect(await home.step(issue)).toMatchObject({ status: 'waiting', state: { wait: { for: 'ci' } } });
    Object.assign(slow, green);
    addCheck(head, { name: 'lint', ...green });
    expect(await home.step(issue)).toMatchObject({ step: 'CI_CHECK', progressed: true });
    expect(await home.dataOf(issue, 'GATE.PASSED')).toMatchObject([
      { gateId: 'ci', summary: '2 checks, 2 passed', measured: { checks: 2, failed: 0 } },
    ]);
  });

  it('waits for checks that the rules want, and leaves the draft for those that only come then', async () => {
    wantRules({ checks: ['unit', 'e2e'] });
    const standing = await home.standBefore('CI_CHECK', { draft: true });
    addCheck(standing.head, { name: 'unit', ...green });
    expect(await home.step(standing.issue)).toMatchObject({
      status: 'waiting',
      summary: '2 checks, 1 passed, required and not reported: e2e',
    });
    expect(draftOf(standing)).toBe(false);
    addCheck(standing.head, { name: 'e2e', ...green });
    expect(await home.step(standing.issue)).toMatchObject({ progressed: true });
  });

  it('starts the project’s own workflow where nothing else reports, once a head', async () => {
    wantRules({ checks: ['unit'] });
    const { issue, branch, head } = await home.standBefore('CI_CHECK');
    const step = () => home.step(issue, { ci: { workflow: 'ci.yml' } });
    expect(await step()).toMatchObject({ status: 'waiting' });
    expect(await step()).toMatchObject({ status: 'waiting' });
    const { runs } = home.fixture.home;
    expect(runs.map(({ path, headBranch, headSha }) => ({ path, headBranch, headSha }))).toEqual([
      { path: '.github/workflows/ci.yml', headBranch: branch, headSha: head },
    ]);
    addCheck(head, { name: 'unit', ...green });
    expect(await step()).toMatchObject({ progressed: true });
  });

  it('names the runs that nobody has allowed, with the click that does', async () => {
    const { issue, head } = await home.standBefore('CI_CHECK');
    addCheck(head, { name: 'CI', status: 'completed', conclusion: 'action_required' });
    expect(await home.step(issue)).toMatchObject({
      status: 'waiting',
      summary: '1 run will not start before a person allows them',
    });
    const said = home.fixture.home.issues.get(issue)?.comments.at(-1)?.body;
    expect(said).toContain('Approve workflows to run');
  });

  it('sends back what reviewers who may write ask for, and answers them in their threads', async () => {
    const { issue, head, pull } = await home.standBefore('CI_CHECK');
    addCheck(head, { name: 'unit', ...green });
    const line = { commit_id: head, path: `src/cart-${issue}.js`, line: 1, side: 'RIGHT' };
    const remark = (login: string, role: 'write' | 'read', body: string) =>
      home.person(login, role).ask('POST', `/pulls/${pull}/comments`, { ...line, body });
    await remark('alice', 'write', 'Name it rows.');
    await remark('rita', 'read', 'I do not like it.');
    await home.person('alice').review(pull, 'REQUEST_CHANGES', 'See the remark\u200b.');
    expect(await home.step(issue)).toMatchObject({
      summary: expect.stringContaining('2 remarks of reviewers'),
    });
    const [failed] = await home.dataOf(issue, 'GATE.FAILED');
    expect(failed?.report.findings.map(({ message, path = '' }) => ({ message, path }))).toEqual([
      { message: 'See the remark.', path: '' },
      { message: 'Name it rows.', path: line.path },
    ]);
    expect(await home.state(issue)).toMatchObject({ cursor: 'CODE_GENERATION', failedAttempts: { ci: 1 } });
  });
});

describe('MERGE on GitHub', () => {
  it('merges the approved head, closes the issue with the commit, and takes the branch away', async () => {
    const { issue, branch } = await home.standBefore('MERGE');
    expect(await home.step(issue)).toMatchObject({ step: 'MERGE', progressed: true });
    const [merged] = await home.dataOf(issue, 'PR.MERGED.SUCCESS');
    const shown = home.fixture.home.issues.get(issue);
    expect(shown?.state).toBe('closed');
    expect(shown?.comments.at(-1)?.body).toContain(merged?.mergeSha.slice(0, 10));
    expect(await home.fixture.home.git.find(`refs/heads/${branch}`)).toBeUndefined();
  });

  it('merges by another method where the repository does not allow the configured one', async () => {
    const { issue } = await home.standBefore('MERGE');
    home.fixture.home.settings.allowSquash = false;
    await home.step(issue);
    expect(await home.dataOf(issue, 'PR.MERGED.SUCCESS')).toMatchObject([{ method: 'merge' }]);
  });

  it('is put off while reviews are missing, and merges once they are there', async () => {
    wantRules({ reviews: 1 });
    const { issue, pull } = await home.standBefore('MERGE');
    expect(await home.step(issue)).toMatchObject({
      status: 'waiting',
      summary: expect.stringContaining('At least 1 approving review is required'),
      state: { wait: { for: 'platform' }, stepErrors: null },
    });
    const said = () =>
      home.fixture.home.issues.get(issue)?.comments.map(({ body, updatedAt }) => ({ body, updatedAt }));
    const [first] = said()?.slice(-1) ?? [];
    expect(first?.body).toMatch(
      /^[^\n]*\n?### ⏸ Tamma · waiting for the platform\n\nIt goes on by itself, not before [^:]+:\d\d UTC: `[^`]*At least 1 approving review is required/,
    );
    expect(home.fixture.home.issues.get(pull)?.comments.at(-1)?.body).toContain(
      'It goes on by itself, not before',
    );
    home.setAhead(11);
    expect(await home.step(issue)).toMatchObject({ status: 'waiting' });
    expect(said()?.at(-1)).toEqual(first); // looking again is not worth an edit
    await home.person('alice').review(pull, 'APPROVE');
    home.setAhead(22);
    expect(await home.step(issue)).toMatchObject({ step: 'MERGE', progressed: true });
  });

  it('never rebases where commits must be signed, whatever is configured', async () => {
    const { home: repository } = home.fixture;
    repository.rulesets.push({
      ...{ id: 1, name: 'signed', target: 'branch', enforcement: 'active', include: ['~DEFAULT_BRANCH'] },
      ...{ createdAt: repository.createdAt, rules: [{ type: 'required_signatures' }] },
    });
    const { issue } = await home.standBefore('MERGE');
    await home.step(issue, { merge: { ...home.runtime.config.merge, method: 'rebase' } });
    expect(await home.dataOf(issue, 'PR.MERGED.SUCCESS')).toMatchObject([{ method: 'squash' }]);
  });

  it('goes back for the newest base, also where only GitHub’s refusal tells that it is wanted', async () => {
    wantRules({ isStrict: true });
    const { issue } = await home.standBefore('MERGE');
    await home.fixture.pushDefault({ 'src/newer.js': `// ${issue}\n` });
    expect(await home.step(issue)).toMatchObject({ error: { code: 'REF_MOVED' } });
    expect(await home.step(issue)).toMatchObject({ step: 'MERGE', state: { cursor: 'CODE_GENERATION' } });
    expect(await home.dataOf(issue, 'GATE.FAILED')).toMatchObject([
      { gateId: 'merge', report: { summary: 'the rules want the newest main in the change' } },
    ]);
  });

  it('takes a merge that was left to GitHub back when the head moves', async () => {
    home.fixture.home.settings.allowAutoMerge = true;
    home.fixture.home.rulesets.push({
      ...{ id: 1, name: 'main', target: 'branch', enforcement: 'active', include: ['~DEFAULT_BRANCH'] },
      createdAt: home.fixture.home.createdAt,
      rules: [
        {
          type: 'pull_request',
          parameters: {
            ...{ required_approving_review_count: 1, dismiss_stale_reviews_on_push: true },
            ...{ require_code_owner_review: false, require_last_push_approval: false },
            required_review_thread_resolution: false,
          },
        },
      ],
    });
    const { issue, pull, branch, head } = await home.standBefore('MERGE');
    const autoMerge = () => home.fixture.home.issues.get(pull)?.pull?.autoMerge;
    expect(await home.step(issue)).toMatchObject({ status: 'waiting' });
    expect(autoMerge()).not.toBeNull();
    const next = await home.fixture.commit(head, { 'src/sneaked-in.js': '1\n' });
    await home.runtime.platform.branches.write({ name: branch, head: next, expected: head });
    home.setAhead(11);
    expect(await home.step(issue)).toMatchObject({ status: 'failed', error: { code: 'REALITY_DISAGREES' } });
    expect(autoMerge()).toBeNull();
  });
});

describe('DEPLOYMENT on GitHub', () => {
  const deploy = { workflow: 'deploy.yml', ref: 'default', environment: 'production' };
  const step = ({ issue }: Standing) => home.step(issue, { deploy });
  const runs = () => home.fixture.home.runs;
  const end = (conclusion: 'success' | 'failure') => {
    for (const run of runs()) Object.assign(run, { status: 'completed', conclusion });
  };
  /** The merged change is on the default branch. */
  async function standDeploying(): Promise<Standing> {
    const standing = await home.standBefore('DEPLOYMENT');
    const { head } = await home.runtime.platform.branches.getDefault();
    const merged = { number: standing.pull, headSha: standing.head, mergeSha: head, baseBranch: 'main' };
    await home.record(standing.issue, [{ type: 'PR.MERGED.SUCCESS', data: { ...merged, method: 'squash' } }]);
    return standing;
  }

  it('is started on the default branch, watched, and ends the loop', async () => {
    const standing = await standDeploying();
    expect(await step(standing)).toMatchObject({ status: 'waiting', state: { wait: { for: 'deployment' } } });
    expect(await step(standing)).toMatchObject({ status: 'waiting' });
    expect(runs()).toMatchObject([{ path: '.github/workflows/deploy.yml', headBranch: 'main' }]);
    end('success');
    expect(await step(standing)).toMatchObject({ status: 'done', state: { status: 'done' } });
    expect(await home.dataOf(standing.issue, 'DEPLOYMENT.COMPLETED.SUCCESS')).toHaveLength(1);
  });

  it('that failed calls a person', async () => {
    const standing = await standDeploying();
    await step(standing);
    end('failure');
    expect(await step(standing)).toMatchObject({ status: 'escalated' });
    expect((await home.state(standing.issue)).escalation).toMatchObject({ reason: 'deployment-failed' });
  });

  it('that a run started and could not record is found again', async () => {
    const standing = await standDeploying();
    const { platform } = home.runtime;
    const { dispatch } = platform;
    if (!dispatch) throw new Error('GitHub starts runs');
    const lost = async (request: Parameters<typeof dispatch.start>[0]) => {
      await dispatch.start(request);
      throw new Error('killed');
    };
    home.runtime.platform = { ...platform, dispatch: { ...dispatch, start: lost } };
    expect(await step(standing)).toMatchObject({ status: 'failed' });
    home.runtime.platform = platform;
    expect(await step(standing)).toMatchObject({ status: 'waiting' });
    expect(runs()).toHaveLength(1);
    expect((await home.state(standing.issue)).deployment).toMatchObject({ runId: String(runs()[0]?.id) });
  });
});
