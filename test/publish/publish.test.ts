import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventData } from '../../src/core/events/catalogue.ts';
import type { Intent } from '../../src/core/intents.ts';
import { createRedactor } from '../../src/core/text/redact.ts';
import type { Platform } from '../../src/ports/platform.ts';
import type { Repository } from '../../src/ports/repository.ts';
import { toEvents } from '../../src/publish/effect-events.ts';
import type { PublishResult } from '../../src/publish/effects.ts';
import { type PublishOptions, publishIntents } from '../../src/publish/publish.ts';
import { openRepository } from '../../src/workspace/repository.ts';
import { createFailingPlatform } from '../support/failing-platform.ts';
import { createPlainGitFixture, type PlainGitFixture } from '../support/plain-git-platform.ts';

const SECRET = 'correct-horse-battery-staple-42';
const redactor = createRedactor([{ name: 'KEY', value: SECRET }]);

let fixture: PlainGitFixture;
let platform: Platform;
let repository: Repository;
beforeAll(async () => {
  fixture = await createPlainGitFixture('bare');
  platform = fixture.platform;
  repository = await openRepository({ directory: fixture.home.directory });
});
afterAll(() => fixture.remove());

const trunk = async () => (await platform.branches.getDefault()).head;
const git = (...args: string[]) => fixture.home.git(args);

type Work = Awaited<ReturnType<typeof startWork>>;

/** An issue with two commits made for it, on no branch yet. */
async function startWork(slug = 'work', files: Record<string, string> = {}) {
  const issue = await fixture.openIssue({ title: `Add ${slug}` });
  const baseSha = await trunk();
  const trailer = `Tamma-Issue: ${issue}`;
  const tests = await fixture.commit(
    baseSha,
    { [`test/${slug}.js`]: 'test\n' },
    `Add tests (#${issue})\n\n${trailer}`,
  );
  const head = await fixture.commit(
    tests,
    { [`src/${slug}.js`]: 'code\n', ...files },
    `Implement (#${issue})\n\n${trailer}`,
  );
  const branch = `tamma/${issue}-${slug}`;
  return { issue, baseSha, tests, head, branch };
}

function branchIntent(
  { branch, head, baseSha, tests }: Work,
  more: Partial<Extract<Intent, { kind: 'branch' }>> = {},
): Intent {
  const commits = [
    { sha: tests, message: 'Add tests' },
    { sha: head, message: 'Implement' },
  ];
  return { kind: 'branch', name: branch, head, expected: null, baseSha, commits, ...more };
}

function pullIntent(
  { issue, branch, head }: Work,
  more: Partial<Extract<Intent, { kind: 'pull-request' }>> = {},
): Intent {
  return {
    kind: 'pull-request',
    issue,
    branch,
    base: 'main',
    head,
    title: '[Tamma] Add it',
    body: 'Why',
    draft: true,
    labels: ['tamma'],
    ...more,
  };
}

function mergeIntent(
  { issue, branch, head }: Work,
  more: Partial<Extract<Intent, { kind: 'merge' }>> = {},
): Intent {
  return {
    kind: 'merge',
    pull: issue,
    branch,
    base: 'main',
    expectedHead: head,
    method: 'squash',
    title: 'Add it',
    body: 'Why',
    ...more,
  };
}

function publish(
  issue: number,
  intents: readonly unknown[],
  more: Partial<PublishOptions> & { pull?: number | null } = {},
): Promise<PublishResult> {
  const { pull = null, ...options } = more;
  return publishIntents({ intents, platform, repository, redactor, scope: { issue, pull }, ...options });
}

