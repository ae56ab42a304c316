import type { LoggedEvent } from '../../../../core/events/event.ts';
import type { Palette } from '../../../../lib/palette.ts';
import type { EventStore } from '../../../../ports/event-store.ts';
import type { Host } from '../../../../ports/host.ts';
import { exportEvents, gather } from '../../../../report/export.ts';
import { toPlain } from '../../../../report/untrusted.ts';
import { selectEvents } from '../../../events.ts';
import type { Command } from '../../command.ts';
import { toFilter } from './filter.ts';

export const listCommand: Command = async ({ options, palette, runtime, write }) => {
  const { store, host } = await runtime();
  // For looking at: `tamma events verify` is what checks, and eighty thousand events come at once this way.
  const events = selectEvents(store, toFilter(options), { unchecked: true });
  if (options.json) {
    await write('{"events":');
    for await (const piece of exportEvents(events, 'json')) await write(piece);
    await write('}\n');
    return null;
  }
  let isEmpty = true;
  for await (const piece of gather(describeEvents(events, palette))) {
    isEmpty = false;
    await write(piece);
  }
  if (isEmpty) await tellWhy(store, host);
  return null;
};

/** Nothing at all looks like something that went wrong. Beside the list, which stays empty for `wc -l`. */
async function tellWhy(store: EventStore, host: Host): Promise<void> {
  const { position } = await store.head({ asSeen: true });
  const text = position === 0 ? `${store.place} holds no event` : `none of ${position} events matches`;
  host.report({ kind: 'note', level: 'info', text });
}

async function* describeEvents(events: AsyncIterable<LoggedEvent>, palette: Palette): AsyncGenerator<string> {
  for await (const event of events) yield `${describeEvent(event, palette)}\n`;
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
