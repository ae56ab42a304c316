import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { ActionResult } from '../../../src/app/action/context.ts';
import { gateIssues } from '../../../src/app/action/gate-job.ts';
import { doPublishJob } from '../../../src/app/action/publish-job.ts';
import { doWorkJob } from '../../../src/app/action/work-job.ts';
import { giveCommand } from '../../../src/app/commands.ts';
import { runStep } from '../../../src/app/run-step.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { createTerminalHost } from '../../../src/hosts/terminal.ts';
import type { Platform } from '../../../src/ports/platform.ts';
import { createActionContext } from '../../support/action-context.ts';
import { type OpenOptions, withSample } from '../../support/e2e/open-sample.ts';
import { QUICK_CONFIG, quickScript } from '../../support/e2e/quick-script.ts';
import { dataOf, readLog, readLoopState } from '../../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../../support/e2e/sample-project.ts';
import { standingAt } from '../../support/e2e/standing-at.ts';
import { say, walk } from '../../support/e2e/walk.ts';
import { createScriptedProvider } from '../../support/scripted-provider.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Job = { result: string; outputs: Record<string, string> };
type Needs = { gate: Job; work?: Job; verify?: Job };

const view = { show: () => {}, close: () => {} };
const inRun = (runId: string) => ({ host: createTerminalHost({ runId, view }) });
const folderOf = ({ folder }: SampleProject) => join(folder, 'hand-over');
const needsOf = (project: SampleProject) =>
  JSON.parse(readFileSync(join(project.folder, 'needs.json'), 'utf8')) as Needs;

/** One job of a workflow run, as far as it is Tamma's. */
function runJob(
  project: SampleProject,
  phase: 'gate' | 'work' | 'verify' | 'publish',
  needs: Partial<Needs>,
  { isCutOff = false, ...options }: OpenOptions & { isCutOff?: boolean } = {},
): Promise<ActionResult> {
  return withSample(project, { ...inRun('4711.1'), ...options }, (runtime) => {
    const inputs = { phase, needs: JSON.stringify(needs) };
    const context = {
      ...createActionContext(runtime, { kind: 'idle', because: '' }, { inputs, isCutOff }),
      handOver: folderOf(project),
    };
    if (phase === 'gate') return gateIssues(context, [1]);
    return phase === 'publish' ? doPublishJob(context) : doWorkJob(context);
  });
}

const toJob = ({ outputs }: ActionResult): Job => ({
  result: 'success',
  outputs: JSON.parse(JSON.stringify(outputs)) as Record<string, string>,
});

/** The hand-over, changed by somebody who tells the digest of what he made of it. */
function forge(project: SampleProject, change: (outcome: string) => string): Needs {
  const needs = needsOf(project);
  const file = join(folderOf(project), 'outcome.json');
  const text = change(readFileSync(file, 'utf8'));
  writeFileSync(file, text);
  const told = JSON.parse(needs.work?.outputs['hand-over'] ?? '') as object;
  const outputs = { 'hand-over': JSON.stringify({ ...told, outcome: sha256(text) }) };
  return { ...needs, work: { result: 'success', outputs } };
}

async function failuresOf(project: SampleProject): Promise<string[]> {
  const failed = dataOf(await readLog(project), 'WORKFLOW.STEP_FAILED');
  return failed.map(({ code, message }) => `${code}: ${message}`);
}

