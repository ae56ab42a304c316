import { parseAnchor } from '../../core/events/anchor-text.ts';
import type { Anchor } from '../../ports/event-store.ts';
import { exportFormats } from '../../report/export.ts';

/** What commander takes for a wrong value, by its code; commander itself is loaded only where it reads something. */
class InvalidValue extends Error {
  readonly code = 'commander.invalidArgument';
  readonly exitCode = 1;
}

export type OptionRow = {
  flags: string;
  description: string;
  required?: boolean;
  choices?: readonly string[];
  parse?: (value: string, previous: unknown) => unknown;
};

/** Every option there is, by the name under which `Options` has it. */
export const optionRows = {
  json: { flags: '--json', description: 'one JSON document on standard output, and nothing else' },
  repo: { flags: '--repo <dir>', description: 'the repository (default: the working directory)' },
  config: {
    flags: '--config <file>',
    description: 'configuration file (default: .tamma/config.yml of the default branch)',
  },
  sandbox: {
    flags: '--sandbox <policy>',
    description: 'whether commands may run where there is no sandbox',
    choices: ['required', 'best-effort'],
  },
  recording: {
    flags: '--recording <file>',
    description: 'answer from a recorded session in place of every provider',
  },
  remote: {
    flags: '--remote <name>',
    description: 'the remote that holds log, branches and issues, or none (default: origin)',
  },
  platform: {
    flags: '--platform <name>',
    description: 'what the remote is (default: by its host)',
    choices: ['github', 'plain-git'],
  },
  dryRun: { flags: '--dry-run', description: 'work, but write nothing: show what would be written' },
  issue: { flags: '--issue <number>', description: 'number of the issue', parse: parseIssue },
  next: { flags: '--next', description: 'the issue that comes next' },
  type: { flags: '--type <type>', description: 'only events of this type (repeatable)', parse: collect },
  tag: {
    flags: '--tag <key=value>',
    description: 'only events with this tag (repeatable)',
    parse: collectTag,
  },
  since: {
    flags: '--since <time>',
    description: 'from this time on: ISO 8601, or so long ago, such as 2h or 7d',
    parse: parseTime,
  },
  until: { flags: '--until <time>', description: 'up to this time', parse: parseTime },
  limit: { flags: '--limit <count>', description: 'the newest so many', parse: parseLimit },
  after: {
    flags: '--after <position>',
    description: 'only what comes after this position of the log',
    parse: parsePosition,
  },
  file: {
    flags: '--file <file>',
    description: 'a journal from another machine (repeatable)',
    parse: collectFile,
  },
  format: {
    flags: '--format <format>',
    description: 'form of the export (default: ndjson)',
    choices: exportFormats,
  },
  output: { flags: '--output <file>', description: 'write to this file instead of standard output' },
  at: { flags: '--at <moment>', description: 'a time, or a position of the log' },
  diff: { flags: '--diff <a..b>', description: 'what differs between two moments' },
  why: { flags: '--why <position>', description: 'why this event is there, cause by cause; or `next`' },
  interactive: { flags: '--interactive', description: 'walk through it, event by event' },
  compare: {
    flags: '--compare <log>',
    description: 'another log of the issue: an export, or the folder of a repository',
  },
  run: { flags: '--run', description: 'take every step again, offline, and compare with the log' },
  session: {
    flags: '--session <file>',
    description: 'with --run: the recorded session that answers for the model',
  },
  html: { flags: '--html <file>', description: 'write it as a page' },
  anchor: {
    flags: '--anchor <position:hash>',
    description: 'a head noted elsewhere that the log must still hold (repeatable)',
    parse: collectAnchor,
  },
  anchorFile: {
    flags: '--anchor-file <file>',
    description: 'heads noted outside the log: compared, and added to (default: TAMMA_ANCHOR_FILE)',
  },
  strict: {
    flags: '--strict',
    description: 'notes count as damage: clocks that went backwards or are ahead',
  },
  yes: { flags: '--yes', description: 'ask nothing, take what was found' },
  pr: {
    flags: '--pr',
    description: 'propose it as a pull request, which changes nothing until it is merged',
  },
  hardened: {
    flags: '--hardened',
    description: 'the workflow of four jobs: the model’s holds no token that may write',
  },
  content: {
    flags: '--content',
    description: 'and what is kept beside it: prompts, answers, diffs, outputs',
  },
  archive: {
    flags: '--archive <dir>',
    description: 'the folder that holds, or is to hold, archived months of the log',
  },
  before: {
    flags: '--before <month>',
    description: 'archive the months before this one (default: events.archive.afterMonths)',
    parse: parseMonth,
  },
  keep: { flags: '--keep', description: 'leave the folder for you to look at' },
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof optionRows;

/** Every command takes these, before and after its name. */
export const everywhere = [
  'json',
  'repo',
  'config',
  'remote',
  'platform',
] as const satisfies readonly OptionName[];

function parseIssue(value: string): number {
  if (/^#?[1-9]\d{0,9}$/.test(value)) return Number(value.replace('#', ''));
  throw new InvalidValue('An issue is a number such as 7.');
}

function parseMonth(value: string): string {
  if (/^\d{4}-(?:0[1-9]|1[0-2])$/.test(value)) return value;
  throw new InvalidValue('Write a month such as 2026-01.');
}

function parseLimit(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new InvalidValue('Give a number from 1 on.');
}

function parsePosition(value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidValue('Give a position: a number from 0 on.');
}

/** As step summary and pull request have it. */
function collectAnchor(value: string, previous: unknown): Anchor[] {
  const anchor = parseAnchor(value, '--anchor');
  if (anchor) return [...(Array.isArray(previous) ? previous : []), anchor];
  throw new InvalidValue('An anchor is a position and its hash: 1234:<16 to 64 hex digits>.');
}

function collect(value: string, previous: unknown): string[] {
  return [...(Array.isArray(previous) ? previous : []), value.toUpperCase()];
}

function collectFile(value: string, previous: unknown): string[] {
  return [...(Array.isArray(previous) ? previous : []), value];
}

function collectTag(value: string, previous: unknown): Record<string, string> {
  const [, key, text] = /^([A-Za-z][\w-]*)=(.+)$/.exec(value) ?? [];
  if (!key || !text) throw new InvalidValue('Write a tag as key=value, for example stepId=DESIGN.');
  return { ...(previous as Record<string, string> | undefined), [key]: text };
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A time as ISO 8601 in UTC with milliseconds, as the log writes it. */
function parseTime(value: string): string {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(value) ?? [];
  const time = count && unit ? Date.now() - Number(count) * (units[unit] ?? 0) : Date.parse(value);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidValue(
    'Write a time such as 2026-11-20 or 2026-11-20T13:00:00Z, or so long ago, such as 2h or 7d.',
  );
}
