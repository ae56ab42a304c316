import type { LoggedEvent } from '../../core/events/event.ts';
import { cutAt } from '../../core/replay/moments.ts';
import { explain } from '../../core/replay/why.ts';
import { createInitialState, foldEvent, foldEvents, type LoopState } from '../../core/state.ts';
import type { Palette } from '../../lib/palette.ts';
import { tellEvent } from '../../report/event-text.ts';
import {
  isTold,
  renderCauses,
  renderChanges,
  renderDecision,
  type ToldDecision,
} from '../../report/replay.ts';
import { listDifferences } from '../../report/state-difference.ts';
import { renderStatus } from '../../report/status.ts';
import { toBlock, toPlain } from '../../report/untrusted.ts';

/** A walk through the log of an issue, event by event. */
export type Walk = {
  /** What is shown before anything is asked. */
  begin(): string;
  /** Answers one line; undefined ends the walk. */
  answer(line: string): string | undefined;
  /** Where it stands, for the prompt. */
  place(): string;
};

export type WalkOptions = {
  issue: number;
  events: readonly LoggedEvent[];
  decisions: readonly ToldDecision[];
  palette: Palette;
};

type Place = WalkOptions & { index: number; before: LoopState };
type Answer = { text: string } | { index: number } | 'quit';
type Command = { words: readonly string[]; help: string; run(place: Place, argument: string): Answer };

const MAX_CHANGES = 12;
const AROUND = 5;

/** Every command by its words: the first is its name, and a letter will do. */
const commands: readonly Command[] = [
  {
    words: ['next', 'n', ''],
    help: 'the next event, or so many on: n 5',
    run: (place, by) => move(place, by, 1),
  },
  { words: ['previous', 'p'], help: 'the event before', run: (place, by) => move(place, by, -1) },
  { words: ['decision', 'd'], help: 'the next decision', run: (place) => findDecision(place, 1) },
  { words: ['back', 'b'], help: 'the decision before', run: (place) => findDecision(place, -1) },
  { words: ['jump', 'j'], help: 'to a position or a time: j 42, or just 42', run: jump },
  { words: ['first', 'f'], help: 'the first event', run: () => ({ index: 0 }) },
  { words: ['last', 'e'], help: 'the last event', run: ({ events }) => ({ index: events.length - 1 }) },
  { words: ['why', 'w'], help: 'why this event is there: w, or w 42', run: why },
  { words: ['state', 's'], help: 'what was known after this event', run: showState },
  { words: ['list', 'l'], help: 'the events around', run: list },
  { words: ['raw', 'r'], help: 'the event as it stands in the log', run: showRaw },
  { words: ['help', 'h', '?'], help: 'this list', run: () => ({ text: help() }) },
  { words: ['quit', 'q'], help: 'the end', run: () => 'quit' },
];

/** Begins at the first event. Pure but for where it stands; whoever reads lines from somebody hands them in. */
export function createWalk(options: WalkOptions): Walk {
  const { events } = options;
  let index = 0;
  let search = '';
  const at = (): Place => ({ ...options, index, before: foldEvents(events.slice(0, index)) });

  function go(to: number): string {
    const last = events.length - 1;
    index = Math.min(Math.max(to, 0), last);
    if (to > last) return 'That was the last event.';
    return to < 0 ? 'That is the first event.' : showEvent(at());
  }

  return {
    begin: () => `${describeLog(options)}\n\n${showEvent(at())}`,
    place: () => `${events[index]?.position ?? 0}/${events.at(-1)?.position ?? 0}`,
    answer(line) {
      const text = line.trim();
      if (text.startsWith('/')) {
        search = text.slice(1) || search;
        return find(events, index, search, go);
      }
      if (/^\d+$/.test(text)) return toText(jump(at(), text), go);
      const [word = '', ...rest] = text.split(/\s+/);
      const command = commands.find(({ words }) => words.includes(word.toLowerCase()));
      if (!command) return `There is no “${toPlain(word, 40)}” here.\n${help()}`;
      return toText(command.run(at(), rest.join(' ')), go);
    },
  };
}

function toText(answer: Answer, go: (index: number) => string): string | undefined {
  if (answer === 'quit') return undefined;
  return 'index' in answer ? go(answer.index) : answer.text;
}