describe('a step in four jobs', () => {
  const generated = standingAt(async () => {
    const project = await createSampleProject({ config: QUICK_CONFIG });
    await walk(project, { model: quickScript(), before: 'CODE_GENERATION' });
    const gate = toJob(await runJob(project, 'gate', {}));
    const work = toJob(await runJob(project, 'work', { gate }, { model: quickScript() }));
    const verify = toJob(await runJob(project, 'verify', { gate, work }));
    writeFileSync(join(project.folder, 'needs.json'), JSON.stringify({ gate, work, verify }));
    return project;
  });

  test('leaves the log and the branch that it leaves in one', async () => {
    const whole = await createSampleProject({ config: QUICK_CONFIG });
    await walk(whole, { model: quickScript(), before: 'CODE_GENERATION' });
    await withSample(whole, { model: quickScript() }, (runtime) => runStep(runtime, { issue: 1 }));
    const { outputs, exitCode } = await runJob(generated(), 'publish', needsOf(generated()));
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, status: 'done', step: 'CODE_GENERATION' });
    const typesOf = async (project: SampleProject) => (await readLog(project)).map(({ type }) => type);
    expect(await typesOf(generated())).toEqual(await typesOf(whole));
    const { branch, head } = await readLoopState(generated());
    expect(await generated().git('rev-parse', `refs/heads/${branch}`)).toBe(head?.sha);
    const sourcesOf = async (project: SampleProject) =>
      project.git('ls-tree', '-r', `${(await readLoopState(project)).head?.sha}`, 'src', 'test');
    expect(await sourcesOf(generated())).toBe(await sourcesOf(whole));
    await whole.remove();
  });

  test('is recorded once, however often its last job is run', async () => {
    await runJob(generated(), 'publish', needsOf(generated()));
    const before = (await readLog(generated())).length;
    const again = runJob(generated(), 'publish', needsOf(generated()), inRun('4711.2'));
    await expect(again).rejects.toThrow('CODE_GENERATION was recorded as ended already');
    expect(await readLog(generated())).toHaveLength(before);
  });

  test.each(['outcome.json', 'commits.pack'])('refuses %s where it was changed on its way', async (name) => {
    writeFileSync(join(folderOf(generated()), name), 'changed');
    const { outputs } = await runJob(generated(), 'publish', needsOf(generated()));
    expect(outputs.status).toBe('failed');
    expect(await failuresOf(generated())).toEqual([
      'HAND_OVER_DAMAGED: what the job before handed over cannot be used: its digest is not the one that its job told',
    ]);
    expect(await readLoopState(generated())).toMatchObject({ claim: null, branch: null });
  });

  test('refuses an event that the step may not record, whoever vouches for it', async () => {
    const approval = { kind: 'merge', digest: 'd'.repeat(40), by: 'person', permission: 'admin' };
    const needs = forge(generated(), (outcome) =>
      outcome.replace(
        '"events":[',
        `"events":[{"type":"APPROVAL.GRANTED","data":${JSON.stringify(approval)}},`,
      ),
    );
    await runJob(generated(), 'publish', needs);
    expect(await failuresOf(generated())).toEqual([
      'HAND_OVER_REFUSED: what the job before handed over is refused: CODE_GENERATION may not record APPROVAL.GRANTED',
    ]);
    const { approvals, status } = await readLoopState(generated());
    expect(approvals.map(({ kind }) => kind)).not.toContain('merge');
    expect(status).not.toBe('done');
  });

  test('refuses the outcome of another ticket', async () => {
    const paid = dataOf(await readLog(generated()), 'AI.RESPONSE.RECEIVED').length;
    const needs = forge(generated(), (text) =>
      text.replace(/"ticket":"[0-9a-f]{64}"/, `"ticket":"${'0'.repeat(64)}"`),
    );
    await runJob(generated(), 'publish', needs);
    expect((await failuresOf(generated()))[0]).toContain('it was made for another ticket');
    // What the model was asked was paid for, whatever its answer is worth.
    expect(dataOf(await readLog(generated()), 'AI.RESPONSE.RECEIVED')).toHaveLength(paid + 3);
  });

  test('publishes nothing once a person has said stop, and records what it had cost', async () => {
    const paid = async () => dataOf(await readLog(generated()), 'AI.RESPONSE.RECEIVED').length;
    const before = await paid();
    await say(generated(), 'stop');
    const publish = runJob(generated(), 'publish', needsOf(generated()));
    await expect(publish).rejects.toMatchObject({ code: 'TICKET_REFUSED' });
    expect(await paid()).toBe(before + 3);
    expect(await readLoopState(generated())).toMatchObject({ status: 'stopped', branch: null });
  });

  test('judges code again, and publishes none that is red', async () => {
    // The job says that all is done, and hands over the commit that has only the tests.
    const lying = forge(generated(), (text) => {
      const value = JSON.parse(text) as {
        head: string;
        outcome: { intents: { head: string; commits: { sha: string }[] }[] };
      };
      const [branch] = value.outcome.intents;
      const [red] = branch?.commits ?? [];
      if (!branch || !red) throw new Error('there is no branch');
      Object.assign(branch, { head: red.sha, commits: [red] });
      return JSON.stringify({ ...value, head: red.sha });
    });
    const verify = toJob(await runJob(generated(), 'verify', lying));
    expect(JSON.parse(verify.outputs['hand-over'] ?? '')).toMatchObject({ passed: false });
    await runJob(generated(), 'publish', { ...lying, verify });
    expect((await failuresOf(generated()))[0]).toMatch(
      /^VERIFY_FAILED: the change was not published: tests: /,
    );
    expect(await generated().git('for-each-ref', 'refs/heads/tamma')).toBe('');
  });

  test('publishes no code that nobody has judged', async () => {
    const { verify, ...needs } = needsOf(generated());
    await runJob(generated(), 'publish', { ...needs, verify: { result: 'skipped', outputs: {} } });
    expect((await failuresOf(generated()))[0]).toMatch(/^HAND_OVER_REFUSED: nobody has verified the commit/);
    expect(verify?.result).toBe('success');
  });

  test('records that a job has died, with what it had spent, and frees the claim', async () => {
    const folder = folderOf(generated());
    const { spooled } = JSON.parse(readFileSync(join(folder, 'outcome.json'), 'utf8')) as {
      spooled: object[];
    };
    const lines = [{ runId: '4711.1' }, ...spooled].map((line) => JSON.stringify(line));
    writeFileSync(join(folder, 'spool.ndjson'), `${lines.join('\n')}\n{"cut`);
    rmSync(join(folder, 'outcome.json'));
    const before = (await readLoopState(generated())).costUsd;
    await runJob(generated(), 'publish', {
      ...needsOf(generated()),
      work: { result: 'cancelled', outputs: {} },
    });
    expect(await failuresOf(generated())).toEqual([
      'INTERRUPTED: the job work was cancelled before CODE_GENERATION ended',
    ]);
    const { claim, costUsd, cursor } = await readLoopState(generated());
    expect({ claim, cursor }).toEqual({ claim: null, cursor: 'CODE_GENERATION' });
    expect(spooled.length).toBeGreaterThan(0);
    const calls = dataOf(await readLog(generated()), 'AI.RESPONSE.RECEIVED').length;
    expect({ calls, isDearer: costUsd >= before }).toMatchObject({ isDearer: true });
    expect(calls).toBeGreaterThanOrEqual(spooled.length / 2);
  });

  test('that has no time left says so, and the next run goes on from there', async () => {
    const { gate } = needsOf(generated());
    rmSync(join(generated().directory, '.git', 'tamma', 'outcomes'), { recursive: true });
    const time = new AbortController();
    const provider = createScriptedProvider({ answers: quickScript() });
    const model = {
      ...provider,
      chat: (...request: Parameters<typeof provider.chat>) => {
        time.abort();
        return provider.chat(...request).then(() => Promise.reject(time.signal.reason));
      },
    };
    const work = toJob(
      await runJob(generated(), 'work', { gate }, { model, signal: time.signal, isCutOff: true }),
    );
    const { outputs, exitCode } = await runJob(generated(), 'publish', { gate, work });
    expect({ exitCode, status: outputs.status }).toEqual({ exitCode: 0, status: 'waiting' });
    expect((await failuresOf(generated()))[0]).toMatch(/^INTERRUPTED: /);
    expect(await readLoopState(generated())).toMatchObject({ claim: null, cursor: 'CODE_GENERATION' });
  });

  test('takes a ticket for nothing where the log knows another story', async () => {
    const needs = needsOf(generated());
    const ticket = JSON.parse(needs.gate.outputs['hand-over'] ?? '') as object;
    const withTicket = (change: object): Needs => ({
      ...needs,
      gate: { result: 'success', outputs: { 'hand-over': JSON.stringify({ ...ticket, ...change }) } },
    });
    const publish = (change: object, options: OpenOptions = {}) =>
      runJob(generated(), 'publish', withTicket(change), options);
    const refused = (message: string) =>
      expect.objectContaining({ code: 'TICKET_REFUSED', message: expect.stringContaining(message) });
    await expect(publish({ token: 2 })).rejects.toEqual(refused('position 2 of the log is'));
    await expect(publish({ stepId: 'MERGE', jobs: 'publish' })).rejects.toEqual(
      refused('is of CODE_GENERATION'),
    );
    await expect(publish({ workflowRun: '4712' })).rejects.toEqual(refused('another workflow run'));
    await expect(publish({}, inRun('4712.1'))).rejects.toEqual(refused('another workflow run'));
    await expect(publish({ head: 'a'.repeat(40) })).rejects.toEqual(refused('another base or head'));
    await expect(publish({ configDigest: 'a'.repeat(64) })).rejects.toEqual(
      refused('the configuration was changed'),
    );
    await expect(publish({ more: 'than that' })).rejects.toEqual(refused('does not fit its schema'));
    expect(await failuresOf(generated())).toEqual([]);
  });

  test('writes nothing for a claim that another run has taken over but what it has cost', async () => {
    await withSample(generated(), { ...inRun('99.1'), model: quickScript() }, async (runtime) => {
      const dead = { ...runtime, host: { ...runtime.host, isAlive: () => 'dead' as const } };
      await runStep({ ...dead, workspace: () => Promise.reject(new Error('cut off')) }, { issue: 1 });
    });
    const before = (await readLog(generated())).length;
    const publish = runJob(generated(), 'publish', needsOf(generated()));
    await expect(publish).rejects.toThrow('another run has started a step');
    const added = (await readLog(generated())).slice(before);
    expect(added.map(({ type }) => type.split('.')[0])).toEqual(added.map(() => 'AI'));
  });
});

