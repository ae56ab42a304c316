/**
 * What differs between two runs that failed the same way, and what stands for it. In this order: a later row sees what
 * the earlier ones left.
 */
const noise = [
  { what: 'terminal colours', pattern: /\u001b\[[0-9;]*[A-Za-z]/g, by: '' },
  {
    what: 'dates and times',
    pattern: /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?/g,
    by: '<time>',
  },
  { what: 'times of day', pattern: /\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?: ?[AP]M)?\b/g, by: '<time>' },
  { what: 'ids', pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, by: '<id>' },
  {
    what: 'object ids and addresses',
    pattern: /\b(?:0x[0-9a-f]{4,16}|[0-9a-f]{40}|[0-9a-f]{64})\b/gi,
    by: '<id>',
  },
  {
    what: 'folders of the machine',
    pattern: /(?:file:\/\/)?(?:\/[\w.@+-]+){2,}\/(?=[\w.@+-]+)/g,
    by: '<folder>/',
  },
  {
    what: 'durations',
    pattern: /\b\d+(?:[.,]\d+)?\s?(?:ns|µs|us|ms|s|sec|secs|seconds?|m|min|minutes?)\b/g,
    by: '<duration>',
  },
  {
    what: 'fields of durations',
    pattern: /(duration(?:_ms)?|time|elapsed|took)(["':= ]+)\d+(?:\.\d+)?/gi,
    by: '$1$2<duration>',
  },
  { what: 'places in a file', pattern: /(?<=\S):\d+(?::\d+)?\b/g, by: ':<line>' },
  { what: 'line numbers', pattern: /\b(lines?|column|col) \d+/gi, by: '$1 <line>' },
  { what: 'process ids', pattern: /\b(pid|process)([ :=#]+)\d+/gi, by: '$1$2<id>' },
  { what: 'ports', pattern: /\b(localhost|127\.0\.0\.1):<line>/g, by: '$1:<port>' },
] as const satisfies readonly { what: string; pattern: RegExp; by: string }[];

/** Text without what changes from run to run, so that the brake can tell "failed again" from "failed otherwise". May be repeated. */
export function normaliseNoise(text: string): string {
  const lines = noise.reduce((clean, { pattern, by }) => clean.replace(pattern, by), text);
  return lines
    .replace(/[ \t]+/g, ' ')
    .replace(/ *\r?\n\s*/g, '\n')
    .trim();
}
