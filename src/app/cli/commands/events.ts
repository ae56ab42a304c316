import { open } from 'node:fs/promises';
import type { LoggedEvent } from '../../../core/events/event.ts';
import type { Palette } from '../../../lib/palette.ts';
import type { VerifyReport } from '../../../ports/event-store.ts';
import { exportEvents } from '../../../report/export.ts';
import { toPlain } from '../../../report/untrusted.ts';
import { type EventFilter, getEvent, selectEvents } from '../../events.ts';
import type { Command, Options } from '../command.ts';

export const listCommand: Command = async ({ options, palette, runtime, write }) => {
  const { store } = await runtime();
  const events = selectEvents(store, toFilter(options));
  if (options.json) {
    await write('{"events":');
    for await (const piece of exportEvents(events, 'json')) await write(piece);
    await write('}\n');
    return null;
  }
  for await (const event of events) await write(`${describeEvent(event, palette)}\n`);
  return null;
};

export const showCommand: Command = async ({ args, runtime }) => {
  const { store } = await runtime();
  const event = await getEvent(store, args[0] ?? '');
  return { json: event, text: toPrintable(JSON.stringify(event, null, 2)) };
};

export const exportCommand: Command = async ({ options, runtime, write }) => {
  const { store } = await runtime();
  const { output } = options;
  const format = options.format ?? (options.json && !output ? 'json' : 'ndjson');
  const pieces = exportEvents(selectEvents(store, toFilter(options)), format);
  if (!output) {
    for await (const piece of pieces) await write(piece);
    return null;
  }
  const file = await open(output, 'w');
  try {
    for await (const piece of pieces) await file.write(piece);
  } finally {
    await file.close();
  }
  return { json: { output, format }, text: `Written to ${output}` };
};

export const verifyCommand: Command = async ({ options, palette, runtime }) => {
  const { store } = await runtime();
  const report = await store.verify(options.anchor ? { anchor: options.anchor } : {});
  return { exitCode: report.ok ? 0 : 4, json: report, text: describeVerification(report, palette) };
};

function toFilter({ issue, type, tag, since, until, limit }: Options): EventFilter {
  return {
    ...(issue === undefined ? {} : { issue }),
    ...(type ? { types: type } : {}),
    ...(tag ? { tags: tag } : {}),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
    ...(limit === undefined ? {} : { limit }),
  };
}

function describeEvent({ position, timestamp, type, tags, data }: LoggedEvent, palette: Palette): string {
  const issue = tags.issueId ? `#${toPlain(tags.issueId, 20)}` : '';
  const place = `${String(position).padStart(6)} ${timestamp.slice(0, 19)}Z`;
  return `${palette.dim(place)} ${palette.bold(type.padEnd(26))} ${issue.padEnd(5)} ${palette.dim(toPlain(describeData(data), 100))}`;
}

/** What says most of an event, in the order of preference; all of it where nothing does. */
const TELLING = [
  'summary',
  'because',
  'message',
  'reason',
  'title',
  'branch',
  'command',
  'sha',
  'task',
  'digest',
];

function describeData(data: Readonly<Record<string, unknown>>): string {
  const name = TELLING.find((key) => typeof data[key] === 'string');
  return name ? String(data[name]) : JSON.stringify(data);
}

/** JSON escapes C0 by itself, not DEL and C1. */
function toPrintable(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function describeVerification({ ok, events, head, problems }: VerifyReport, palette: Palette): string {
  if (ok) return `${palette.green('✓')} ${events} events, head ${head.position} ${head.hash}`;
  const lines = problems.map(
    ({ position, place, kind, message }) =>
      `  ${palette.red('✗')} ${position === null ? '' : `position ${position}, `}${toPlain(place)}: ${kind}, ${toPlain(message)}`,
  );
  const help = 'Restore the branch tamma-events from a clone that verifies.';
  return [
    `${palette.red('✗')} the log is damaged in ${problems.length} places:`,
    ...lines,
    `${palette.cyan('→')} ${help}`,
  ].join('\n');
}