function describeLog({ issue, events, decisions }: WalkOptions): string {
  const last = events.at(-1);
  const until = last ? ` up to ${last.timestamp}` : '';
  return `Issue ${issue}: ${events.length} events, ${decisions.length} decisions${until}. Enter goes on, h helps, q ends.`;
}

function help(): string {
  const rows = commands.map(({ words: [name = '', letter = ''], help: text }) => {
    return `  ${`${letter}, ${name}`.padEnd(14)} ${text}`;
  });
  return [...rows, `  ${'/text'.padEnd(14)} search on from here; / alone repeats it`].join('\n');
}

function move({ index }: Place, by: string, direction: 1 | -1): Answer {
  const count = /^\d+$/.test(by) ? Number(by) : 1;
  return { index: index + direction * count };
}

function findDecision({ events, decisions, index }: Place, direction: 1 | -1): Answer {
  const here = events[index]?.position ?? 0;
  const found =
    direction === 1
      ? decisions.find(({ position }) => position > here)
      : decisions.findLast(({ position }) => position < here);
  if (!found) return { text: direction === 1 ? 'No decision comes after this.' : 'No decision came before.' };
  return { index: events.findIndex(({ position }) => position === found.position) };
}

/** To the event at a position, or to the last one before it where that is another issue's. */
function jump({ events }: Place, moment: string): Answer {
  try {
    return { index: Math.max(0, cutAt(events, moment).length - 1) };
  } catch {
    return { text: 'Give a position or a time, such as j 42 or j 2026-11-20T13:00:00Z.' };
  }
}

function find(
  events: readonly LoggedEvent[],
  from: number,
  wanted: string,
  go: (index: number) => string,
): string {
  const needle = wanted.toLowerCase();
  const holds = (event: LoggedEvent) =>
    `${event.type} ${tellEvent(event)} ${JSON.stringify(event)}`.toLowerCase().includes(needle);
  const after = events.findIndex((event, index) => index > from && holds(event));
  const found = after === -1 ? events.findIndex(holds) : after;
  if (!needle || found === -1) return `Nothing holds “${toPlain(wanted, 60)}”.`;
  return found <= from ? `From the beginning again:\n${go(found)}` : go(found);
}

function why({ events, decisions, index, palette }: Place, wanted: string): Answer {
  const position = /^\d+$/.test(wanted) ? Number(wanted) : (events[index]?.position ?? 0);
  const causes = explain({ events, decisions }, position);
  return { text: causes ? renderCauses(causes, palette) : `No event of this issue is at ${position}.` };
}

function showState({ issue, events, index, before, palette }: Place): Answer {
  const event = events[index];
  const state = event ? foldEvent(before, event) : createInitialState();
  return { text: renderStatus(state, { issue, palette }) };
}

function showRaw({ events, index }: Place): Answer {
  return { text: toBlock(JSON.stringify(events[index], null, 2)) };
}

function list({ events, decisions, index, palette }: Place): Answer {
  const from = Math.max(0, index - AROUND);
  const lines = events.slice(from, index + AROUND + 1).map((event, offset) => {
    const mark = from + offset === index ? '▶' : ' ';
    const decided = decisions.some(({ position }) => position === event.position) ? '◆' : ' ';
    return `${mark}${decided}${describe(event, palette)}`;
  });
  return { text: lines.join('\n') };
}

function describe(event: LoggedEvent, palette: Palette, text = tellEvent(event)): string {
  const { position, timestamp, type } = event;
  return `${String(position).padStart(6)} ${palette.dim(timestamp.slice(11, 23))} ${palette.bold(type)} ${toPlain(text, 140)}`;
}

/** The event, what it changed, and why where it is a decision. */
function showEvent({ events, decisions, index, before, palette }: Place): string {
  const event = events[index];
  if (!event) return 'There is nothing.';
  const decision = decisions.find(({ position }) => position === event.position);
  const changes = listDifferences(before, foldEvent(before, event)).filter(isTold);
  const hidden = changes.length - MAX_CHANGES;
  return [
    describe(event, palette, decision?.key),
    ...(decision ? renderDecision(decision, palette).slice(1) : []),
    ...renderChanges(changes.slice(0, MAX_CHANGES), palette).map((line) => `     ${line}`),
    ...(hidden > 0 ? [palette.dim(`       and ${hidden} more changes (r shows the event)`)] : []),
  ].join('\n');
}
