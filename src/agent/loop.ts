import type { z } from 'zod';
import { hideReasoning } from '../core/content/hide-reasoning.ts';
import { TammaError } from '../core/errors.ts';
import type { Clock, Progress } from '../ports/host.ts';
import type { ChatRequest, ChatResponse, ContentPart, StopReason } from '../ports/provider.ts';
import type { Model } from '../ports/step.ts';
import { trimHistory } from './history.ts';
import { type AgentLimits, checkLimits } from './limits.ts';
import { addMessage, createSession, type Session, type Trajectory } from './session.ts';
import { createSubmitSpec, SUBMIT } from './tools/submit.ts';
import {
  describeProblems,
  fail,
  parseInput,
  type Tool,
  type ToolContext,
  type ToolOutcome,
} from './tools/tool.ts';

export type AgentOptions<T> = {
  /** Names the calls in the log. */
  task: string;
  system: string;
  prompt: string;
  tools: readonly Tool[];
  toolContext: ToolContext;
  /** The answer that ends the session. */
  submit: { schema: z.ZodType<T>; description: string };
  model: Model;
  limits: AgentLimits;
  temperature?: number;
  saveTrajectory(trajectory: Trajectory): Promise<void>;
  report(progress: Progress): void;
  clock: Pick<Clock, 'now'>;
  signal: AbortSignal;
};

export type AgentResult<T> = { submitted: T; turns: number; toolCalls: number; filesTouched: string[] };

type ToolCall = Extract<ContentPart, { type: 'tool-call' }>;
type ToolResult = Extract<ContentPart, { type: 'tool-result' }>;

const MAX_OUTPUT_TOKENS = 16_000;
/** From here on every result says how many turns are left. */
const WARN_TURNS = 3;

/**
 * Lets a model work with tools until it submits an answer of the asked form. Throws AGENT_LIMIT, MODEL_OUTPUT_INVALID,
 * PROVIDER_REFUSED, PROVIDER_CONTEXT_OVERFLOW and what the model port throws. The trajectory is saved after every
 * turn, whatever became of it.
 */
export async function runAgent<T>(options: AgentOptions<T>): Promise<AgentResult<T>> {
  const session = createSession(options.prompt, options.clock.now());
  for (;;) {
    try {
      options.signal.throwIfAborted();
      checkLimits(session, options.limits, { task: options.task, now: options.clock.now() });
      const response = await ask(session, options);
      const submission = await takeTurn(session, options, response);
      if (submission) return toResult(session, submission.value);
    } finally {
      await save(session, options);
    }
  }
}

async function ask<T>(session: Session, options: AgentOptions<T>): Promise<ChatResponse> {
  const { model, tools, submit, limits, system, task, temperature } = options;
  const maxOutputTokens = Math.min(limits.maxOutputTokens ?? MAX_OUTPUT_TOKENS, model.limits.maxOutputTokens);
  session.messages = trimHistory(session.messages, model.limits.contextTokens - maxOutputTokens);
  session.turns += 1;
  const request: Omit<ChatRequest, 'model'> = {
    system,
    messages: [...session.messages],
    tools: [...tools.map((tool) => tool.spec), createSubmitSpec(submit)],
    maxOutputTokens,
    ...(temperature === undefined ? {} : { temperature }),
  };
  const response = await model.chat(task, session.turns, request);
  session.usage.push(response.usage);
  const { parts } = response.message;
  // An empty message cannot be sent back: vendors refuse it.
  addMessage(session, {
    role: 'assistant',
    parts: parts.length > 0 ? parts : [{ type: 'text', text: '(nothing)' }],
  });
  return response;
}

/** Answers what the model said; what it submitted, once that has the asked form. */
function takeTurn<T>(
  session: Session,
  options: AgentOptions<T>,
  { message, stopReason }: ChatResponse,
): Promise<{ value: T } | undefined> {
  if (stopReason === 'refusal')
    throw new TammaError('PROVIDER_REFUSED', `${options.task}: the model declined to go on`);
  if (stopReason === 'context') {
    const what = `${options.task}: the conversation no longer fits the context of ${options.model.name}`;
    throw new TammaError('PROVIDER_CONTEXT_OVERFLOW', what);
  }
  const calls = message.parts.filter((part) => part.type === 'tool-call');
  if (calls.length > 0) return answerCalls(session, options, { calls, wasCut: stopReason === 'length' });
  if (stopReason !== 'paused') remind(session, stopReason);
  return Promise.resolve(undefined);
}

