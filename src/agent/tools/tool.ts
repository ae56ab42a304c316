import { z } from 'zod';
import type { JsonSchema, ToolSpec } from '../../ports/provider.ts';
import type { CommandResult } from '../../ports/sandbox.ts';
import type { Workspace } from '../../ports/workspace.ts';
import type { WritePolicy } from './write-policy.ts';

export type CommandAnswer = ({ status: 'ran' } & CommandResult) | { status: 'refused'; reason: string };

/** What the tools of one session work with. */
export type ToolContext = {
  workspace: Workspace;
  /** Absent: the session may not change files, whatever the model calls. */
  mayWrite?: WritePolicy;
  /** Runs one of the approved commands in the sandbox, or says why it does not. */
  runCommand?: (command: string) => Promise<CommandAnswer>;
  redact(text: string): string;
};

export type ToolOutcome = {
  /** What the model reads: untrusted parts are wrapped already. */
  content: string;
  isError: boolean;
  /** The path that was written or deleted. */
  touched?: string;
};

/** `run` takes the model's input as it came and never throws for what is wrong with it. */
export type Tool = {
  spec: ToolSpec;
  /** The one word of the input that says what the call is about, for whoever watches. */
  describe(input: unknown): string;
  run(input: unknown, context: ToolContext): Promise<ToolOutcome>;
};

export type ToolDefinition<T> = {
  name: string;
  description: string;
  input: z.ZodType<T>;
  /** The field of the input that names its target. */
  target: keyof T & string;
  run(input: T, context: ToolContext): Promise<ToolOutcome>;
};

/** A tool from its zod schema: the same schema makes the spec and checks the calls. */
export function defineTool<T>(definition: ToolDefinition<T>): Tool {
  const { name, description, input, target } = definition;
  return {
    spec: { name, description, inputSchema: toJsonSchema(input) },
    describe: (given) => describeTarget(given, target),
    run(given, context) {
      const parsed = parseInput(input, given);
      if (parsed.success) return definition.run(parsed.data, context);
      return Promise.resolve(fail(`invalid input for ${name}: ${describeProblems(parsed.error)}`));
    },
  };
}

export function succeed(content: string, touched?: string): ToolOutcome {
  return touched === undefined ? { content, isError: false } : { content, isError: false, touched };
}

export function fail(reason: string): ToolOutcome {
  return { content: reason, isError: true };
}

/** Draft 2020-12 of what the schema takes in; `$schema` is left out because some vendors refuse it. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

/** Models write null for what they leave out: taken as left out where the schema does not want a null there. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): z.ZodSafeParseResult<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed;
  const withoutNulls = schema.safeParse(dropNulls(input));
  return withoutNulls.success ? withoutNulls : parsed;
}

function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null);
  return Object.fromEntries(entries.map(([key, entry]) => [key, dropNulls(entry)]));
}

/** What is wrong, field by field, for the model to mend. */
export function describeProblems(error: z.ZodError): string {
  const lines = error.issues
    .slice(0, 8)
    .map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  const more = error.issues.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function describeTarget(given: unknown, target: string): string {
  const value =
    typeof given === 'object' && given !== null ? (given as Record<string, unknown>)[target] : undefined;
  return typeof value === 'string' ? value.slice(0, 200) : '';
}
