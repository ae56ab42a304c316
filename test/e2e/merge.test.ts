import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Platform } from '../../src/ports/platform.ts';
import { PARSER } from '../support/demo/quoted-fields.ts';
import { runProjectTests } from '../support/e2e/project-tests.ts';
import { answers, QUICK_CONFIG, quickScript, writes } from '../support/e2e/quick-script.ts';
import { dataOf, readLog, readLoopState, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { walk, walkToEnd } from '../support/e2e/walk.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let project: SampleProject;
const prepared = standingAt(async () => {
  const origin = await createSampleProject({ config: QUICK_CONFIG });
  await walkToEnd(origin, { model: quickScript(), before: 'MERGE' });
  return origin;
});
beforeEach(() => {
  project = prepared();
});

/** Somebody else's change of the same function, and of a file that is none of this business. */
const THEIRS = {
  'src/parse.js':
    "/** Parses CSV text; tabs separate fields, too. */\nexport function parseCsv(text) {\n  return text.split('\\n').map((line) => line.split(/[,\\t]/));\n}\n",
  'CHANGES.md': '# Changes\n\nTabs separate fields.\n',
};
const RESOLVED = PARSER.replace("char === ','", "char === ',' || char === '\\t'");

const resolve = writes({ 'src/parse.js': RESOLVED });

describe('a default branch that moves while the change is made', () => {
  test('without a conflict does not hold up the merge, and both changes are there', async () => {
    await project.commit('Note it', { 'CHANGES.md': THEIRS['CHANGES.md'] });
    expect(await walkToEnd(project, {})).toMatchObject({ status: 'done' });
    expect(await project.read('main', 'src/parse.js')).toBe(PARSER.trim());
    expect(await project.read('main', 'CHANGES.md')).toContain('Tabs');
    expect(await readMergeFacts(project)).toMatchObject({ pullDocuments: 1, branches: [] });
  });

  test('with a conflict sends the change back once: the model sees both sides, and all gates judge what it made of them', async () => {
    await project.commit('Tabs', THEIRS);
    const provider = createScriptedProvider({ answers: quickScript({ repair: [resolve] }) });
    const reports = await walk(project, { model: provider });
    expect(reports.map(({ step }) => step)).toEqual([
      'MERGE',
      'CODE_GENERATION',
      'BUILD_VALIDATION',
      'TEST_VALIDATION',
      'SECURITY_SCAN',
      'CODE_REVIEW',
      'PR_CREATION',
      'CI_CHECK',
      'APPROVAL_GATE',
      'MERGE',
      'DEPLOYMENT',
    ]);
    const events = await readLog(project, 1);
    expect(dataOf(events, 'GATE.FAILED')).toMatchObject([
      { gateId: 'merge', attempt: 1, report: { findings: [{ message: 'conflict in src/parse.js' }] } },
    ]);
    const told = JSON.stringify(provider.calls[0]?.request.messages);
    expect(told).toContain('conflict in src/parse.js');

    // What others have merged meanwhile is not under review, and no reason to ask a person.
    const review = provider.calls.find(({ task }) => task === 'review');
    expect(JSON.stringify(review?.request.messages)).not.toContain('CHANGES.md');
    expect(dataOf(events, 'APPROVAL.GRANTED').at(-1)).toMatchObject({ kind: 'merge', by: 'rule' });
    expect(dataOf(events, 'PR.CREATED.SUCCESS')).toHaveLength(1);
    expect(dataOf(events, 'PR.UPDATED.SUCCESS')).toHaveLength(1);
    expect(await project.read('main', 'src/parse.js')).toBe(RESOLVED.trim());
    expect(await project.read('main', 'CHANGES.md')).toContain('Tabs');
    expect(await runProjectTests(project)).toEqual({ exitCode: 0, tests: 9 });
    expect(await verifyLog(project)).toMatchObject({ ok: true });
  });

  test('shows the model the conflict in the file itself', async () => {
    await project.commit('Tabs', THEIRS);
    const provider = createScriptedProvider({
      answers: quickScript({
        repair: [[{ toolCalls: [{ name: 'read_file', input: { path: 'src/parse.js' } }] }, ...resolve]],
      }),
    });
    await walkToEnd(project, { model: provider, before: 'BUILD_VALIDATION' });
    const seen = JSON.stringify(provider.calls[1]?.request.messages.at(-1));
    expect(seen).toContain('<<<<<<<');
    expect(seen).toContain('tabs separate fields, too');
    const { head } = await readLoopState(project);
    const parents = await project.git('log', '-1', '--format=%P', head?.sha ?? '');
    expect(parents.split(' ')).toHaveLength(2);
  });

  test('between the look and the merge is found by the merge itself, and the next run takes it up', async () => {
    let moved = false;
    const platform = (inner: Platform): Platform => ({
      ...inner,
      pulls: {
        ...inner.pulls,
        async merge(request) {
          if (!moved) await project.commit('Tabs', THEIRS);
          moved = true;
          return inner.pulls.merge(request);
        },
      },
    });
    const first = await walkToEnd(project, { decorate: { platform } });
    expect(first).toMatchObject({ status: 'failed', error: { code: 'PUBLISH_FAILED', retryable: true } });
    expect(await walkToEnd(project, { model: quickScript({ repair: [resolve] }) })).toMatchObject({
      status: 'done',
    });
    const events = await readLog(project, 1);
    expect(dataOf(events, 'GATE.FAILED')).toMatchObject([{ gateId: 'merge' }]);
    expect(dataOf(events, 'PR.MERGED.SUCCESS')).toHaveLength(1);
  });

  test('whose conflict was left standing in a file is sent back before anything is committed', async () => {
    await project.commit('Tabs', THEIRS);
    const beside = writes({ 'README.md': '# tidy-csv\n' });
    const provider = createScriptedProvider({ answers: quickScript({ repair: [beside, resolve] }) });
    expect(await walkToEnd(project, { model: provider })).toMatchObject({ status: 'done' });
    const sentBack = dataOf(await readLog(project, 1), 'GATE.FAILED')[1];
    expect(sentBack).toMatchObject({
      gateId: 'tdd',
      report: { findings: [{ message: 'src/parse.js still holds both sides' }] },
    });
    expect(await project.git('log', '--all', '--format=%H', '-S<<<<<<<', '--', 'src')).toBe('');
  });

  test('and whose conflict is gone again needs no change by a model', async () => {
    const before = await project.read('main', 'src/parse.js');
    await project.commit('Tabs', THEIRS);
    await walkToEnd(project, { before: 'CODE_GENERATION' });
    await project.commit('No tabs after all', { 'src/parse.js': `${before}\n` });
    const leaves = answers({ summary: 'There is no conflict any more.', undone: [] });
    expect(await walkToEnd(project, { model: quickScript({ repair: [leaves] }) })).toMatchObject({
      status: 'done',
    });
    expect(await project.read('main', 'src/parse.js')).toBe(PARSER.trim());
    expect(await project.read('main', 'CHANGES.md')).toContain('Tabs');
  });

  test('whose conflict nobody resolves ends with a person', async () => {
    await project.commit('Tabs', THEIRS);
    const leaves = answers({ summary: 'I cannot tell which side is right.', undone: [] });
    const last = await walkToEnd(project, { model: quickScript({ repair: [leaves] }) });
    expect(last).toMatchObject({ status: 'escalated' });
    expect((await readMergeFacts(project)).mergeCommits).toHaveLength(1);
  });

  test('because a person has merged the branch by hand is found merged, and the issue is closed', async () => {
    const { branch, head } = await readLoopState(project);
    await project.git('merge', '--quiet', '--no-edit', branch ?? '');
    expect(await walkToEnd(project, {})).toMatchObject({ status: 'done' });
    const [merged] = dataOf(await readLog(project, 1), 'PR.MERGED.SUCCESS');
    expect(merged).toMatchObject({ headSha: head?.sha });
    expect(await project.git('merge-base', '--is-ancestor', head?.sha ?? '', merged?.mergeSha ?? '')).toBe(
      '',
    );
    expect(await readMergeFacts(project)).toMatchObject({
      pullDocuments: 1,
      closingComments: 1,
      branches: [],
    });
  });
});
