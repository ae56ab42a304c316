import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { tellDecisions } from '../../src/app/replay.ts';
import { type EventData, type EventType, eventTypes } from '../../src/core/events/catalogue.ts';
import type { LoggedEvent } from '../../src/core/events/event.ts';
import { foldEvents } from '../../src/core/state.ts';
import { tellEvent } from '../../src/report/event-text.ts';
import { html, inline } from '../../src/report/html.ts';
import { renderReplayPage } from '../../src/report/replay-page.ts';
import { createEventLog } from '../support/event-log.ts';
import { readRecordedLog } from '../support/recorded-log.ts';
import { createPullLog } from '../support/sample-loop.ts';

function render(issue: number, events: readonly LoggedEvent[]): string {
  const next = { key: 'wait MERGE', because: 'waiting', restedOn: [] };
  const decisions = tellDecisions(events);
  const rest = { at: null, difference: null, why: null };
  return renderReplayPage({ issue, state: foldEvents(events), decisions, next, ...rest }, events);
}

describe('a replay as a page', () => {
  const events = readRecordedLog('5c4a8d7/people');
  const page = render(1, events);

  test('has every decision with links to what it rested on, and every event with what it changed', () => {
    expect(page.match(/<details id="p\d+">/g)?.length).toBe(events.length);
    expect(page).toContain('rests on <a href="#p104">104</a>');
    expect(page).toContain('<td>status</td><td>&quot;active&quot;</td><td>&quot;escalated&quot;</td>');
    const links = [...page.matchAll(/href="#(p\d+)"/g)].map(([, id]) => `id="${id}"`);
    expect(links.filter((id) => !page.includes(id))).toEqual([]);
    expect(page).toContain('decided again by this version: 18 of 18 the same');
  });

  test('loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/<script|\bon[a-z]+=|src=|url\(|@import/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(`default-src &#39;none&#39;; style-src &#39;sha256-${digest}&#39;`);
  });

  test('says loudly where this version decides differently', () => {
    const other = events.map((event) =>
      event.position === 6 ? { ...event, data: { ...event.data, because: 'in a hurry' } } : event,
    ) as LoggedEvent[];
    expect(render(1, other)).toMatch(/class="bad">✗ this version decides 1 of 18 differently/);
  });

  test('shows what a log quotes, and obeys nothing of it', () => {
    const hostile = render(7, createPullLog().events);
    expect(hostile).toContain('&lt;img src=x&gt;');
    expect(hostile).not.toMatch(/<img|<a href="http|\u001b/);
  });
});

test('HTML holds what was escaped, and nothing else', () => {
  expect(
    html`<b title="${'"\'&'}">${'<i>'}${inline('a\u202eb')}${[html`<i>${1}</i>`]}${undefined}</b>`.html,
  ).toBe(`<b title="&quot;&#39;&amp;">&lt;i&gt;${inline('a\u202eb').html}<i>1</i></b>`);
  expect(inline('a\u202eb').html).not.toContain('\u202e');
});

describe('an event in words', () => {
  const told = [...readRecordedLog('5c4a8d7/people'), ...readRecordedLog('8e29f0b/questions')];

  test.each([...new Set(told.map(({ type }) => type))])('is told for people: %s', (type) => {
    const event = told.find((candidate) => candidate.type === type) as LoggedEvent;
    expect(tellEvent(event)).not.toMatch(/undefined|\[object|^\{/);
  });

  const rest: { [T in EventType]?: EventData[T] } = {
    'APPROVAL.REJECTED': { kind: 'design', digest: 'd', feedback: 'smaller' },
    'QUESTIONS.ANSWERED': { answers: [{ questionId: 'q1', answer: 'CSV' }], byDefault: false },
    'GATE.FAILED': {
      ...{ gateId: 'tests', attempt: 1, maxAttempts: 3, headSha: 'a'.repeat(40), treeSha: 'b'.repeat(40) },
      ...{ findingsDigest: 'c'.repeat(64), report: { summary: 'red', findings: [] }, durationMs: 1 },
    },
    'BUDGET.EXCEEDED': { scope: 'day', limitUsd: 5, spentUsd: 4.9, neededUsd: 0.2 },
    'CODE.GENERATED.FAILED': { phase: 'repair', reason: 'no-change', message: 'nothing', files: [] },
    'BRANCH.UPDATED.SUCCESS': { branch: 'x', from: 'a'.repeat(40), sha: 'b'.repeat(40) },
    'DISPATCH.STARTED.SUCCESS': { purpose: 'deployment', workflow: 'deploy.yml', ref: 'main', runId: '7' },
    'DEPLOYMENT.COMPLETED.SUCCESS': { workflow: 'deploy.yml', ref: 'main', durationMs: 61_000 },
    'APPROVAL.WITHDRAWN': { kind: 'merge', digest: 'd', code: 'edited', reason: 'the comment was edited' },
    'PR.UPDATED.SUCCESS': { number: 1, url: 'u', headSha: 'a'.repeat(40), draft: false },
    'CI.STATUS_CHANGED': {
      status: 'failed',
      headSha: 'a'.repeat(40),
      checks: [{ name: 'lint', status: 'red' }],
    },
  };

  test.each(Object.entries(rest))('is told for people: %s', (type, data) => {
    const [event] = createEventLog().add(type as EventType, data as never).events;
    expect(tellEvent(event as LoggedEvent)).toMatchSnapshot();
  });

  test('is its data where nobody has found better words', () => {
    const event = {
      ...createEventLog().add('WORKFLOW.TAKEN_OVER', {}).events[0],
      type: 'FUTURE.THING',
      data: { a: 1 },
    };
    expect(tellEvent(event as unknown as LoggedEvent)).toBe('{"a":1}');
    expect(eventTypes).not.toContain('FUTURE.THING');
  });
});