/** Every tool call gets exactly one result, in the order of the calls. */
async function answerCalls<T>(
  session: Session,
  options: AgentOptions<T>,
  { calls, wasCut }: { calls: readonly ToolCall[]; wasCut: boolean },
): Promise<{ value: T } | undefined> {
  const results: ToolResult[] = [];
  let submission: { value: T } | undefined;
  for (const call of calls) {
    const hasErrors = results.some((result) => result.isError);
    const answer = await answerCall(session, options, {
      call,
      wasCut,
      hasErrors,
      isOver: submission !== undefined,
    });
    submission ??= answer.submission;
    results.push({ type: 'tool-result', id: call.id, content: answer.content, isError: answer.isError });
  }
  session.idleTurns = 0;
  addMessage(session, { role: 'user', parts: warn(results, options.limits.maxTurns - session.turns) });
  return submission;
}

type Answer<T> = ToolOutcome & { submission?: { value: T } };
type CallState = { call: ToolCall; wasCut: boolean; hasErrors: boolean; isOver: boolean };

async function answerCall<T>(
  session: Session,
  options: AgentOptions<T>,
  state: CallState,
): Promise<Answer<T>> {
  if (state.isOver) return fail('not run: submit had ended the session');
  const answer = state.wasCut
    ? fail('not run: your answer was cut off at the output limit; make smaller calls, one a turn')
    : state.call.name === SUBMIT
      ? checkSubmission(session, options, state)
      : await execute(options, state.call);
  count(session, state.call, answer);
  return answer;
}

/** An answer is taken only if the model has seen that everything before it worked. */
function checkSubmission<T>(
  session: Session,
  { submit }: AgentOptions<T>,
  { call, hasErrors }: CallState,
): Answer<T> {
  if (hasErrors) return fail('not taken: an earlier call of this turn failed; look at it, then submit again');
  const parsed = parseInput(submit.schema, call.input);
  if (parsed.success) return { content: 'taken', isError: false, submission: { value: parsed.data } };
  session.invalidSubmissions += 1;
  return fail(`not taken, mend this and submit again: ${describeProblems(parsed.error)}`);
}

async function execute<T>(
  { tools, toolContext, report }: AgentOptions<T>,
  call: ToolCall,
): Promise<ToolOutcome> {
  const tool = tools.find(({ spec }) => spec.name === call.name);
  if (!tool)
    return fail(`unknown tool; there are ${[...tools.map(({ spec }) => spec.name), SUBMIT].join(', ')}`);
  report({ kind: 'tool', name: call.name, target: toolContext.redact(tool.describe(call.input)) });
  try {
    return await tool.run(call.input, toolContext);
  } catch (error) {
    if (error instanceof TammaError && error.code === 'PATH_REFUSED') return fail(error.message);
    throw error;
  }
}

function count(session: Session, call: ToolCall, { isError, touched }: ToolOutcome): void {
  session.toolCalls += 1;
  session.errorsInRow = isError ? session.errorsInRow + 1 : 0;
  if (touched !== undefined) {
    session.touched.add(touched);
    session.failures.clear(); // the same call may end otherwise now
  }
  if (!isError) return;
  const key = `${call.name} ${JSON.stringify(call.input)}`;
  session.failures.set(key, (session.failures.get(key) ?? 0) + 1);
}

function remind(session: Session, stopReason: StopReason): void {
  session.idleTurns += 1;
  const cut = stopReason === 'length' ? 'Your answer was cut off at the output limit. ' : '';
  const text = `${cut}Nobody reads text between tool calls. Go on with the tools, or finish with ${SUBMIT}.`;
  addMessage(session, { role: 'user', parts: [{ type: 'text', text }] });
}

/** Tells the model in time that it has to come to an end. */
function warn(results: readonly ToolResult[], turnsLeft: number): ToolResult[] {
  const last = results.at(-1);
  if (!last || turnsLeft > WARN_TURNS || turnsLeft < 1) return [...results];
  const note = `(${turnsLeft} ${turnsLeft === 1 ? 'turn is' : 'turns are'} left: finish and call ${SUBMIT})`;
  return [...results.slice(0, -1), { ...last, content: `${last.content}\n\n${note}` }];
}

function toResult<T>({ turns, toolCalls, touched }: Session, submitted: T): AgentResult<T> {
  return { submitted, turns, toolCalls, filesTouched: [...touched].sort() };
}

/** The trajectory is a help for people: a disk that is full must not cost the work. */
async function save<T>(session: Session, options: AgentOptions<T>): Promise<void> {
  const { task, model, system, tools, report, saveTrajectory } = options;
  const { turns, usage } = session;
  const messages = hideReasoning(session.transcript);
  const names = [...tools.map(({ spec }) => spec.name), SUBMIT];
  try {
    await saveTrajectory({ task, model: model.name, system, tools: names, turns, usage, messages });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    report({ kind: 'note', level: 'warning', text: `the agent's messages could not be saved: ${why}` });
  }
}
