import { createHash } from 'node:crypto';
import type { LoggedEvent } from '../../../../core/events/event.ts';
import { formatCount } from '../../../../lib/quantities.ts';
import { exportEvents } from '../../../../report/export.ts';
import { isWholeLog, selectEvents } from '../../../events.ts';
import type { Command } from '../../command.ts';
import { createCounter } from '../../count-progress.ts';
import { writeOutput } from '../../write-output.ts';
import { toFilter } from './filter.ts';

export const exportCommand: Command = async ({ options, palette, runtime, write }) => {
  const { store, host, clock } = await runtime();
  const { output } = options;
  const filter = toFilter(options);
  const format = options.format ?? (options.json && !output ? 'json' : 'ndjson');
  const total = isWholeLog(filter) ? (await store.head()).position : null;
  const count = createCounter({ host, clock }, total);
  const seen = { events: 0, first: null as number | null, last: null as number | null };
  const pieces = exportEvents(watch(selectEvents(store, filter), seen, count), format);
  if (!output) {
    for await (const piece of pieces) await write(piece);
    return null;
  }
  const digest = createHash('sha256');
  const bytes = await writeOutput(output, pieces, digest);
  const json = { output, format, ...seen, bytes, sha256: digest.digest('hex') };
  const range = seen.events > 0 ? `, positions ${seen.first} to ${seen.last}` : '';
  return {
    json,
    text: `${palette.green('✓')} ${formatCount(seen.events, 'event')}${range} written to ${output}, sha256 ${json.sha256}`,
  };
};

type Seen = { events: number; first: number | null; last: number | null };

async function* watch(
  events: AsyncIterable<LoggedEvent>,
  seen: Seen,
  count: (what: string, done: number) => void,
): AsyncGenerator<LoggedEvent> {
  for await (const event of events) {
    seen.events += 1;
    seen.first ??= event.position;
    seen.last = event.position;
    if (seen.events % 1000 === 0) count('events exported', seen.events);
    yield event;
  }
}
