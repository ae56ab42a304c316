import type { ProjectBrief } from '../../src/agent/brief.ts';
import { type AgentContext, createCommandRunner } from '../../src/agent/context.ts';
import type { ProjectCommands } from '../../src/core/commands.ts';
import type { Plan } from '../../src/core/events/parts.ts';
import type { Progress } from '../../src/ports/host.ts';
import { createScriptedModel, type ScriptedModel, type ScriptedTurn } from './scripted-model.ts';
import type { Workbench } from './workbench.ts';

export const sampleCommands: ProjectCommands = {
  install: 'npm ci',
  build: null,
  test: 'node --test',
  lint: null,
  coverage: null,
};

export const sampleBrief: ProjectBrief = {
  issue: {
    title: 'Add subtraction',
    body: 'There is add; there should be subtract.',
    comments: [{ author: 'alice', body: 'Please.' }],
  },
  context: { project: 'a Node.js project', commands: sampleCommands },
  map: 'package.json\nsrc/add.js\ntest/add.test.js',
  namedFiles: ['src/add.js'],
  recentCommits: ['Begin'],
};

export const samplePlan: Plan = {
  summary: 'Add subtract beside add.',
  steps: [{ title: 'Write subtract', detail: 'A function of two numbers.', files: ['src/subtract.js'] }],
  testPlan: 'subtract(3, 1) is 2',
  risk: 'low',
  riskReasons: [],
  breakingChange: { expected: false, reason: '' },
  newDependencies: [],
  options: [],
};

export type WatchedAgent = {
  agent: AgentContext;
  model: ScriptedModel;
  progress: Progress[];
  trajectories: { name: string; trajectory: unknown }[];
  /** The text of the first message: the prompt. */
  prompt(): string;
};

/** The agent's context over a real workspace and sandbox, with a model that says what the test wrote. */
export function createTestAgent(
  bench: Workbench,
  turns: readonly ScriptedTurn[],
  more: Partial<AgentContext> = {},
): WatchedAgent {
  const { workspace, sandbox } = bench;
  const model = createScriptedModel(turns);
  const progress: Progress[] = [];
  const trajectories: WatchedAgent['trajectories'] = [];
  const { signal } = new AbortController();
  const agent: AgentContext = {
    model,
    workspace,
    protectedPaths: [],
    limits: { maxTurns: 12, maxToolErrors: 5 },
    runCommand: createCommandRunner({
      sandbox,
      workspace,
      commands: sampleCommands,
      timeoutMs: 20_000,
      signal,
    }),
    promptOverride: () => Promise.resolve(undefined),
    saveTrajectory: (name, trajectory) => {
      trajectories.push({ name, trajectory });
      return Promise.resolve();
    },
    report: (entry) => progress.push(entry),
    redact: (text) => text,
    clock: { now: () => new Date('2026-11-20T12:00:00.000Z') },
    signal,
    ...more,
  };
  const prompt = () => {
    const part = model.requests[0]?.request.messages[0]?.parts[0];
    return part?.type === 'text' ? part.text : '';
  };
  return { agent, model, progress, trajectories, prompt };
}
