import { describe, expect, test, vi } from 'vitest';
import { createSystemClock } from '../../src/hosts/system-clock.ts';
import { badFiles } from '../support/demo/bad-files.ts';
import { PARSER, QUOTED_PLAN } from '../support/demo/quoted-fields.ts';
import { commitOnBranch, editIssue } from '../support/e2e/person.ts';
import { answers, QUICK_CONFIG, quickScript, writes, wrongParser } from '../support/e2e/quick-script.ts';
import { dataOf, readLog, readLoopState, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { say, walk, walkToEnd } from '../support/e2e/walk.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const BUSINESS = `mode: business\n${QUICK_CONFIG.replace(/approval: .*\n/, '')}`;
const parser = (content: string) => writes({ 'src/parse.js': content });

async function refusals(project: SampleProject, issue = 1) {
  return dataOf(await readLog(project, issue), 'COMMAND.REFUSED');
}

describe('an issue nobody could act on without asking', () => {
  const asked = standingAt(async () => {
    const project = await createSampleProject({ config: QUICK_CONFIG });
    await walkToEnd(project, { model: badFiles, issue: 3 });
    return project;
  });
  const issue = 3;

  test('stops with its questions, in the log and on the issue', async () => {
    const state = await readLoopState(asked(), issue);
    expect(state).toMatchObject({ status: 'waiting', wait: { for: 'answers', stepId: 'AMBIGUITY_CHECK' } });
    expect(state.questions.map(({ id }) => id)).toEqual(['q1', 'q2']);
    const { issueFile } = await readMergeFacts(asked(), issue);
    expect(issueFile).toContain('tamma:needs-input');
    expect(issueFile).toContain('What is wrong with the files you get?');
    expect(issueFile).toContain('--issue 3');
  });

  test('goes on waiting, whoever runs it, and writes nothing', async () => {
    const before = await asked().git('for-each-ref');
    expect(await walkToEnd(asked(), { issue })).toMatchObject({
      status: 'waiting',
      progressed: false,
      step: null,
    });
    expect(await asked().git('for-each-ref')).toBe(before);
  });

  test.each([
    ['q1=1', /q2 has no answer/],
    ['q1=1 q2=2 q3=1', /there is no q3/],
    ['throw an error', /q1 has no answer.*q2 has no answer/],
    ['', /q1 has no answer/],
  ])('refuses the answer “%s” and says why', async (argument, reason) => {
    const report = await say(asked(), 'answer', argument, { issue });
    expect(report).toMatchObject({ accepted: false, message: expect.stringMatching(reason) });
    expect(await refusals(asked(), issue)).toMatchObject([
      { command: 'answer', reason: expect.stringMatching(reason) },
    ]);
    expect(await readLoopState(asked(), issue)).toMatchObject({ status: 'waiting' });
  });

  test('is continued by answers, which the later steps are told', async () => {
    expect(await say(asked(), 'answer', 'q1=1 q2=Throw an error', { issue })).toMatchObject({
      accepted: true,
    });
    const state = await readLoopState(asked(), issue);
    expect(state).toMatchObject({ status: 'active', cursor: 'DESIGN' });
    expect(state.answers.map(({ answer }) => answer)).toEqual([
      'Rows have too few or too many fields',
      'Throw an error',
    ]);

    const provider = createScriptedProvider({ answers: badFiles });
    expect(await walkToEnd(asked(), { model: provider, issue })).toMatchObject({ status: 'done' });
    const design = provider.calls.find(({ task }) => task === 'design');
    expect(JSON.stringify(design?.request.messages)).toContain('→ Throw an error');
    const facts = await readMergeFacts(asked(), issue);
    expect(facts.issueFile).not.toContain('tamma:needs-input');
    expect(facts).toMatchObject({ pullDocuments: 1, closingComments: 1 });
  });
});

describe('an ambiguous issue', () => {
  const fresh = standingAt(() => createSampleProject({ config: QUICK_CONFIG }));
  const questions = [
    { question: 'Which files?', choices: ['all', 'new ones'] },
    { question: 'Since when?', choices: ['always', 'lately'] },
  ];

  test('whose label says so is not asked about, and the log says why', async () => {
    const text = await fresh().read('main', '.tamma/issues/1.md');
    await fresh().commit('Do not ask', {
      '.tamma/issues/1.md': text.replace('bug]', 'bug, skip-questions]'),
    });
    const model = quickScript({ ambiguity: [answers({ score: 80, reasons: ['unclear'], questions })] });
    const last = await walkToEnd(fresh(), { model, before: 'DESIGN' });
    expect(last).toMatchObject({ step: 'AMBIGUITY_CHECK', progressed: true });
    expect(dataOf(await readLog(fresh(), 1), 'AMBIGUITY.SCORED')).toMatchObject([
      { score: 80, skippedBy: 'skip-questions' },
    ]);
  });

  test('that is really several is proposed to be split, beside the questions', async () => {
    const split = [
      { title: 'Tabs', body: 'Read tabs.' },
      { title: 'Quotes', body: 'Read quotes.' },
    ];
    const model = quickScript({
      ambiguity: [answers({ score: 95, reasons: ['two things'], questions, split })],
    });
    expect(await walkToEnd(fresh(), { model })).toMatchObject({ status: 'waiting' });
    expect(dataOf(await readLog(fresh(), 1), 'SPLIT.PROPOSED')).toEqual([{ issues: split }]);
  });
});

describe('business mode, at the design', () => {
  const designed = standingAt(async () => {
    const project = await createSampleProject({ config: BUSINESS });
    await walkToEnd(project, { model: quickScript() });
    return project;
  });
  const digestOf = async () => (await readLoopState(designed())).requestedApproval?.digest ?? '';

  test('stops before any code is written, and names the command that goes on', async () => {
    const state = await readLoopState(designed());
    const digest = await digestOf();
    expect(state).toMatchObject({
      status: 'waiting',
      wait: { for: 'approval', stepId: 'DESIGN' },
      head: null,
    });
    expect(state.wait?.command).toBe(`tamma approve --issue 1 ${digest}`);
    const { issueFile } = await readMergeFacts(designed());
    expect(issueFile).toContain(digest);
    expect(issueFile).toContain(QUOTED_PLAN.steps[1]?.title);
  });

  test.each([
    ['no digest', () => '', /name what you approve/],
    ['too short a digest', (digest: string) => digest.slice(0, 15), /at least 16 characters/],
    ['another digest', () => 'f'.repeat(64), /is not what waits for approval/],
  ])('refuses an approval with %s', async (_, argument, reason) => {
    const report = await say(designed(), 'approve', argument(await digestOf()));
    expect(report).toMatchObject({ accepted: false, message: expect.stringMatching(reason) });
    expect(await refusals(designed())).toMatchObject([
      { command: 'approve', reason: expect.stringMatching(reason) },
    ]);
    expect(await readLoopState(designed())).toMatchObject({ status: 'waiting' });
  });

  test('refuses an approval after the issue was edited, and makes a plan of the edited issue on revise', async () => {
    await editIssue(designed(), 1, 'Tabs separate fields, too.');
    const report = await say(designed(), 'approve', await digestOf());
    expect(report).toMatchObject({
      accepted: false,
      message: expect.stringContaining('the issue was edited'),
    });

    expect(await say(designed(), 'revise', 'The issue says more now')).toMatchObject({ accepted: true });
    const provider = createScriptedProvider({ answers: quickScript() });
    expect(await walkToEnd(designed(), { model: provider })).toMatchObject({ status: 'waiting' });
    const [design] = provider.calls.filter(({ task }) => task === 'design');
    expect(JSON.stringify(design?.request.messages)).toContain('Tabs separate fields, too.');
    expect(await say(designed(), 'approve', await digestOf())).toMatchObject({ accepted: true });
  });

  test('refuses an approval after the configuration was changed, and revise binds a plan to the new one', async () => {
    await designed().commit('Ask less', { '.tamma/config.yml': `${BUSINESS}budget: { perIssueUsd: 3 }\n` });
    const report = await say(designed(), 'approve', await digestOf());
    expect(report).toMatchObject({
      accepted: false,
      message: expect.stringContaining('the configuration changed'),
    });

    expect(await say(designed(), 'revise', 'With the new budget')).toMatchObject({ accepted: true });
    expect(await walkToEnd(designed(), { model: quickScript() })).toMatchObject({ status: 'waiting' });
    expect(await say(designed(), 'approve', await digestOf())).toMatchObject({ accepted: true });
  });

  const clock = createSystemClock();
  const late = { clock: { ...clock, now: () => new Date(clock.now().getTime() + 8 * 86_400_000) } };

  test('refuses an approval that comes too late, and retry asks anew', async () => {
    const report = await say(designed(), 'approve', await digestOf(), late);
    expect(report).toMatchObject({ accepted: false, message: expect.stringMatching(/expired.*tamma retry/) });
    expect(await say(designed(), 'retry', '', late)).toMatchObject({ accepted: true });
    expect(await walkToEnd(designed(), { ...late, model: quickScript() })).toMatchObject({
      status: 'waiting',
    });
    expect(await say(designed(), 'approve', await digestOf(), late)).toMatchObject({ accepted: true });
  });

  test('calls for a person where nobody has approved in time', async () => {
    expect(await walkToEnd(designed(), late)).toMatchObject({ status: 'escalated' });
    const events = await readLog(designed(), 1);
    expect(dataOf(events, 'ESCALATION.TRIGGERED')).toMatchObject([{ reason: 'approval-expired' }]);
    expect((await readMergeFacts(designed())).issueFile).toContain('needs-human-review');
  });

  test('revise makes a new plan that has seen the remark; the old digest is void', async () => {
    const old = await digestOf();
    expect(await say(designed(), 'revise')).toMatchObject({
      accepted: false,
      message: expect.stringContaining('say what'),
    });
    expect(await say(designed(), 'revise', 'Keep the README short')).toMatchObject({ accepted: true });
    const provider = createScriptedProvider({
      answers: quickScript({ design: [answers({ ...QUOTED_PLAN, summary: 'Another plan.' })] }),
    });
    expect(await walkToEnd(designed(), { model: provider })).toMatchObject({ status: 'waiting' });
    expect(JSON.stringify(provider.calls[0]?.request.messages)).toContain('Keep the README short');
    const state = await readLoopState(designed());
    expect(state.design).toMatchObject({ revision: 2, plan: { summary: 'Another plan.' } });
    expect(await say(designed(), 'approve', old)).toMatchObject({ accepted: false });
    expect(await say(designed(), 'approve', state.requestedApproval?.digest ?? '')).toMatchObject({
      accepted: true,
    });
  });

  test('takes the first sixteen characters of the digest, records who approved, and goes on once', async () => {
    const digest = await digestOf();
    expect(await say(designed(), 'approve', digest.slice(0, 16))).toMatchObject({ accepted: true });
    const granted = (await readLog(designed(), 1)).filter(({ type }) => type === 'APPROVAL.GRANTED');
    expect(granted).toMatchObject([
      {
        data: { kind: 'design', digest, by: 'person', permission: 'write' },
        metadata: { actor: { kind: 'human', login: 'Tamma demo', via: 'terminal' } },
      },
    ]);
    expect(await say(designed(), 'approve', digest)).toMatchObject({
      accepted: false,
      message: expect.stringContaining('waits for nobody'),
    });
  });

  test('an issue that is edited after the approval is planned anew before any code is written', async () => {
    await say(designed(), 'approve', await digestOf());
    await editIssue(designed(), 1, 'Tabs separate fields, too.');
    const last = await walkToEnd(designed(), { model: quickScript() });
    expect(last).toMatchObject({ status: 'waiting', state: { wait: { stepId: 'DESIGN' }, head: null } });
    expect(dataOf(await readLog(designed(), 1), 'CONTEXT.OUTDATED')).toHaveLength(1);
  });
});

describe('business mode, at the merge', () => {
  const reviewed = standingAt(async () => {
    const project = await createSampleProject({ config: BUSINESS });
    await walkToEnd(project, { model: quickScript() });
    await say(project, 'approve', (await readLoopState(project)).requestedApproval?.digest);
    await walkToEnd(project, { model: quickScript() });
    return project;
  });
  const stateOf = () => readLoopState(reviewed());

  test('stops with everything judged and nothing merged, bound to the head', async () => {
    const state = await stateOf();
    expect(state).toMatchObject({
      status: 'waiting',
      wait: { for: 'approval', stepId: 'APPROVAL_GATE' },
      mergeSha: null,
    });
    expect(state.requestedApproval).toMatchObject({ kind: 'merge', digest: state.head?.sha });
    expect(await reviewed().git('rev-parse', state.branch ?? '')).toBe(state.head?.sha);
    expect((await readMergeFacts(reviewed())).mergeCommits).toEqual([]);
  });

  test('the approval of the head merges exactly that head', async () => {
    const { head } = await stateOf();
    expect(await say(reviewed(), 'approve', head?.sha)).toMatchObject({ accepted: true });
    expect(await walkToEnd(reviewed(), {})).toMatchObject({ status: 'done' });
    const [merged] = dataOf(await readLog(reviewed(), 1), 'PR.MERGED.SUCCESS');
    expect(merged?.headSha).toBe(head?.sha);
    expect(await readMergeFacts(reviewed())).toMatchObject({
      pullDocuments: 1,
      closingComments: 1,
      branches: [],
    });
  });

  test('refuses an approval after the branch has moved', async () => {
    const { head, branch } = await stateOf();
    await commitOnBranch(reviewed(), branch ?? '', 'One more thing', {
      'src/parse.js': `${PARSER}// mine\n`,
    });
    const report = await say(reviewed(), 'approve', head?.sha);
    expect(report).toMatchObject({
      accepted: false,
      message: expect.stringContaining('the branch has moved'),
    });
    expect(await refusals(reviewed())).toMatchObject([{ reason: expect.stringContaining('for other code') }]);
  });

  test('revise sends the change back with the remark, and a new head needs a new approval', async () => {
    const { head } = await stateOf();
    expect(await say(reviewed(), 'revise', 'Say in a comment why empty lines go')).toMatchObject({
      accepted: true,
    });
    const provider = createScriptedProvider({
      answers: quickScript({ repair: [parser(`// Empty lines end no row.\n${PARSER}`)] }),
    });
    expect(await walkToEnd(reviewed(), { model: provider })).toMatchObject({ status: 'waiting' });
    expect(JSON.stringify(provider.calls[0]?.request.messages)).toContain('why empty lines go');
    const state = await stateOf();
    expect(state.requestedApproval?.digest).toBe(state.head?.sha);
    expect(state.head?.sha).not.toBe(head?.sha);
    expect(await say(reviewed(), 'approve', head?.sha)).toMatchObject({ accepted: false });
  });

  test('a person who takes it over and gives it back has their commits judged before they are merged', async () => {
    const { branch, head } = await stateOf();
    expect(await say(reviewed(), 'take-over')).toMatchObject({
      accepted: true,
      message: expect.stringContaining(branch ?? ''),
    });
    expect(await walkToEnd(reviewed(), {})).toMatchObject({ status: 'idle', step: null });

    const mine = await commitOnBranch(reviewed(), branch ?? '', 'By hand', {
      'src/parse.js': `${PARSER}// mine\n`,
    });
    expect(await say(reviewed(), 'resume')).toMatchObject({
      accepted: true,
      message: expect.stringContaining(mine.slice(0, 12)),
    });
    const steps = await walk(reviewed(), { model: quickScript() });
    expect(steps.map(({ step }) => step)).toEqual([
      'BUILD_VALIDATION',
      'TEST_VALIDATION',
      'SECURITY_SCAN',
      'CODE_REVIEW',
      'PR_CREATION',
      'CI_CHECK',
      'APPROVAL_GATE',
    ]);
    expect(await say(reviewed(), 'approve', head?.sha)).toMatchObject({ accepted: false });
    expect(await say(reviewed(), 'approve', mine)).toMatchObject({ accepted: true });
    expect(await walkToEnd(reviewed(), {})).toMatchObject({ status: 'done' });
    expect(await reviewed().read('main', 'src/parse.js')).toContain('// mine');
  });

  test('commits of a person that break the tests are sent back like any other', async () => {
    const { branch } = await stateOf();
    await say(reviewed(), 'take-over');
    await commitOnBranch(reviewed(), branch ?? '', 'By hand', { 'src/parse.js': wrongParser('of nothing') });
    await say(reviewed(), 'resume');
    const last = await walkToEnd(reviewed(), {
      model: quickScript({ repair: [parser(`${PARSER}// repaired\n`)] }),
    });
    expect(last).toMatchObject({ status: 'waiting', step: 'APPROVAL_GATE' });
    expect(dataOf(await readLog(reviewed(), 1), 'GATE.FAILED')).toMatchObject([{ gateId: 'tests' }]);
  });

  test('stop ends the work, and resume goes on where it stood', async () => {
    const { head } = await stateOf();
    expect(await say(reviewed(), 'stop', 'not now')).toMatchObject({ accepted: true });
    expect(await walkToEnd(reviewed(), {})).toMatchObject({ status: 'idle', state: { status: 'stopped' } });
    expect(await say(reviewed(), 'stop')).toMatchObject({ accepted: false });
    expect(await say(reviewed(), 'approve', head?.sha)).toMatchObject({ accepted: false });
    expect((await readMergeFacts(reviewed())).issueFile).not.toContain('tamma:active');

    expect(await say(reviewed(), 'resume')).toMatchObject({ accepted: true });
    expect(await walkToEnd(reviewed(), {})).toMatchObject({ status: 'waiting', step: 'APPROVAL_GATE' });
    expect(await say(reviewed(), 'approve', head?.sha)).toMatchObject({ accepted: true });
    expect(await walkToEnd(reviewed(), {})).toMatchObject({ status: 'done' });
    expect(await verifyLog(reviewed())).toMatchObject({ ok: true });
  });

  test.each([
    ['skip', 'APPROVAL_GATE', /can be tightened, never skipped/],
    ['skip', 'LUNCH', /there is no step LUNCH/],
    ['skip', 'DEPLOYMENT', /waits for approval/],
    ['retry', '', /waits for approval/],
    ['resume', '', /waits for approval/],
    ['answer', 'q1=1', /waits for approval/],
  ] as const)('refuses %s %s and says what it waits for', async (command, argument, reason) => {
    expect(await say(reviewed(), command, argument)).toMatchObject({
      accepted: false,
      message: expect.stringMatching(reason),
    });
    expect(await refusals(reviewed())).toMatchObject([{ command, argument }]);
  });
});

describe('a person in the middle of the work', () => {
  const written = standingAt(async () => {
    const project = await createSampleProject({ config: QUICK_CONFIG });
    await walkToEnd(project, { model: quickScript(), before: 'TEST_VALIDATION' });
    return project;
  });

  test('who commits on the branch unasked is told to resume, and resume takes the commits in', async () => {
    const { branch } = await readLoopState(written());
    const mine = await commitOnBranch(written(), branch ?? '', 'By hand', {
      'src/parse.js': `${PARSER}// mine\n`,
    });
    const failed = await walkToEnd(written(), { model: quickScript() });
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'REALITY_DISAGREES', help: expect.stringContaining('tamma resume') },
    });
    expect(await say(written(), 'resume')).toMatchObject({
      accepted: true,
      message: expect.stringContaining(mine.slice(0, 12)),
    });
    expect(await walkToEnd(written(), { model: quickScript() })).toMatchObject({ status: 'done' });
    expect(await written().read('main', 'src/parse.js')).toContain('// mine');
  });

  test('may not give commands that do not fit what the issue is doing', async () => {
    for (const command of ['approve', 'revise', 'answer', 'retry', 'resume'] as const) {
      const report = await say(written(), command, 'q1=1');
      expect(report).toMatchObject({ accepted: false, message: expect.stringContaining('waits for nobody') });
    }
    expect(await say(written(), 'approve', '', { issue: 2 })).toMatchObject({
      accepted: false,
      message: expect.stringContaining('`tamma run --issue 2` begins'),
    });
  });

  test('may skip a step that keeps failing where the table allows it', async () => {
    const project = await createSampleProject({ config: QUICK_CONFIG });
    const model = quickScript({ research: [] });
    await walkToEnd(project, { model });
    await walkToEnd(project, { model });
    const third = await walkToEnd(project, { model });
    expect(third).toMatchObject({ status: 'escalated', step: 'RESEARCH' });
    const events = await readLog(project, 1);
    expect(dataOf(events, 'ESCALATION.TRIGGERED')).toMatchObject([
      {
        reason: 'step-keeps-failing',
        stepId: 'RESEARCH',
        commands: expect.arrayContaining(['tamma skip RESEARCH --issue 1']),
      },
    ]);
    expect(await say(project, 'skip', 'research')).toMatchObject({ accepted: true });
    expect(await walkToEnd(project, { model, before: 'DESIGN' })).toMatchObject({
      step: 'AMBIGUITY_CHECK',
      status: 'done',
    });
    await project.remove();
  });
});
