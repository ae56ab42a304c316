import { TammaError } from '../../../core/errors.ts';
import { renderReplay } from '../../../report/replay.ts';
import { type ReplaySource, readIssue, replay, tellDecisions } from '../../replay.ts';
import type { Command, CommandContext, Options } from '../command.ts';

/** What else may be asked for, and what goes with it. */
const modes = {
  interactive: ['at'],
  compare: [],
  run: ['session', 'sandbox'],
  html: ['at'],
  why: ['at'],
  diff: ['at'],
} as const satisfies Partial<Record<keyof Options, readonly (keyof Options)[]>>;

type Mode = keyof typeof modes;

export const replayCommand: Command = (context) => {
  switch (findMode(context.options)) {
    case 'interactive':
      return walk(context);
    case 'compare':
      return compare(context);
    case 'html':
      return writePage(context);
    case 'run':
      return runAll(context);
    default:
      return show(context);
  }
};

/** One thing at a time. Throws USAGE for two that do not go together. */
function findMode(options: Options): Mode | undefined {
  const asked = Object.keys(modes).filter((name) => options[name as Mode] !== undefined) as Mode[];
  const [mode, other] = asked;
  if (other) throw usage(`--${mode} and --${other} are two different questions: ask one at a time`);
  for (const name of ['at', 'session', 'sandbox'] as const) {
    const fits = mode === undefined ? name === 'at' : (modes[mode] as readonly string[]).includes(name);
    if (options[name] !== undefined && !fits)
      throw usage(`--${name} does not go with ${mode ? `--${mode}` : 'this'}`);
  }
  if (options.json && mode === 'interactive') throw usage('--interactive is for people, --json for programs');
  return mode;
}

function usage(message: string): TammaError {
  return new TammaError('USAGE', message, { help: '`tamma replay --help` lists what there is.' });
}

/** The log alone where that is enough: nobody waits for what a replay does not look at. */
async function openLog(context: CommandContext): Promise<ReplaySource> {
  const { directory, environment, clock, options } = context;
  const { config, platform, archive, remote } = options;
  if (config || platform || archive) return context.runtime();
  const { openLocalLog } = await import('../../local-log.ts');
  const store = await openLocalLog({ directory, environment, clock, remote });
  return store ? { store, clock } : context.runtime();
}

async function show(context: CommandContext) {
  const { options, palette } = context;
  const { issue = 0, at, diff, why } = options;
  const view = await replay(await openLog(context), {
    issue,
    ...(at === undefined ? {} : { at }),
    ...(diff === undefined ? {} : { diff }),
    ...(why === undefined ? {} : { why }),
  });
  return { json: view, text: renderReplay(view, palette) };
}

async function walk(context: CommandContext) {
  const { options, palette, input, output, signal, write } = context;
  const { issue = 0, at } = options;
  const source = await openLog(context);
  const [{ createWalk }, { readCommands }] = await Promise.all([
    import('../../replay/walk.ts'),
    import('../../../hosts/read-commands.ts'),
  ]);
  const events = await readIssue(source, issue);
  const decisions = tellDecisions(events, source.config?.gates.maxAttempts);
  const steps = createWalk({ issue, events, decisions, palette });
  await write(
    `${at === undefined ? steps.begin() : `${steps.begin().split('\n')[0]}\n\n${steps.answer(`j ${at}`)}`}\n`,
  );
  const prompt = () => `${palette.cyan(steps.place())} › `;
  for await (const line of readCommands({ input, output, signal, prompt })) {
    const answer = steps.answer(line);
    if (answer === undefined) break;
    await write(`${answer}\n`);
  }
  return null;
}

async function compare(context: CommandContext) {
  const { issue = 0, compare: path = '' } = context.options;
  const [{ readOtherLog }, { compareLogs }, { renderComparison }] = await Promise.all([
    import('../../replay/other-log.ts'),
    import('../../../core/replay/compare.ts'),
    import('../../../report/log-comparison.ts'),
  ]);
  const source = await openLog(context);
  const here = await readIssue(source, issue);
  const there = await readOtherLog(path, issue, (directory) => context.open(directory));
  const names = { here: source.store.place, there: path };
  const view = { issue, names, ...compareLogs(here, there) };
  return { json: view, text: renderComparison(view, context.palette) };
}

async function writePage(context: CommandContext) {
  const { issue = 0, at, html: file = '' } = context.options;
  const [{ renderReplayPage }, { writeFile }] = await Promise.all([
    import('../../../report/replay-page.ts'),
    import('node:fs/promises'),
  ]);
  const source = await openLog(context);
  const view = await replay(source, { issue, ...(at === undefined ? {} : { at }) });
  const events = (await readIssue(source, issue)).filter(({ position }) => position <= view.state.position);
  await writeFile(file, renderReplayPage(view, events)).catch((cause: Error) => {
    throw new TammaError('USAGE', `${file} cannot be written: ${cause.message}`, {
      help: 'Name a file in a folder that is there and may be written to.',
      cause,
    });
  });
  return {
    json: { issue, file, events: events.length, decisions: view.decisions.length },
    text: `Written to ${file}: ${events.length} events, ${view.decisions.length} decisions`,
  };
}

/** A log that the code at hand would not have written. */
const DIFFERS = 5;

async function runAll({ options, palette, runtime }: CommandContext) {
  const { issue = 0, sandbox, session, config } = options;
  const [{ runAgain }, { renderRunAgain }] = await Promise.all([
    import('../../replay/run-again.ts'),
    import('../../../report/replay-run.ts'),
  ]);
  const report = await runAgain(await runtime(), {
    issue,
    session,
    sandbox,
    configFile: config,
  });
  return {
    exitCode: report.status === 'same' ? 0 : DIFFERS,
    json: report,
    text: renderRunAgain(report, palette),
  };
}
