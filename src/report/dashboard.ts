import type { LoopOutline } from '../core/state.ts';
import { describeStatus, statusSymbols } from '../core/vocabulary.ts';
import { formatCount, formatUsd } from '../lib/quantities.ts';
import { joinFacts } from './checklist.ts';
import { listShortFacts } from './facts.ts';
import { code, joinSections, link } from './markdown.ts';
import { describeNeed } from './need.ts';
import { toInline } from './untrusted.ts';

export type DashboardView = {
  /** Every issue the log knows. */
  loops: readonly { issue: number; state: LoopOutline }[];
  queue: readonly number[];
  held: readonly { issue: number; title: string; because: string }[];
  /** US dollars of all issues. */
  spent: { day: number; month: number };
  limits: { perDayUsd: number; perMonthUsd: number | null; maxActive: number };
};

/** What a box of the dashboard does when somebody ticks it: commands that name no digest. */
export const boxCommands = ['retry', 'resume', 'stop', 'run'] as const;

export type BoxCommand = (typeof boxCommands)[number];

/** Rows of a section: the first number with which the whole has room. */
const ROWS = [30, 12, 5, 2];
const MAX_LENGTH = 28_000;

/**
 * The text of the dashboard: who is needed, what is worked on, what comes next, what it costs today. Nothing in it
 * changes by itself: the same state gives the same text.
 */
export function renderDashboard(view: DashboardView): string {
  const texts = ROWS.map((rows) => renderRows(view, rows));
  return texts.find((text) => text.length <= MAX_LENGTH) ?? texts.at(-1) ?? '';
}

function renderRows({ loops, queue, held, spent, limits }: DashboardView, maxRows: number): string {
  const section = (title: string, rows: readonly string[]) => renderSection(title, rows, maxRows);
  const of = (...wanted: LoopOutline['status'][]) =>
    loops.filter(({ state }) => wanted.includes(state.status));
  const queued = queue.length + held.length;
  const counts = [
    `${of('active').length} at work, at most ${limits.maxActive}`,
    `${of('waiting').length} waiting`,
    `${formatCount(of('escalated').length, 'needs', 'need')} a person`,
    `${queued} queued`,
  ];
  return joinSections([
    `**${counts.join(' · ')}**`,
    describeSpending(spent, limits),
    section(`${statusSymbols.escalated} Needs a person`, of('escalated').map(renderEscalated)),
    section(`${statusSymbols.waiting} Waiting`, of('waiting').map(renderWaiting)),
    section(`${statusSymbols.active} At work`, of('active').map(renderActive)),
    section(`${statusSymbols['taken-over']} Handed over`, of('taken-over', 'stopped').map(renderIdle)),
    section('Next', [...queue.map((issue) => `- #${issue}`), ...held.map(renderHeld)]),
    section(`${statusSymbols.done} Done`, of('done').slice(-10).reverse().map(renderDone)),
    'Tick a box and it is done; somebody with write access gives commands with a digest on the issue itself.',
  ]);
}

function describeSpending({ day, month }: DashboardView['spent'], limits: DashboardView['limits']): string {
  const { perDayUsd, perMonthUsd } = limits;
  const used = day >= perDayUsd ? ' – used up: nothing is begun before tomorrow' : '';
  const of = (spent: number, limit: number) =>
    `${formatUsd(spent).replace(' USD', '')} of ${formatUsd(limit)}`;
  const monthly = perMonthUsd === null ? formatUsd(month) : of(month, perMonthUsd);
  return `**Cost:** ${of(day, perDayUsd)} today${used} · ${monthly} this month`;
}

/** The commands of the boxes that are ticked, each once. */
export function parseTicks(body: string): { command: BoxCommand; issue: number }[] {
  const ticked = [...body.matchAll(/^ {0,4}- \[[xX]\] `([a-z-]{1,20}) #([1-9]\d{0,9})`/gm)];
  const found = ticked.flatMap(([, word, digits]) => {
    const command = boxCommands.find((name) => name === word);
    return command ? [{ command, issue: Number(digits) }] : [];
  });
  return [...new Map(found.map((tick) => [`${tick.command} ${tick.issue}`, tick])).values()];
}

type Loop = DashboardView['loops'][number];

function renderEscalated({ issue, state }: Loop): string {
  const why = toInline(state.escalation?.summary ?? '', 200);
  return [
    row({ issue, state }, describeStatus(state), why),
    ...boxes(issue, ['retry', 'resume', 'stop']),
  ].join('\n');
}

function renderWaiting({ issue, state }: Loop): string {
  const { text, commands } = describeNeed(state, { issue, commandPrefix: '/tamma' });
  const give = commands.map((command) => `: ${code(command)}`).join('');
  return row({ issue, state }, describeStatus(state), `${text}${give}`);
}

function renderActive({ issue, state }: Loop): string {
  return row({ issue, state }, describeStatus(state));
}

function renderIdle({ issue, state }: Loop): string {
  return [row({ issue, state }, describeStatus(state)), ...boxes(issue, ['resume'])].join('\n');
}

function renderHeld({ issue, title, because }: DashboardView['held'][number]): string {
  const line = `- #${issue} ${toInline(title, 100)} · ${toInline(because, 200)}`;
  return because.startsWith('blocked') ? line : [line, ...boxes(issue, ['run'])].join('\n');
}

function renderDone({ issue, state }: Loop): string {
  return row({ issue, state }, describeStatus(state));
}

/** A line an issue; what somebody has to know or do about it stands below. */
function row({ issue, state }: Loop, status: string, below = ''): string {
  const { issue: known } = state;
  const number = link(`#${issue}`, known?.url ?? '');
  const line = `- ${number} ${toInline(known?.title ?? '', 100)} · ${status} · ${joinFacts(listShortFacts(state))}`;
  return below ? `${line}\n  ${below}` : line;
}

function boxes(issue: number, commands: readonly BoxCommand[]): string[] {
  return commands.map((command) => `  - [ ] ${code(`${command} #${issue}`)}`);
}

function renderSection(title: string, rows: readonly string[], maxRows: number): string {
  if (rows.length === 0) return '';
  const more = rows.length > maxRows ? [`- and ${rows.length - maxRows} more`] : [];
  return [`### ${title}`, '', ...rows.slice(0, maxRows), ...more].join('\n');
}
