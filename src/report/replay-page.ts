import type { LoggedEvent } from '../core/events/event.ts';
import { createInitialState, foldEvent, type LoopState } from '../core/state.ts';
import { describeStatus, statusSymbols } from '../core/vocabulary.ts';
import { createPalette } from '../lib/palette.ts';
import { formatCount } from '../lib/quantities.ts';
import { tellEvent } from './event-text.ts';
import { listFacts } from './facts.ts';
import { block, type Html, html, inline, toPage } from './html.ts';
import { describeValue, isTold, type ReplayView, type ToldDecision, type ToldGround } from './replay.ts';
import { type Difference, listDifferences } from './state-difference.ts';
import { renderStatus } from './status.ts';

const STYLE = `
:root{color-scheme:light dark;--dim:#6b7280;--line:#8884;--good:#15803d;--bad:#b91c1c;--mark:#2563eb}
@media (prefers-color-scheme:dark){:root{--dim:#9ca3af;--good:#4ade80;--bad:#f87171;--mark:#60a5fa}}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2.5rem}
a{color:var(--mark)}.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
code,pre,.type{font:13px/1.45 ui-monospace,monospace}pre{overflow:auto;padding:.6rem;border:1px solid var(--line);border-radius:6px}
details{border-top:1px solid var(--line);padding:.25rem 0}summary{cursor:pointer}
details:target>summary{outline:2px solid var(--mark)}
.at{display:inline-block;min-width:3.5rem;text-align:right;color:var(--dim)}.type{font-weight:600}
ul{margin:.2rem 0 .4rem;padding-left:5rem}table{border-collapse:collapse;margin:.4rem 0 .4rem 4.5rem}
td{border:1px solid var(--line);padding:.15rem .5rem;font:13px/1.4 ui-monospace,monospace;vertical-align:top;overflow-wrap:anywhere}
.decision{margin:.8rem 0}
`.trim();

const plain = createPalette(false);

/** A replay as a page of its own: every decision with links to what it rested on, every event with what it changed. */
export function renderReplayPage(view: ReplayView, events: readonly LoggedEvent[]): string {
  const { issue, state, decisions, next } = view;
  const title = `Replay of #${issue}${state.issue ? ` ${state.issue.title}` : ''}`;
  const facts = listFacts(state).map(({ text }) => text);
  const body = html`<h1>${inline(title, 200)}</h1>
<p><strong>${statusSymbols[state.status]} ${inline(describeStatus(state))}</strong> <span class="dim">${inline(facts.join(' · '))}</span></p>
<p>${renderVerdict(decisions)}</p>
<h2>Decisions</h2>
${decisions.map(renderDecision)}
<div class="decision"><span class="at">next</span> <strong>${next.key}</strong><br><span class="at"></span> because ${inline(next.because)}${renderGrounds(next.restedOn)}</div>
<h2>The state at position ${state.position}</h2>
${block(renderStatus(state, { issue, palette: plain }))}
<h2>${formatCount(events.length, 'event')}</h2>
${renderEvents(events, issue, new Set(decisions.map(({ position }) => position)))}`;
  return toPage({ title, style: STYLE, body });
}

function renderVerdict(decisions: readonly ToldDecision[]): Html {
  const differing = decisions.filter(({ agrees }) => !agrees).length;
  return differing === 0
    ? html`<span class="good">✓ decided again by this version: ${decisions.length} of ${decisions.length} the same</span>`
    : html`<span class="bad">✗ this version decides ${differing} of ${decisions.length} differently</span>`;
}

function renderDecision({ position, timestamp, key, because, again, agrees, restedOn }: ToldDecision): Html {
  const other = agrees
    ? undefined
    : html`<br><span class="at"></span> <span class="bad">✗ this version decides ${again.key}, because ${inline(again.because)}</span>`;
  return html`<div class="decision"><a class="at" href="#p${position}">${position}</a> <strong>${key}</strong> <span class="dim">${timestamp.slice(11, 19)}</span><br><span class="at"></span> because ${inline(because)}${other}${renderGrounds(restedOn)}</div>
`;
}

function renderGrounds(restedOn: readonly ToldGround[]): Html | undefined {
  if (restedOn.length === 0) return undefined;
  const items = restedOn.map(
    ({ position, type, text }) =>
      html`<li>rests on <a href="#p${position}">${position}</a> <span class="type">${type}</span> <span class="dim">${inline(text, 160)}</span></li>`,
  );
  return html`<ul>${items}</ul>`;
}

function renderEvents(events: readonly LoggedEvent[], issue: number, decided: ReadonlySet<number>): Html[] {
  let state = createInitialState();
  return events.map((event) => {
    const before = state;
    state = foldEvent(state, event);
    const after = decided.has(event.position) || event === events.at(-1) ? state : undefined;
    return renderEvent(event, { issue, after, changes: listDifferences(before, state) });
  });
}

type Told = { issue: number; changes: readonly Difference[]; after: LoopState | undefined };

function renderEvent(event: LoggedEvent, { issue, changes, after }: Told): Html {
  const { position, timestamp, type } = event;
  const rows = changes
    .filter(isTold)
    .map(
      ({ path, before, after: now }) =>
        html`<tr><td>${path}</td><td>${describeValue(before)}</td><td>${describeValue(now)}</td></tr>`,
    );
  const state = after
    ? html`<details><summary class="dim">the state after it</summary>${block(renderStatus(after, { issue, palette: plain }))}</details>`
    : undefined;
  return html`<details id="p${position}"><summary><span class="at">${position}</span> <span class="dim">${timestamp.slice(11, 23)}</span> <span class="type">${type}</span> ${inline(tellEvent(event), 160)}</summary>${rows.length > 0 ? html`<table>${rows}</table>` : undefined}${state}${block(JSON.stringify(event, null, 2))}</details>
`;
}
