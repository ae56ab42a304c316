import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { exitCodeOf } from '../../../src/app/cli/step-result.ts';
import { runStep } from '../../../src/app/run-step.ts';
import { demoScripts } from '../demo/record.ts';
import { createScriptedProvider } from '../scripted-provider.ts';
import { createBoundaries } from './boundaries.ts';
import { openSample } from './open-sample.ts';
import { markdownScript, quickScript } from './quick-script.ts';

/**
 * Steps of the sample in a process of their own, with a scripted model: `node step-process.ts '{"directory":…}'`. Prints
 * one JSON line a step; its exit code is that of `tamma step`.
 */
export type StepOrder = {
  directory: string;
  issue: number;
  /** One step, or on until the loop waits, fails or is over. */
  steps: 'one' | 'all';
  /** Ends itself with SIGKILL at the first of these boundaries that is not in `killed` yet, and notes it there. */
  kill?: { at: readonly string[]; killed: string };
  /** Every boundary that is passed is written here, one a line. */
  passed?: string;
  /** Says `paused` before the model answers this task, and goes on when a line comes. */
  pauseAt?: string;
};

export type StepLine = {
  step: string | null;
  status: string;
  decision: string;
  because: string;
  cursor: string;
};

const scripts = { 1: quickScript(), 2: markdownScript(), 3: demoScripts[3] } as const;

const order = JSON.parse(process.argv[2] ?? '{}') as StepOrder;
const boundaries = createBoundaries(pass);
const provider = createScriptedProvider({ answers: scripts[order.issue as keyof typeof scripts] });
const project = { directory: order.directory };
const runtime = await openSample(project, {
  environment: process.env,
  model: order.pauseAt ? { ...provider, chat: pauseAt(order.pauseAt) } : boundaries.provider(provider),
  decorate: { store: boundaries.store, platform: boundaries.platform },
});
for (;;) {
  const report = await runStep(runtime, { issue: order.issue });
  const { step, status, decision, state } = report;
  const line: StepLine = {
    step,
    status,
    decision: decision.kind,
    because: report.summary,
    cursor: state.cursor,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.exitCode = exitCodeOf(report);
  if (order.steps === 'one' || !report.progressed) break;
}
await runtime.close();

function pass(boundary: string): void {
  if (order.passed) appendFileSync(order.passed, `${boundary}\n`);
  const { kill } = order;
  if (!kill?.at.includes(boundary) || readLines(kill.killed).includes(boundary)) return;
  appendFileSync(kill.killed, `${boundary}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function readLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
}

function pauseAt(task: string): typeof provider.chat {
  return async (request, options) => {
    if (options?.label?.task === task) await waitForLine();
    return provider.chat(request, options);
  };
}

function waitForLine(): Promise<void> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    lines.once('line', () => {
      lines.close();
      process.stdin.destroy();
      resolve();
    });
    process.stdout.write('paused\n');
  });
}
