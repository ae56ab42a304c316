import type { z } from 'zod';
import { isStepId } from '../loop.ts';
import { type JsonSchemaNode, listKeys } from './json-schema.ts';
import { findNearest } from './nearest.ts';
import type { Path } from './read-text.ts';

export type Explained = { path: Path; at: 'key' | 'value'; message: string; suggestion?: string };

type Issue = z.core.$ZodIssue;

/** An issue of zod in the words of somebody who edits the file: what is wrong and what to write instead. */
export function explainIssue(issue: Issue, schema: JsonSchemaNode): Explained[] {
  const path = issue.path as Path;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => explainUnknownKey(path, key, listKeys(schema, path)));
    case 'invalid_key':
      return [{ path, at: 'key', message: issue.issues[0]?.message ?? 'is not a name that can stand here' }];
    case 'invalid_value':
      return [{ path, at: 'value', ...explainChoice(issue.values, issue.input) }];
    case 'invalid_type':
      return [{ path, at: 'value', message: explainType(issue) }];
    case 'too_small':
    case 'too_big':
      return [{ path, at: 'value', message: explainSize(issue) }];
    default:
      return [{ path, at: 'value', message: issue.message }];
  }
}

function explainUnknownKey(path: Path, key: string, known: string[]): Explained {
  const suggestion = findNearest(key, known);
  const allowed = known.length > 0 ? `; known here: ${known.join(', ')}` : '';
  const message = suggestion ? `is no known key; did you mean “${suggestion}”?` : `is no known key${allowed}`;
  return { path: [...path, key], at: 'key', message, ...(suggestion ? { suggestion } : {}) };
}

function explainChoice(values: readonly unknown[], input: unknown): { message: string; suggestion?: string } {
  const choices = values.map(String);
  const list = choices.join(', ');
  if (typeof input === 'string' && isStepId(input)) {
    return { message: `${input} can be tightened, never left out; steps that can be skipped: ${list}` };
  }
  const suggestion = typeof input === 'string' ? findNearest(input, choices) : undefined;
  const hint = suggestion ? `; did you mean “${suggestion}”?` : '';
  const message =
    choices.length === 1
      ? `must be ${list}, not ${describeValue(input)}`
      : `must be one of ${list}, not ${describeValue(input)}${hint}`;
  return { message, ...(suggestion ? { suggestion } : {}) };
}

const nouns: Record<string, string> = {
  object: 'a mapping (keys and values)',
  record: 'a mapping (keys and values)',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function explainType(issue: Extract<Issue, { code: 'invalid_type' }>): string {
  if (!issue.message.startsWith('Invalid')) return issue.message;
  const noun = nouns[issue.expected] ?? issue.expected;
  return issue.input === undefined
    ? `is missing: write ${noun}`
    : `must be ${noun}, not ${describeValue(issue.input)}`;
}

function explainSize(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  if (!issue.message.startsWith('Too')) return issue.message;
  const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === 'string') return `must have ${limit} characters`;
  if (issue.origin === 'array') return `must have ${limit} entries`;
  return `must be ${limit}, not ${describeValue(issue.input)}`;
}

/** Short and without content that could be long: values of unknown keys are never shown. */
function describeValue(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `“${value.length > 60 ? `${value.slice(0, 60)}…` : value}”`;
  return String(value);
}