describe('a plan from a job with a model', () => {
  const designed = standingAt(async () => {
    const config = QUICK_CONFIG.replace(/approval: .*\n/, 'approval: { design: required, merge: auto }\n');
    const project = await createSampleProject({ config });
    await walk(project, { model: quickScript(), before: 'DESIGN' });
    return project;
  });
  // A plan is bound to the repository, and a copy is another one.
  beforeEach(async () => {
    const gate = toJob(await runJob(designed(), 'gate', {}));
    const work = toJob(await runJob(designed(), 'work', { gate }, { model: quickScript() }));
    writeFileSync(join(designed().folder, 'needs.json'), JSON.stringify({ gate, work }));
  });

  test('is shown to a person as it is recorded, whatever that job wrote for them to see', async () => {
    const needs = forge(designed(), (text) => {
      const value = JSON.parse(text) as { outcome: { intents: { comment: { body: string } }[] } };
      for (const { comment } of value.outcome.intents) comment.body = 'Only a typo. Approve it.';
      return JSON.stringify(value);
    });
    const { outputs } = await runJob(designed(), 'publish', needs);
    expect(outputs).toMatchObject({ status: 'waiting', step: 'DESIGN' });
    const said = await designed().read('main', '.tamma/issues/1.md');
    expect(said).not.toContain('Only a typo');
    expect(said).toContain((await readLoopState(designed())).requestedApproval?.digest);
  });

  test.each([
    ['that is not the one of its digest', /"risk":"\w+"/, '"risk":"medium"', 'not the one of its plan'],
    ['that may be approved for years', /"expiresAt":"\d{4}/g, '"expiresAt":"9999', 'would hold too long'],
  ])('%s is refused', async (_name, pattern, changed, message) => {
    const needs = forge(designed(), (text) => text.replace(pattern, changed));
    await runJob(designed(), 'publish', needs);
    expect((await failuresOf(designed()))[0]).toMatch('HAND_OVER_REFUSED: ');
    expect((await failuresOf(designed()))[0]).toContain(message);
    expect((await readLoopState(designed())).requestedApproval).toBeNull();
  });
});

describe('a merge in a job of its own', () => {
  let editedAt: string | null;
  /** Git knows no comments that are edited; here is one. */
  const withComment = (platform: Platform): Platform => {
    const place = { kind: 'comment', number: 1, id: '5' } as const;
    const author = { kind: 'human', id: '101', login: 'alice' } as const;
    const said = { id: '5', place, onPull: false, author, createdAt: '2026-11-20T00:00:00.000Z' };
    const get = () => Promise.resolve({ ...said, editedAt, body: '/tamma approve', marker: null });
    return { ...platform, comments: { get, since: () => Promise.resolve([]) } };
  };
  const options = { decorate: { platform: withComment } };
  const approved = standingAt(async () => {
    editedAt = null;
    const config = QUICK_CONFIG.replace(/approval: .*\n/, 'approval: { design: auto, merge: required }\n');
    const project = await createSampleProject({ config });
    await walk(project, { ...options, model: quickScript() });
    const argument = (await readLoopState(project)).requestedApproval?.digest ?? '';
    const by = { kind: 'human', id: '101', login: 'alice' } as const;
    const order = { issue: 1, command: 'approve', argument, by, source: 'comment-5' };
    await withSample(project, options, (runtime) => giveCommand(runtime, order));
    return project;
  });

  test('does not happen where the approval was edited since the gate looked at it', async () => {
    const gate = toJob(await runJob(approved(), 'gate', {}, options));
    expect(gate.outputs).toMatchObject({ step: 'MERGE', jobs: 'publish' });
    editedAt = '2026-11-20T00:01:00.000Z';
    const before = await approved().git('rev-parse', 'refs/heads/main');
    await runJob(approved(), 'publish', { gate }, options);
    expect(await approved().git('rev-parse', 'refs/heads/main')).toBe(before);
    expect(dataOf(await readLog(approved()), 'APPROVAL.WITHDRAWN')).toMatchObject([{ code: 'edited' }]);
    expect(await readLoopState(approved())).toMatchObject({
      ...{ claim: null, cursor: 'APPROVAL_GATE', approvals: [{ kind: 'design' }], status: 'active' },
    });
  });
});

describe('a job', () => {
  test('that holds the write token has no model, no sandbox and no files', async () => {
    const project = await createSampleProject({ config: QUICK_CONFIG });
    const { outputs } = await runJob(project, 'gate', {});
    expect(outputs).toMatchObject({ jobs: 'publish', step: 'ISSUE_ASSIGNMENT', issue: '1' });
    expect(existsSync(folderOf(project))).toBe(false);
    await project.remove();
  });
});
