import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runLoop } from '../../src/app/run-loop.ts';
import type { LoggedEvent } from '../../src/core/events/event.ts';
import { stepIds } from '../../src/core/loop.ts';
import { normaliseEvents } from '../support/e2e/normalise-events.ts';
import { withSample } from '../support/e2e/open-sample.ts';
import { COMPILED } from '../support/e2e/run-steps.ts';
import { dataOf, readLog, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';

const session = join(import.meta.dirname, '..', '..', 'src', 'app', 'demo', 'sessions', '1.json');

describe('the same loop as fifteen processes of one step each', () => {
  const parts = {} as { one: SampleProject; many: SampleProject };
  const runs: CliResult[] = [];
  let whole: LoggedEvent[];
  let pieces: LoggedEvent[];
  beforeAll(async () => {
    const one = await createSampleProject();
    const many = await one.copy();
    Object.assign(parts, { one, many });
    await withSample(one, { recording: session }, (runtime) => runLoop(runtime, { issue: 1 }));
    for (const _ of stepIds) {
      const args = ['step', '--issue', '1', '--recording', session, '--sandbox', 'best-effort', '--json'];
      runs.push(await runCli(args, { cwd: many.directory, env: COMPILED }));
    }
    whole = await readLog(one, 1);
    pieces = await readLog(many, 1);
  }, 120_000);
  afterAll(async () => {
    await parts.one.remove();
    await parts.many.remove();
  });

  test('each takes the next step, says so as one JSON document, and ends with exit code 0', () => {
    expect(runs.map(({ exitCode }) => exitCode)).toEqual(stepIds.map(() => 0));
    expect(runs.map(({ stdout }) => (JSON.parse(stdout) as { step: string }).step)).toEqual(stepIds);
  });

  test('leave the same events but for ids, hashes and times', () => {
    expect(normaliseEvents(pieces)).toEqual(normaliseEvents(whole));
  });

  test('are fifteen runs in the log, each the holder of its own claim', () => {
    const started = pieces.filter(({ type }) => type === 'WORKFLOW.STEP_STARTED');
    expect(new Set(started.map(({ tags }) => tags.runId)).size).toBe(15);
    expect(new Set(dataOf(pieces, 'WORKFLOW.STEP_STARTED').map(({ holder }) => holder.pid)).size).toBe(15);
  });

  test('end in the same tree, merged once', async () => {
    const [one, many] = await Promise.all([readMergeFacts(parts.one), readMergeFacts(parts.many)]);
    expect(many.tree).toBe(one.tree);
    expect(many).toMatchObject({ pullDocuments: 1, closingComments: 1, branches: [] });
    expect(many.mergeCommits).toHaveLength(1);
    expect(await verifyLog(parts.many)).toMatchObject({ ok: true });
  });
});
