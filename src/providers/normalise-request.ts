import canonicalize from 'canonicalize';
import { digestOf } from '../core/digest.ts';
import type { ChatRequest, ContentPart, Message } from '../ports/provider.ts';

/** A request as lines of text, one block for the system text, one for the tools, one per message. */
export type NormalisedRequest = { blocks: string[][]; digest: string };

export type NormaliseOptions = {
  /** Folders of this run; paths below them become the same on every machine. */
  roots?: readonly string[];
  /** Masks secrets before anything is compared or kept. */
  redact?: (text: string) => string;
};

const TEMPORARY = String.raw`(?:/private)?(?:/tmp|/var/tmp|/var/folders/[\w+-]+/[\w+-]+/T|/home/runner/work/_temp)`;

/**
 * Everything that differs between two runs of the same work, in this order; the only place that knows. What one rule
 * leaves, the next one sees.
 */
const volatile: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`${TEMPORARY}(?:/[\\w.@+-]+)*`, 'g'), '{path}'],
  [/(<\/?untrusted\b[^>]*?\bid=")[^"]*(")/g, '$1*$2'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '{uuid}'],
  [/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?/g, '{time}'],
  [/\b20\d{2}-\d{2}-\d{2}\b/g, '{date}'],
  [/\b[0-9a-f]{64}\b/g, '{digest}'],
  [/\b[0-9a-f]{40}\b/g, '{sha}'],
  // Abbreviated object ids; a word or a number has not both, letters and digits, in this alphabet.
  [/\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,12}\b/g, '{sha}'],
  [/\bduration_ms:?\s*\d+(?:\.\d+)?/g, 'duration_ms {duration}'],
  [/\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|secs?|seconds?|minutes?)\b/g, '{duration}'],
];

const OUTPUT = /(<output\b[^>]*>)([\s\S]*?)<\/output>/g;

/** What the first line of a command's output looks like where it says how the command ended. */
const ENDING = /\b(?:exit(?:ed)?|timed out|killed)\b/i;

/**
 * A request reduced to what was asked: equal requests of two runs, machines and Node versions have equal digests.
 * Left out: the model, the limits, the ids of tool calls (numbered instead) and reasoning, which is the vendor's. The
 * digest is over exactly the lines, so a difference can always be shown.
 */
export function normaliseRequest(request: ChatRequest, options: NormaliseOptions = {}): NormalisedRequest {
  const clean = createCleaner(options);
  const names = new Map<string, { number: number; name: string }>();
  const blocks = [
    ['system', ...clean(request.system)],
    [
      'tools',
      ...request.tools.flatMap(({ name, description, inputSchema }) =>
        clean(`${name}: ${description} ${canonicalize(inputSchema) ?? ''}`),
      ),
    ],
    ...request.messages.map((message) => toBlock(message, names, clean)),
  ];
  return { blocks, digest: digestBlocks(blocks) };
}

export function digestBlocks(blocks: readonly (readonly string[])[]): string {
  return digestOf(blocks);
}

type Cleaner = (text: string) => string[];

function createCleaner({ roots = [], redact = (text) => text }: NormaliseOptions): Cleaner {
  const longestFirst = roots.filter((root) => root.length > 1).sort((a, b) => b.length - a.length);
  return (text) => {
    const local = longestFirst.reduce((kept, root) => kept.replaceAll(root, '{root}'), redact(text));
    const short = local.replace(
      OUTPUT,
      (_, tag: string, content: string) => `${tag}${keepEnding(content)}</output>`,
    );
    const cleaned = volatile.reduce((kept, [pattern, by]) => kept.replace(pattern, by), short);
    // Half a surrogate pair has no place in a file and no digest.
    return Buffer.from(cleaned).toString().split('\n');
  };
}

function toBlock(
  message: Message,
  names: Map<string, { number: number; name: string }>,
  clean: Cleaner,
): string[] {
  const lines = message.parts.flatMap((part) => {
    if (part.type === 'tool-call') names.set(part.id, { number: names.size + 1, name: part.name });
    return describePart(part, names, clean);
  });
  return [message.role, ...lines];
}

function describePart(
  part: ContentPart,
  names: ReadonlyMap<string, { number: number; name: string }>,
  clean: Cleaner,
): string[] {
  switch (part.type) {
    case 'text':
      return clean(part.text);
    case 'tool-call':
      return [`call ${names.get(part.id)?.number}: ${part.name}`, ...describeInput(part.input, clean)];
    case 'tool-result': {
      const { number, name } = names.get(part.id) ?? { number: '?', name: 'unknown' };
      const content = name === 'run_command' ? firstLine(part.content) : part.content;
      return [`result ${number}: ${name}${part.isError ? ' (error)' : ''}`, ...clean(content)];
    }
    case 'reasoning':
      return [];
  }
}

/** One field a line, long texts as the lines they are: a diff of them can be read. */
function describeInput(input: unknown, clean: Cleaner): string[] {
  if (typeof input !== 'object' || input === null) return clean(JSON.stringify(input) ?? 'undefined');
  return Object.entries(input)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => {
      const isText = typeof value === 'string';
      return clean(`  ${key}${isText ? ':' : ' ='} ${isText ? value : (canonicalize(value) ?? '')}`);
    });
}

/** Test runners word their reports anew in every version; how a command ended stays the same. */
function keepEnding(output: string): string {
  const line = firstLine(output.trimStart());
  return ENDING.test(line) ? line : '';
}

function firstLine(content: string): string {
  return content.split('\n', 1)[0] ?? '';
}
