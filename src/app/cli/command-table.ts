import type { Command } from './command.ts';
import type { OptionName } from './options.ts';

/** What people come for, in the order of the overview. */
export const topics = {
  work: 'Work',
  answer: 'Answer',
  look: 'Look',
  setUp: 'Set up',
} as const;

export type Topic = keyof typeof topics;

export type CommandRow = {
  /** Words of the command; the first of two is a group. */
  name: string;
  summary: string;
  /** Where the overview lists it. */
  topic: Topic;
  /** Positional arguments in commander's notation. */
  args?: string;
  /** Besides --json, --repo and --config, which every command takes. `!` marks one that must be given. */
  options?: readonly (OptionName | `${OptionName}!`)[];
  example: string;
  load(): Promise<Command>;
};

const person = () => import('./commands/person.ts');
const config = () => import('./commands/config.ts');
const content = () => import('./commands/content.ts');
const run = ['sandbox', 'recording', 'dryRun', 'anchorFile'] as const;

/** Groups of commands, for their help. */
export const groups: Readonly<Record<string, string>> = {
  events: 'read and check the event log',
  config: 'the effective configuration',
  content: 'prompts, answers, diffs and outputs beside the log',
};

/** Every command: one row each. What it does is loaded when it is called. */
export const commandTable: readonly CommandRow[] = [
  {
    name: 'demo',
    topic: 'work',
    summary: 'the whole loop on a sample project, nothing to set up',
    options: ['issue', 'keep'],
    example: 'tamma demo --issue 2',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  {
    name: 'run',
    topic: 'work',
    summary: 'work on one issue to its end, asking you where needed',
    options: ['issue', 'next', ...run],
    example: 'tamma run --issue 7',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  {
    name: 'step',
    topic: 'work',
    summary: 'one step of one issue',
    options: ['issue!', ...run],
    example: 'tamma step --issue 7',
    load: async () => (await import('./commands/step.ts')).stepCommand,
  },
  {
    name: 'orchestrate',
    topic: 'work',
    summary: 'one step of every issue that can go on or begin',
    options: run,
    example: 'tamma orchestrate --dry-run',
    load: async () => (await import('./commands/orchestrate.ts')).orchestrateCommand,
  },
  {
    name: 'status',
    topic: 'look',
    summary: 'where issues stand, and what they wait for',
    options: ['issue'],
    example: 'tamma status --issue 7',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'approve',
    topic: 'answer',
    summary: 'approve the plan or the change that waits',
    args: '<digest...>',
    options: ['issue!', 'dryRun'],
    example: 'tamma approve 3f2a9c81d0b7e645 --issue 7',
    load: async () => (await person()).createPersonCommand('approve'),
  },
  {
    name: 'revise',
    topic: 'answer',
    summary: 'send it back, saying what should be different',
    args: '<text...>',
    options: ['issue!', 'dryRun'],
    example: 'tamma revise --issue 7 "keep the old function as an alias"',
    load: async () => (await person()).createPersonCommand('revise'),
  },
  {
    name: 'answer',
    topic: 'answer',
    summary: 'answer questions, by number or in your own words',
    args: '<answers...>',
    options: ['issue!', 'dryRun'],
    example: 'tamma answer --issue 7 q1=2 q2="only for CSV files"',
    load: async () => (await person()).createPersonCommand('answer'),
  },
  {
    name: 'retry',
    topic: 'answer',
    summary: 'try again, with fresh attempts',
    options: ['issue!', 'dryRun'],
    example: 'tamma retry --issue 7',
    load: async () => (await person()).createPersonCommand('retry'),
  },
  {
    name: 'resume',
    topic: 'answer',
    summary: 'go on after you took over, stopped or pushed',
    options: ['issue!', 'dryRun'],
    example: 'tamma resume --issue 7',
    load: async () => (await person()).createPersonCommand('resume'),
  },
  {
    name: 'skip',
    topic: 'answer',
    summary: 'pass over the step the issue is at',
    args: '<step>',
    options: ['issue!', 'dryRun'],
    example: 'tamma skip CI_CHECK --issue 7',
    load: async () => (await person()).createPersonCommand('skip'),
  },
  {
    name: 'take-over',
    topic: 'answer',
    summary: 'do the rest yourself',
    options: ['issue!', 'dryRun'],
    example: 'tamma take-over --issue 7',
    load: async () => (await person()).createPersonCommand('take-over'),
  },
  {
    name: 'stop',
    topic: 'answer',
    summary: 'end the work on an issue',
    args: '[reason...]',
    options: ['issue!', 'dryRun'],
    example: 'tamma stop --issue 7 "no longer needed"',
    load: async () => (await person()).createPersonCommand('stop'),
  },
  {
    name: 'events list',
    topic: 'look',
    summary: 'events, oldest first',
    options: ['issue', 'type', 'tag', 'after', 'since', 'until', 'limit'],
    example: 'tamma events list --issue 7 --type GATE.FAILED --limit 5',
    load: async () => (await import('./commands/events/list.ts')).listCommand,
  },
  {
    name: 'events show',
    topic: 'look',
    summary: 'one event in full, by position or id',
    args: '<event>',
    options: ['content'],
    example: 'tamma events show 42',
    load: async () => (await import('./commands/events/show.ts')).showCommand,
  },
  {
    name: 'events export',
    topic: 'look',
    summary: 'events for other tools',
    options: ['issue', 'type', 'tag', 'after', 'since', 'until', 'limit', 'format', 'output'],
    example: 'tamma events export --format csv --since 7d --output events.csv',
    load: async () => (await import('./commands/events/export.ts')).exportCommand,
  },
  {
    name: 'events import',
    topic: 'look',
    summary: 'take a log over from an export, byte for byte',
    args: '<file>',
    options: ['dryRun'],
    example: 'tamma events import events.ndjson --dry-run',
    load: async () => (await import('./commands/events/import.ts')).importCommand,
  },
  {
    name: 'events append-check',
    topic: 'look',
    summary: 'whether a batch would be appended, without writing',
    args: '[file]',
    options: ['after', 'issue', 'type', 'tag'],
    example: 'tamma events append-check batch.ndjson --issue 7 --after 41',
    load: async () => (await import('./commands/events/append-check.ts')).appendCheckCommand,
  },
  {
    name: 'events append-pending',
    topic: 'work',
    summary: 'deliver what a run could not record',
    options: ['file', 'dryRun'],
    example: 'tamma events append-pending --file tamma-journal/2026-11-20.ndjson',
    load: async () => (await import('./commands/events/append-pending.ts')).appendPendingCommand,
  },
  {
    name: 'events verify',
    topic: 'look',
    summary: 'check every line and the hash chain',
    options: ['archive', 'anchor', 'anchorFile', 'strict'],
    example: 'tamma events verify',
    load: async () => (await import('./commands/events/verify.ts')).verifyCommand,
  },
  {
    name: 'events compact',
    topic: 'look',
    summary: 'delete kept content that is too old, and archive old months',
    options: ['archive', 'before', 'dryRun'],
    example: 'tamma events compact --archive /mnt/tamma-archive --dry-run',
    load: async () => (await import('./commands/events/compact.ts')).compactCommand,
  },
  {
    name: 'events migrate',
    topic: 'setUp',
    summary: 'make or change the tables of a log in PostgreSQL',
    args: '[up|down|status]',
    example: 'tamma events migrate up',
    load: async () => (await import('./commands/events/migrate.ts')).migrateCommand,
  },
  {
    name: 'content list',
    topic: 'look',
    summary: 'what is kept beside the log, oldest first',
    example: 'tamma content list',
    load: async () => (await content()).listCommand,
  },
  {
    name: 'content show',
    topic: 'look',
    summary: 'one of them in full, by the digest that stands in an event',
    args: '<digest>',
    example: 'tamma content show 3f2a9c81d0b7e645…',
    load: async () => (await content()).showCommand,
  },
  {
    name: 'content rotate',
    topic: 'setUp',
    summary: 'encrypt with the newest key what is not yet',
    example: 'tamma content rotate',
    load: async () => (await content()).rotateCommand,
  },
  {
    name: 'replay',
    topic: 'look',
    summary: 'what was known at any moment, and why it was decided',
    options: ['issue!', 'at', 'why', 'diff', 'interactive', 'compare', 'html', 'run', 'session', 'sandbox'],
    example: 'tamma replay --issue 7 --at 2026-11-20T13:00:00Z',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
  {
    name: 'init',
    topic: 'setUp',
    summary: 'set Tamma up here: workflow, configuration, labels',
    options: ['yes', 'pr', 'hardened', 'dryRun'],
    example: 'tamma init --yes --dry-run',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    name: 'config show',
    topic: 'setUp',
    summary: 'the effective configuration, secrets masked',
    example: 'tamma config show',
    load: async () => (await config()).showCommand,
  },
  {
    name: 'config validate',
    topic: 'setUp',
    summary: 'check the configuration: every mistake at once',
    example: 'tamma config validate --config .tamma/config.yml',
    load: async () => (await config()).validateCommand,
  },
  {
    name: 'config schema',
    topic: 'setUp',
    summary: 'JSON Schema of the configuration, for editors',
    example: 'tamma config schema > tamma.schema.json',
    load: async () => (await config()).schemaCommand,
  },
  {
    name: 'doctor',
    topic: 'setUp',
    summary: 'is everything here that a run needs?',
    options: ['sandbox'],
    example: 'tamma doctor',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'providers',
    topic: 'setUp',
    summary: 'the models that may be called, their prices and keys',
    example: 'tamma providers',
    load: async () => (await import('./commands/providers.ts')).providersCommand,
  },
  {
    name: 'platforms',
    topic: 'setUp',
    summary: 'the platform of this repository, and what it can do',
    example: 'tamma platforms',
    load: async () => (await import('./commands/platforms.ts')).platformsCommand,
  },
];
