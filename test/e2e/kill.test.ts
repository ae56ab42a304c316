import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { QUICK_CONFIG } from '../support/e2e/quick-script.ts';
import { runSteps, type StepsResult, startSteps } from '../support/e2e/run-steps.ts';
import { dataOf, readLog, readLoopState, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** So many loops share the boundaries: a step that dies five times in a row would be handed to a person. */
const LOOPS = 3;

let origin: SampleProject;
let untouched: SampleProject;
let boundaries: string[];
beforeAll(async () => {
  origin = await createSampleProject({ config: QUICK_CONFIG });
  untouched = await origin.copy();
  const passed = join(untouched.folder, 'passed');
  const whole = await runSteps({ directory: untouched.directory, issue: 1, steps: 'all', passed });
  expect(whole).toMatchObject({ exitCode: 0, stderr: '' });
  // Between two steps nothing happens: to be killed before a claim is to be killed after the record of the step before.
  boundaries = (await readLines(passed)).filter((boundary) => !boundary.endsWith(' claim: before'));
});
afterAll(async () => {
  await origin.remove();
  await untouched.remove();
});

async function readLines(file: string): Promise<string[]> {
  if (!existsSync(file)) return [];
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
}

/** What one loop of `LOOPS` is killed at: of each step every third boundary. */
function shareOf(loop: number): string[] {
  const counts = new Map<string, number>();
  return boundaries.filter((boundary) => {
    const step = boundary.split(' ')[0] ?? '';
    const index = counts.get(step) ?? 0;
    counts.set(step, index + 1);
    return index % LOOPS === loop;
  });
}

/** Starts `tamma step` again and again, as CI would, until a process ends by itself. */
async function runKilled(project: SampleProject, at: readonly string[]): Promise<StepsResult[]> {
  const killed = join(project.folder, 'killed');
  const passed = join(project.folder, 'passed');
  const runs: StepsResult[] = [];
  while (runs.length < at.length + 5) {
    runs.push(
      await runSteps({ directory: project.directory, issue: 1, steps: 'all', kill: { at, killed }, passed }),
    );
    if (runs.at(-1)?.signal !== 'SIGKILL') break;
  }
  return runs;
}

async function commitsOf(project: SampleProject): Promise<string[]> {
  return (await project.git('log', '--format=%s', 'main')).split('\n');
}

/** The same end as the loop that nobody disturbed, and nothing of it twice. */
async function expectSameEnd(project: SampleProject): Promise<void> {
  const [facts, undisturbed] = await Promise.all([readMergeFacts(project), readMergeFacts(untouched)]);
  expect(facts.tree).toBe(undisturbed.tree);
  expect(facts).toMatchObject({ pullDocuments: 1, closingComments: 1, branches: [] });
  expect(facts.mergeCommits).toHaveLength(1);
  expect(facts.issueFile).toMatch(/^state: closed$/m);
  expect(await commitsOf(project)).toEqual(await commitsOf(untouched));
  expect(await project.git('status', '--porcelain')).toBe('');
  const events = await readLog(project, 1);
  for (const type of [
    'PR.CREATED.SUCCESS',
    'PR.MERGED.SUCCESS',
    'ISSUE.CLOSED.SUCCESS',
    'WORKFLOW.COMPLETED',
  ] as const) {
    expect(dataOf(events, type), type).toHaveLength(1);
  }
  const [merged] = dataOf(events, 'PR.MERGED.SUCCESS');
  const made = dataOf(events, 'COMMIT.CREATED.SUCCESS').map(({ sha }) => sha);
  expect(made).toHaveLength(2);
  expect((await project.git('rev-list', '--max-count=2', merged?.headSha ?? '')).split('\n')).toEqual(
    made.toReversed(),
  );
  expect(await verifyLog(project)).toMatchObject({ ok: true, problems: [] });
}

describe('a run that is killed with -9', () => {
  test('passes more than seventy boundaries on its way, in every step', () => {
    const steps = new Set(boundaries.map((boundary) => boundary.split(' ')[0]));
    expect(steps.size).toBe(15);
    expect(boundaries.length).toBeGreaterThan(70);
    expect(boundaries).toContain('MERGE pulls.merge: after');
  });

  test('at any of them is followed by one that ends in the same state, with nothing done twice', async () => {
    const projects = await Promise.all(Array.from({ length: LOOPS }, () => origin.copy()));
    await Promise.all(
      projects.map(async (project, loop) => {
        const at = shareOf(loop);
        const runs = await runKilled(project, [...at, ' deliver: before', ' deliver: after']);
        expect(runs.at(-1)).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
        expect(runs.at(-1)?.lines.at(-1)).toMatchObject({ status: 'done', cursor: 'DEPLOYMENT' });
        const killed = await readLines(join(project.folder, 'killed'));
        expect(killed.filter((boundary) => at.includes(boundary))).toEqual(at);
        await expectSameEnd(project);
        await expectAllCallsOnRecord(project);
      }),
    );
    await Promise.all(projects.map((project) => project.remove()));
  });

  test('at no moment anybody chose goes on as well', async () => {
    const project = await origin.copy();
    const moments = [150, 420, 700, 250, 900, 560, 330, 1200];
    let last: StepsResult | undefined;
    for (let kills = 0; kills < 40; kills += 1) {
      const { child, ended } = startSteps({ directory: project.directory, issue: 1, steps: 'all' });
      // A step gets its chance before it is taken for one that always dies.
      const { deaths } = await readLoopState(project);
      const moment = moments[kills];
      if (moment !== undefined && deaths < 3) {
        await Promise.race([delay(moment), ended]);
        child.kill('SIGKILL');
      }
      last = await ended;
      if (last.signal !== 'SIGKILL') break;
    }
    expect(last).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
    await expectSameEnd(project);
    await project.remove();
  });
});

/** Every call of a model that was made is in the log, also where the run was killed before it could say so. */
async function expectAllCallsOnRecord(project: SampleProject): Promise<void> {
  const passed = await readLines(join(project.folder, 'passed'));
  const made = passed.filter((boundary) => boundary.includes(' model ') && boundary.endsWith(': before'));
  expect(dataOf(await readLog(project, 1), 'AI.REQUEST.SENT')).toHaveLength(made.length);
}
