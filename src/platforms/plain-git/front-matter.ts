import { type Document, isMap, isScalar, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import { z } from 'zod';
import { FormatError, type RawDocument } from './document.ts';

const text = z.string().trim().min(1).max(500);
const list = z.array(text).max(100);
const date = z
  .string()
  .refine((value) => !Number.isNaN(Date.parse(value)))
  .transform((value) => new Date(value).toISOString());
const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

/** Unknown keys are somebody's own: passed over when reading, kept when writing. */
export const issueHeader = z.looseObject({
  title: text,
  labels: list.nullish().transform((labels) => labels ?? []),
  state: z.enum(['open', 'closed']).default('open'),
  assignees: list.nullish().transform((people) => people ?? []),
  priority: z
    .int()
    .nullish()
    .transform((priority) => priority ?? null),
  createdAt: date.nullish(),
  updatedAt: date.nullish(),
  author: text.nullish(),
  marker: text.nullish(),
});

export const commentHeader = z.looseObject({
  author: text,
  createdAt: date,
  editedAt: date.nullish(),
  marker: text.nullish(),
});

export const pullHeader = z.looseObject({
  kind: z.literal('pull-request'),
  branch: text,
  base: text,
  head: sha,
  state: z.enum(['open', 'merged', 'closed']),
  draft: z.boolean(),
  title: text,
  labels: list,
  mergeSha: sha.nullable(),
  createdAt: date,
});

export type IssueHeader = z.infer<typeof issueHeader>;
export type CommentHeader = z.infer<typeof commentHeader>;
export type PullHeader = z.infer<typeof pullHeader>;

/** What to write for a key, for people who write these files by hand. */
const advice: Record<string, string> = {
  title: 'write `title: One line of text`, in quotes where it is a number or holds `: `',
  labels: 'write `labels: [tamma, bug]`',
  state: 'write `state: open` or `state: closed`',
  assignees: 'write `assignees: [alice]`',
  priority: 'write a whole number, smaller comes first: `priority: 1`',
  author: 'write `author: alice`',
  createdAt: 'write a date as `createdAt: 2026-11-20T10:00:00Z`',
  updatedAt: 'write a date as `updatedAt: 2026-11-20T10:00:00Z`',
  editedAt: 'write a date as `editedAt: 2026-11-20T10:00:00Z`',
  marker: 'leave it out',
};

/** Throws FormatError naming the line and what to write instead. */
export function parseHeader<T>(document: RawDocument, schema: z.ZodType<T>): T {
  const { yaml, lineOf } = parseYaml(document);
  const parsed = schema.safeParse(yaml.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0] ?? '');
  const what = yaml.has(key) ? `is not what Tamma can read (${issue?.message})` : 'is missing';
  throw new FormatError(
    lineOf(key),
    `\`${key}\` ${what}; ${advice[key] ?? 'restore what Tamma wrote there'}`,
  );
}

/** The value of `kind`, which tells a pull request from a comment; undefined where there is none. */
export function findKind(document: RawDocument): string | undefined {
  const kind = parseYaml(document).yaml.get('kind');
  return kind === undefined ? undefined : String(kind);
}

/** The header with these keys set, or taken out where undefined. Everything else stays as somebody wrote it. */
export function changeHeader(header: string, changes: Readonly<Record<string, unknown>>): string {
  const yaml = parseDocument(header, { version: '1.2' });
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) yaml.delete(key);
    else yaml.set(key, createNode(yaml, value));
  }
  return yaml.toString({ lineWidth: 0, blockQuote: false, flowCollectionPadding: false }).trimEnd();
}

/** Letters, digits, punctuation, symbols and spaces: the library quotes what has to be. Everything else always is. */
const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u;

function createNode(yaml: Document, value: unknown): unknown {
  const node = yaml.createNode(value, { flow: true });
  visit(node as YAMLMap, {
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'string' && !VISIBLE.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return node;
}

function parseYaml(document: RawDocument) {
  const lineCounter = new LineCounter();
  const yaml = parseDocument(document.header, { lineCounter, version: '1.2', prettyErrors: false });
  const toLine = (offset: number) => document.headerLine - 1 + Math.max(1, lineCounter.linePos(offset).line);
  const error = yaml.errors[0] ?? yaml.warnings[0];
  if (error)
    throw new FormatError(toLine(error.pos[0]), `the front matter is not valid YAML: ${error.message}`);
  visit(yaml, {
    Alias: (_key, alias) => {
      throw new FormatError(
        toLine(alias.range?.[0] ?? 0),
        'aliases (`*name`) are not read; write the value itself',
      );
    },
  });
  if (!isMap(yaml.contents))
    throw new FormatError(document.headerLine, 'the front matter holds no keys; write `title: …`');
  const map: YAMLMap = yaml.contents;
  return { yaml, lineOf: (key: string) => findLine(map, key, toLine) ?? document.headerLine };
}

function findLine(map: YAMLMap, key: string, toLine: (offset: number) => number): number | undefined {
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) && pair.key.range ? toLine(pair.key.range[0]) : undefined;
}
