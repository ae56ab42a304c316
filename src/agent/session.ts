import type { Message, TokenUsage } from '../ports/provider.ts';

/** What one run of the agent has come to so far. Changed in place by the loop, and only there. */
export type Session = {
  /** What the model gets to see: old results may be trimmed. */
  messages: Message[];
  /** Everything that was said. */
  transcript: Message[];
  turns: number;
  toolCalls: number;
  touched: Set<string>;
  usage: TokenUsage[];
  /** Failed tool calls since the last one that worked. */
  errorsInRow: number;
  /** Failed calls by name and input, since a file last changed. */
  failures: Map<string, number>;
  invalidSubmissions: number;
  /** Turns without a usable tool call since the last one that had some. */
  idleTurns: number;
  startedAt: Date;
};

export function createSession(prompt: string, startedAt: Date): Session {
  const first: Message = { role: 'user', parts: [{ type: 'text', text: prompt }] };
  return {
    messages: [first],
    transcript: [first],
    turns: 0,
    toolCalls: 0,
    touched: new Set(),
    usage: [],
    errorsInRow: 0,
    failures: new Map(),
    invalidSubmissions: 0,
    idleTurns: 0,
    startedAt,
  };
}

/** Messages alternate: what follows a message of the same role (after a pause of the vendor's) becomes a part of it. */
export function addMessage(session: Session, message: Message): void {
  append(session.messages, message);
  append(session.transcript, message);
}

function append(messages: Message[], message: Message): void {
  const last = messages.at(-1);
  if (last?.role !== message.role) messages.push(message);
  else messages[messages.length - 1] = { role: last.role, parts: [...last.parts, ...message.parts] };
}

/** What a person who looks into a run gets to see. Reasoning stays out of it, as the vendors ask. */
export type Trajectory = {
  task: string;
  model: string;
  system: string;
  tools: readonly string[];
  turns: number;
  usage: readonly TokenUsage[];
  messages: readonly Message[];
};