describe('publishing', () => {
  it('brings branch, pull request and issue to what the step wants, and answers with what it read back', async () => {
    const work = await startWork('all');
    const { issue, baseSha, tests, head, branch } = work;
    const intents: Intent[] = [
      branchIntent(work),
      pullIntent(work),
      {
        kind: 'issue',
        number: issue,
        assign: 'self',
        addLabels: ['tamma:active'],
        comment: { marker: 'status', body: 'At work' },
      },
    ];
    const first = await publish(issue, intents);
    const url = `.tamma/issues/${issue}.md#pull-request`;
    expect(first).toEqual({
      status: 'published',
      effects: [
        { kind: 'branch-created', branch, sha: head, baseSha },
        { kind: 'commit-created', branch, sha: tests, message: 'Add tests' },
        { kind: 'commit-created', branch, sha: head, message: 'Implement' },
        { kind: 'pull-created', number: issue, url, branch, headSha: head, draft: true },
        { kind: 'issue-assigned', number: issue, assignee: 'Tamma' },
        { kind: 'issue-labeled', number: issue, labels: ['tamma:active'] },
        {
          kind: 'comment-published',
          number: issue,
          marker: 'status',
          bodyDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
    });
    const before = await trunk();
    expect(await publish(issue, intents)).toEqual(first);
    expect(await trunk()).toBe(before);
  });

  it('merges, closes and cleans up, twice with the same merge SHA', async () => {
    const work = await startWork('end');
    const { issue, branch, head } = work;
    await publish(issue, [branchIntent(work), pullIntent(work)]);
    const intents: Intent[] = [
      mergeIntent(work),
      { kind: 'issue', number: issue, removeLabels: ['tamma:active'], close: { reason: 'completed' } },
      { kind: 'delete-branch', name: branch, expected: head },
    ];
    const first = await publish(issue, intents, { pull: issue });
    expect(first.effects.map(({ kind }) => kind)).toEqual([
      'pull-merged',
      'issue-labeled',
      'issue-closed',
      'branch-deleted',
    ]);
    expect(await publish(issue, intents, { pull: issue })).toEqual(first);
    expect(await platform.branches.find(branch)).toBeUndefined();
    expect(await platform.issues.get(issue)).toMatchObject({ state: 'closed' });
  });

  it('has one effect wherever it is killed between two writes', async () => {
    const wanted = (work: Work): Intent[][] => [
      [
        branchIntent(work),
        pullIntent(work),
        { kind: 'issue', number: work.issue, addLabels: ['a'], comment: { marker: 'status', body: 'x' } },
        { kind: 'create-issue', marker: `split-${work.issue}`, title: 'Part', body: 'One', labels: [] },
      ],
      [
        mergeIntent(work),
        { kind: 'issue', number: work.issue, removeLabels: ['a'], close: { reason: 'completed' } },
        { kind: 'delete-branch', name: work.branch, expected: work.head },
      ],
    ];
    /** What an observer sees, without the numbers and SHAs that differ from issue to issue. */
    const observe = async (work: Work) => {
      const issue = await platform.issues.get(work.issue);
      const text = await git('show', `main:.tamma/issues/${work.issue}.md`);
      const merges = await git('log', '--format=%s', `--grep=Tamma-Head: ${work.head}`, 'main');
      const parts = await git('grep', '-l', `marker: split-${work.issue}$`, 'main', '--', '.tamma/issues');
      return {
        state: issue.state,
        labels: issue.labels,
        comments: issue.comments.length,
        pulls: text.match(/^kind: pull-request$/gm)?.length,
        merges,
        parts: parts.split('\n').length,
        branch: await platform.branches.find(work.branch),
      };
    };
    const runAll = async (work: Work, killedAfter: number) => {
      let writesLeft = killedAfter;
      const results: PublishResult[] = [];
      for (const [index, intents] of wanted(work).entries()) {
        const pull = index === 0 ? null : work.issue;
        const failing = createFailingPlatform(platform, writesLeft);
        const attempt = publish(work.issue, intents, { pull, platform: failing });
        results.push(await attempt.catch(() => publish(work.issue, intents, { pull })));
        writesLeft = Math.max(0, writesLeft - failing.writes());
      }
      return results.map(({ status, effects }) => [status, effects.map(({ kind }) => kind)]);
    };
    const calm = await startWork('calm');
    const expectedEffects = await runAll(calm, 0);
    const expected = await observe(calm);
    expect(expected).toMatchObject({
      state: 'closed',
      comments: 1,
      pulls: 1,
      merges: 'Add it',
      parts: 1,
      branch: undefined,
    });
    for (let write = 1; write <= 7; write += 1) {
      const work = await startWork(`kill-${write}`);
      expect(await runAll(work, write), `after write ${write}`).toEqual(expectedEffects);
      expect(await observe(work), `after write ${write}`).toEqual(expected);
    }
  });

  it('moves the branch from where the log says it is', async () => {
    const work = await startWork('next');
    await publish(work.issue, [branchIntent(work)]);
    const next = await fixture.commit(work.head, { 'src/next.js': 'better\n' }, 'Fix');
    const intent = branchIntent(work, {
      head: next,
      expected: work.head,
      baseSha: work.head,
      commits: [{ sha: next, message: 'Fix' }],
    });
    expect((await publish(work.issue, [intent])).effects).toEqual([
      { kind: 'branch-updated', branch: work.branch, from: work.head, sha: next },
      { kind: 'commit-created', branch: work.branch, sha: next, message: 'Fix' },
    ]);
  });

  it('calls a pull request new that the log does not know of', async () => {
    const work = await startWork('known');
    await publish(work.issue, [branchIntent(work), pullIntent(work)]);
    expect((await publish(work.issue, [pullIntent(work)])).effects).toMatchObject([{ kind: 'pull-created' }]);
    const changed = pullIntent(work, { draft: false, body: 'More' });
    expect((await publish(work.issue, [changed], { pull: work.issue })).effects).toMatchObject([
      { kind: 'pull-updated', draft: false },
    ]);
  });
});

describe('a branch that is not where the log says', () => {
  const orphan = async (work: Work, more: { message?: string; name?: string } = {}) => {
    const message = more.message ?? `Implement\n\nTamma-Issue: ${work.issue}`;
    const sha = await fixture.commit(work.tests, { 'src/orphan.js': 'x\n' }, message);
    if (!more.name) return sha;
    const tree = await git('rev-parse', `${sha}^{tree}`);
    const env = {
      GIT_AUTHOR_NAME: more.name,
      GIT_AUTHOR_EMAIL: 'p@example.org',
      GIT_COMMITTER_NAME: more.name,
      GIT_COMMITTER_EMAIL: 'p@example.org',
    };
    return fixture.home.git(['commit-tree', tree, '-p', work.tests, '-m', message], { env });
  };
  const put = (work: Work, sha: string) => git('update-ref', `refs/heads/${work.branch}`, sha);

  it('is replaced where a killed run of ours left it there', async () => {
    const work = await startWork('orphan');
    const left = await orphan(work);
    await put(work, left);
    expect((await publish(work.issue, [branchIntent(work)])).status).toBe('published');
    expect(await platform.branches.find(work.branch)).toBe(work.head);
  });

  it('is replaced where the new head holds everything that was there', async () => {
    const work = await startWork('contained');
    const theirs = await orphan(work, { message: 'By a person', name: 'Person' });
    await put(work, theirs);
    const head = await fixture.commit(theirs, { 'src/contained.js': 'on top\n' });
    const intent = branchIntent(work, { head, commits: [] });
    expect((await publish(work.issue, [intent])).status).toBe('published');
  });

  it.each([
    ['a commit of a person', { message: 'By hand', name: 'Person' }],
    ['a commit with our trailer by another author', { name: 'Person' }],
    ['a commit of another issue', { message: 'Implement\n\nTamma-Issue: 9999' }],
    ['a trailer that is no trailer', { message: 'Implement\n\nTamma-Issue: 1\n\nand a last paragraph' }],
    [
      'a commit of ours that was amended',
      { message: `Implement\n\nTamma-Issue: ISSUE\nTamma-Tree: ${'a'.repeat(40)}` },
    ],
  ])('stops the run and stays, for %s', async (_, { message, name }: { message?: string; name?: string }) => {
    const work = await startWork('foreign');
    const filled = message?.replace('ISSUE', String(work.issue));
    const theirs = await orphan(work, { ...(filled ? { message: filled } : {}), ...(name ? { name } : {}) });
    await put(work, theirs);
    const comment: Intent = { kind: 'issue', number: work.issue, comment: { marker: 'm', body: 'never' } };
    expect(await publish(work.issue, [branchIntent(work), comment])).toEqual({
      status: 'blocked',
      effects: [],
      code: 'REALITY_DISAGREES',
      reason: expect.stringContaining('somebody else worked on it'),
      obstacle: { kind: 'branch-moved', branch: work.branch, expected: null, actual: theirs },
    });
    expect(await platform.branches.find(work.branch)).toBe(theirs);
    expect((await platform.issues.get(work.issue)).comments).toEqual([]);
  });

  it('stops the run where it is gone, or not where it is to be deleted', async () => {
    const work = await startWork('gone');
    const gone = await publish(work.issue, [branchIntent(work, { expected: work.tests })]);
    expect(gone).toMatchObject({
      status: 'blocked',
      obstacle: { actual: null, expected: work.tests },
      reason: expect.stringContaining('does not exist'),
    });
    await put(work, work.head);
    const kept = await publish(work.issue, [
      { kind: 'delete-branch', name: work.branch, expected: work.tests },
    ]);
    expect(kept).toMatchObject({ status: 'blocked', obstacle: { kind: 'branch-moved', actual: work.head } });
  });
});

describe('a merge that cannot be', () => {
  it('is answered with the reason, and the effects before it', async () => {
    const work = await startWork('blocked');
    await publish(work.issue, [branchIntent(work), pullIntent(work)]);
    const label: Intent = { kind: 'issue', number: work.issue, addLabels: ['x'] };
    const at = { pull: work.issue };
    expect(
      await publish(work.issue, [label, mergeIntent(work, { expectedHead: work.tests })], at),
    ).toMatchObject({
      status: 'blocked',
      code: 'REALITY_DISAGREES',
      effects: [{ kind: 'issue-labeled' }],
      obstacle: { kind: 'head-moved', actual: work.head },
    });
    await fixture.pushDefault({ 'src/blocked.js': 'first\n' });
    expect(await publish(work.issue, [mergeIntent(work)], at)).toMatchObject({
      status: 'blocked',
      code: 'PUBLISH_FAILED',
      obstacle: { kind: 'conflict', files: ['src/blocked.js'] },
      reason: expect.stringContaining('src/blocked.js'),
    });
    await platform.branches.remove(work.branch, work.head);
    expect(await publish(work.issue, [mergeIntent(work)], at)).toMatchObject({
      status: 'blocked',
      code: 'PLATFORM_REFUSED',
      obstacle: { kind: 'not-allowed' },
    });
    const limited: Platform = {
      ...platform,
      capabilities: { ...platform.capabilities, mergeMethods: ['squash'] },
    };
    const rebase = await publish(work.issue, [mergeIntent(work, { method: 'rebase' })], {
      ...at,
      platform: limited,
    });
    expect(rebase).toMatchObject({
      status: 'blocked',
      reason: expect.stringContaining('cannot merge by rebase'),
    });
    const moved = await publish(work.issue, [pullIntent(work, { head: work.tests })], at);
    expect(moved).toMatchObject({ status: 'published' });
  });

  it('is no merge into anything but the default branch', async () => {
    const work = await startWork('base');
    await publish(work.issue, [branchIntent(work), pullIntent(work)]);
    for (const intent of [mergeIntent(work, { base: 'release' }), pullIntent(work, { base: 'release' })]) {
      await expect(publish(work.issue, [intent], { pull: work.issue })).rejects.toMatchObject({
        code: 'POLICY_VIOLATION',
      });
    }
  });
});

describe('what may not leave', () => {
  const hash = 'a'.repeat(40);

  it.each<[string, unknown]>([
    ['an intent of no known kind', { kind: 'shell', command: 'rm' }],
    ['an intent with a key too many', { kind: 'issue', number: 1, admin: true }],
    ['a write to another issue', { kind: 'issue', number: 2, addLabels: ['x'] }],
    [
      'a branch of another issue',
      { kind: 'branch', name: 'tamma/2-x', head: hash, expected: null, baseSha: hash, commits: [] },
    ],
    [
      'a branch that is not ours',
      { kind: 'branch', name: 'main', head: hash, expected: null, baseSha: hash, commits: [] },
    ],
    ['the deletion of another branch', { kind: 'delete-branch', name: 'tamma/10-x', expected: hash }],
    [
      'a pull request of another issue',
      {
        kind: 'pull-request',
        issue: 2,
        branch: 'tamma/1-x',
        base: 'main',
        head: hash,
        title: '',
        body: '',
        draft: true,
        labels: [],
      },
    ],
    [
      'a merge of a pull request the log does not know',
      {
        kind: 'merge',
        pull: 1,
        branch: 'tamma/1-x',
        base: 'main',
        expectedHead: hash,
        method: 'merge',
        title: '',
        body: '',
      },
    ],
    [
      'a comment with a secret',
      { kind: 'issue', number: 1, comment: { marker: 'm', body: `it is ${SECRET}` } },
    ],
    [
      'a label with a secret in base64',
      { kind: 'issue', number: 1, addLabels: [Buffer.from(SECRET).toString('base64')] },
    ],
    ['a title with a secret', { kind: 'create-issue', marker: 'm', title: SECRET, body: '', labels: [] }],
  ])('%s stops everything before anything is written', async (_, bad) => {
    const failing = createFailingPlatform(platform, 0);
    const good = { kind: 'issue', number: 1, addLabels: ['fine'] };
    const published = publish(1, [good, bad], { platform: failing });
    await expect(published).rejects.toMatchObject({
      code: 'POLICY_VIOLATION',
      message: expect.not.stringContaining(SECRET),
    });
    expect(failing.writes()).toBe(0);
  });

  it('names all that is wrong at once', async () => {
    const published = publish(1, [{ kind: 'x' }, { kind: 'issue', number: 5 }]);
    await expect(published).rejects.toThrow(/intent 1 .*; intent 2 writes to #5/);
  });

  it('stops a branch that holds a secret in a file, in a file of an earlier commit, or in a message', async () => {
    const inFile = await startWork('leak', { 'src/leak.env': `KEY=${SECRET}\n` });
    const published = publish(inFile.issue, [branchIntent(inFile)]);
    await expect(published).rejects.toMatchObject({
      code: 'POLICY_VIOLATION',
      message: expect.stringMatching(/src\/leak\.env$/),
    });
    const earlier = await startWork('earlier', { 'src/leak.env': `KEY=${SECRET}\n` });
    const head = await fixture.commit(earlier.head, { 'src/leak.env': null });
    await expect(publish(earlier.issue, [branchIntent(earlier, { head })])).rejects.toMatchObject({
      code: 'POLICY_VIOLATION',
    });
    const message = await startWork('message');
    const said = await fixture.commit(message.head, { 'src/a.js': 'a\n' }, `Use ${SECRET}`);
    await expect(publish(message.issue, [branchIntent(message, { head: said })])).rejects.toThrow(
      /in its message/,
    );
    for (const { branch } of [inFile, earlier, message])
      expect(await platform.branches.find(branch)).toBeUndefined();
  });

  it('stops a branch that changes a path nobody but a person may change, and names it', async () => {
    const paths = { '.github/workflows/ci.yml': 'on: push\n', 'src/ok.js': 'ok\n' };
    const work = await startWork('protected', paths);
    await expect(publish(work.issue, [branchIntent(work)])).rejects.toMatchObject({
      code: 'POLICY_VIOLATION',
      message: expect.stringContaining('.github/workflows/ci.yml'),
    });
    expect(await platform.branches.find(work.branch)).toBeUndefined();
  });

  it('stops a branch that would not hold the commits it claims', async () => {
    const work = await startWork('claims');
    const intent = branchIntent(work, { commits: [{ sha: 'b'.repeat(40), message: 'Never made' }] });
    await expect(publish(work.issue, [intent])).rejects.toMatchObject({ code: 'POLICY_VIOLATION' });
  });

  it.each([
    ['closes another issue', 'Implement, closes #1'],
    ['calls somebody', 'Implement\n\nThanks to @acme/owners.'],
    ['keeps CI from running', 'Implement [skip ci]'],
    ['says that somebody else wrote it', 'Implement\n\nCo-authored-by: Bob <bob@example.com>'],
  ])(
    'stops a branch with a message that %s, and lets those stand that were there before',
    async (_, message) => {
      const work = await startWork('orders');
      const said = await fixture.commit(work.head, { 'src/a.js': 'a\n' }, message);
      await expect(publish(work.issue, [branchIntent(work, { head: said })])).rejects.toMatchObject({
        code: 'POLICY_VIOLATION',
        message: expect.stringContaining('gives orders'),
      });
      await publish(work.issue, [branchIntent(work)]);
      await platform.branches.write({ name: work.branch, head: said, expected: work.head });
      const next = await fixture.commit(said, { 'src/b.js': 'b\n' }, `Fix (#${work.issue})`);
      const more = { head: next, expected: said, commits: [{ sha: next, message: 'Fix' }] };
      await expect(publish(work.issue, [branchIntent(work, more)])).resolves.toMatchObject({
        status: 'published',
      });
    },
  );

  it('leaves with mentions, references and closing keywords taken apart', async () => {
    const work = await startWork('neutral');
    const { issue } = work;
    const hostile = 'Thanks @alice, fixes #1. ![x](https://evil.invalid/a.png) <img src=x>';
    await publish(issue, [
      branchIntent(work),
      pullIntent(work, { title: 'Fix @alice #1', body: hostile }),
      { kind: 'issue', number: issue, comment: { marker: 'm', body: hostile } },
      { kind: 'create-issue', marker: `neutral-${issue}`, title: '@alice', body: hostile, labels: [] },
    ]);
    await publish(
      issue,
      [mergeIntent(work, { title: 'Fix @alice #1', body: `${hostile}\n\nCo-authored-by: Eve <e@x>` })],
      { pull: issue },
    );
    const pull = await platform.pulls.find(work.branch);
    const comment = (await platform.issues.get(issue)).comments[0]?.body ?? '';
    const message = await git('log', '-1', '--format=%B', pull?.mergeSha ?? '');
    for (const text of [pull?.body ?? '', comment]) {
      expect(text).not.toMatch(/(?<!`)@alice|(?<!\\)!\[|<img|\(https:\/\/evil/);
      expect(text).toContain('alice');
    }
    for (const text of [pull?.title ?? '', message])
      expect(text).not.toMatch(/@alice|[^ ]#1\b(?!\d)|Co-authored-by/);
    expect(message).toContain(`Tamma-Head: ${work.head}`);
  });
});

describe('a platform that does not keep what it was given', () => {
  const forgetful = (change: Partial<Awaited<ReturnType<Platform['issues']['get']>>>): Platform => ({
    ...platform,
    issues: {
      ...platform.issues,
      update: async (number) => ({ ...(await platform.issues.get(number)), ...change }),
    },
  });

  it.each([
    ['the label x', { addLabels: ['x'] }],
    ['its assignee', { assign: 'self' as const }],
    ['being closed', { close: { reason: 'completed' } }],
    ['the comment m', { comment: { marker: 'm', body: 'b' } }],
  ])('is no success: %s', async (missing, change) => {
    const issue = await fixture.openIssue({ title: 'Forgotten' });
    const published = publish(issue, [{ kind: 'issue', number: issue, ...change }], {
      platform: forgetful({}),
    });
    await expect(published).rejects.toMatchObject({
      code: 'PUBLISH_FAILED',
      message: expect.stringContaining(missing),
    });
  });

  it('is no success where the pull request stands at another head', async () => {
    const work = await startWork('elsewhere');
    await publish(work.issue, [branchIntent(work)]);
    const result = await publish(work.issue, [pullIntent(work, { head: work.tests })]);
    expect(result).toMatchObject({
      status: 'blocked',
      obstacle: { kind: 'head-moved', expected: work.tests, actual: work.head },
    });
  });
});

describe('effects as events', () => {
  it('fit the schemas of the log, one event an effect', async () => {
    const work = await startWork('events');
    const { issue, branch, head } = work;
    const next = await fixture.commit(head, { 'src/events.js': 'better\n' }, 'Fix');
    const results = [
      await publish(issue, [
        branchIntent(work),
        pullIntent(work),
        { kind: 'create-issue', marker: `events-${issue}`, title: 'T', body: '', labels: [] },
      ]),
      await publish(
        issue,
        [branchIntent(work, { head: next, expected: head, commits: [] }), pullIntent(work, { head: next })],
        { pull: issue },
      ),
      await publish(
        issue,
        [
          mergeIntent(work, { expectedHead: next }),
          {
            kind: 'issue',
            number: issue,
            assign: 'self',
            addLabels: ['x'],
            comment: { marker: 'm', body: 'b' },
            close: { reason: 'completed' },
          },
          { kind: 'delete-branch', name: branch, expected: next },
        ],
        { pull: issue },
      ),
    ];
    const effects = results.flatMap((result) => result.effects);
    const events = toEvents(effects);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([
        'BRANCH.CREATED.SUCCESS',
        'BRANCH.UPDATED.SUCCESS',
        'BRANCH.DELETED.SUCCESS',
        'COMMIT.CREATED.SUCCESS',
        'PR.CREATED.SUCCESS',
        'PR.UPDATED.SUCCESS',
        'PR.MERGED.SUCCESS',
        'ISSUE.ASSIGNED.SUCCESS',
        'ISSUE.LABELED.SUCCESS',
        'ISSUE.CLOSED.SUCCESS',
        'ISSUE.CREATED.SUCCESS',
        'COMMENT.PUBLISHED.SUCCESS',
      ]),
    );
    expect(events).toHaveLength(effects.length);
    for (const { type, data } of events)
      expect(eventData[type].safeParse(data), type).toMatchObject({ success: true });
    expect(events.find(({ type }) => type === 'PR.MERGED.SUCCESS')?.tags).toEqual({ prId: String(issue) });
  });
});
