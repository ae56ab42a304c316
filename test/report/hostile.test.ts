import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoopState } from '../../src/core/state.ts';
import { neutraliseMarkdown } from '../../src/core/text/neutralise.ts';
import { createPalette } from '../../src/lib/palette.ts';
import { renderApprovalRequest } from '../../src/report/approval.ts';
import { parseTicks, renderDashboard } from '../../src/report/dashboard.ts';
import { renderPullRequestBody } from '../../src/report/pull-request.ts';
import { renderQuestions } from '../../src/report/questions.ts';
import { renderRefusal } from '../../src/report/refusal.ts';
import { renderRound } from '../../src/report/round.ts';
import { renderStatus, renderStatusList } from '../../src/report/status.ts';
import { renderStepSummary } from '../../src/report/step-summary.ts';
import { renderPullComment, renderStickyComment } from '../../src/report/sticky-comment.ts';
import { publish } from '../support/report-goldens.ts';
import { storyNames, tell } from '../support/report-states.ts';

const asComment = { issue: 42, commandPrefix: '/tamma' } as const;

/** Pieces of what somebody would write who wants a rendering to do something; kinds as in the adversarial corpus. */
const tricks = [
  'Fixes #99',
  'closes acme/shop#3',
  '@alice',
  '@dependabot merge',
  '<img src=x onerror=alert(1)>',
  '![x](https://evil.example/?q=1)',
  '[click](https://evil.example)',
  '[approve]: https://evil.example',
  '<!-- tamma:status -->',
  '</details>',
  '<details open><summary>x</summary>',
  '| a | b |\n|---|---|',
  '|',
  '\\|',
  '`',
  '```',
  '~~~~',
  '```mermaid\ngantt',
  '\n/close\n',
  '/tamma approve 1234',
  '::error::owned',
  '##[set-output name=x]y',
  '\u001b[2J',
  '\u202e',
  '\u200b',
  '&#64;bob',
  '- [x] `retry #1`',
  '%%{init: {}}%%',
  ':done, 0, 1',
  '# heading',
  '$$x$$',
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...tricks), fc.string({ maxLength: 12 })), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(' '));

const name = fc.constantFrom(...storyNames);

/** Everything in the state that issues, models, tools and other people wrote is this text. */
function poison(state: LoopState, text: string): LoopState {
  const foreign =
    /^(?:title|summary|detail|message|rule|output|testPlan|reason|question|answer|name|tradeOff|login|project|test|install|lint)$/;
  const lists = /^(?:riskReasons|reasons|choices|notes|newDependencies|failingTests|files|labels)$/;
  return JSON.parse(JSON.stringify(state), (key, value: unknown) => {
    if (typeof value === 'string' && foreign.test(key)) return text;
    if (lists.test(key) && Array.isArray(value)) return [...(value as unknown[]).map(() => text), text];
    return value;
  }) as LoopState;
}

function renderAll(state: LoopState, text: string): string[] {
  const { log } = tell('merge-waiting');
  const board = {
    loops: [{ issue: 42, state }],
    queue: [43],
    held: [{ issue: 44, title: text, because: text }],
    spent: { day: 1, month: 2 },
    limits: { perDayUsd: 50, perMonthUsd: null, maxActive: 3 },
  };
  const decision = { kind: 'run', stepId: 'DESIGN', run: 1, because: text } as const;
  return [
    publish(renderStickyComment(state, asComment)),
    publish(renderPullComment(state, asComment)),
    publish(renderPullRequestBody(state, { ...asComment, warnings: [text] })),
    publish(renderApprovalRequest(state, { ...asComment, issueText: text })),
    publish(renderDashboard(board)),
    // Summaries are shown by the runner as they are.
    renderStepSummary(state, {
      ...asComment,
      decided: [{ decision, summary: text }],
      events: log.events,
      head: { position: 1, hash: 'ab' },
    }),
    publish(renderRefusal({ command: text.slice(0, 40), message: text })),
    publish(renderQuestions({ ...state, split: [{ title: text, body: text }] }, asComment)),
    renderRound(
      {
        picked: [{ issue: 7, because: text, report: null }],
        waiting: [],
        queue: [],
        held: [{ issue: 8, because: text }],
      },
      '/tamma',
    ),
  ];
}

/** Without what a platform shows as code, where nothing is acted on; read from left to right as CommonMark does. */
function outsideCode(markdown: string): string {
  return outsideFences(markdown).replace(
    /\\[\s\S]|(`+)(?!`)([^\n]*?[^`\n])\1(?!`)/g,
    (found, ticks?: string) => (ticks ? 'CODE' : found === '\\`' ? 'x' : found),
  );
}

describe('whatever stands in issues, answers of models and output of tools', () => {
  test('nothing of it mentions, closes, shows a picture, leads away, or becomes HTML', () => {
    fc.assert(
      fc.property(name, hostile, (story, text) => {
        for (const markdown of renderAll(poison(tell(story).state, text), text)) {
          const shown = outsideCode(markdown);
          expect(shown).not.toMatch(/(?<![\w@])@[A-Za-z]/);
          expect(shown).not.toMatch(/(?:fix(?:es)?|closes)\W{0,3}(?:#99|acme)/i);
          expect(shown).not.toMatch(/(?<!\\)!\[/);
          expect(shown).not.toMatch(/(?<!\\)\]\((?!https:\/\/github\.com\/)/);
          expect(shown.replace(/^<\/?details>$|^<summary>[A-Z][\w ]+<\/summary>$/gm, '')).not.toContain('<');
          expect(shown).not.toMatch(/^\s*\/[a-z]/m);
          expect(markdown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('tables keep their columns, and folded parts end', () => {
    fc.assert(
      fc.property(name, hostile, (story, text) => {
        for (const markdown of renderAll(poison(tell(story).state, text), text)) {
          for (const table of listTables(outsideFences(markdown))) expect(new Set(table).size).toBe(1);
          const count = (tag: RegExp) => outsideFences(markdown).match(tag)?.length ?? 0;
          expect(count(/^<details>$/gm)).toBe(count(/^<\/details>$/gm));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('only one drawing is drawn, and no box can be ticked that is not ours', () => {
    fc.assert(
      fc.property(name, hostile, (story, text) => {
        const all = renderAll(poison(tell(story).state, text), text);
        expect(
          all.flatMap((markdown) => readFences(markdown).kinds).filter((kind) => kind !== 'text'),
        ).toEqual(['mermaid']);
        const board = all[4] ?? '';
        expect(parseTicks(board)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('a terminal obeys none of it', () => {
    fc.assert(
      fc.property(name, hostile, (story, text) => {
        const state = poison(tell(story).state, text);
        const palette = createPalette(false);
        const shown =
          renderStatus(state, { issue: 42, palette }) + renderStatusList([{ issue: 42, state }], palette);
        expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      }),
      { numRuns: 60 },
    );
  });
});

/** The lines that no fence holds, and what stands after the mark of each fence (CommonMark 4.5). */
function readFences(markdown: string): { outside: string; kinds: string[] } {
  const outside: string[] = [];
  const kinds: string[] = [];
  let open = '';
  for (const line of markdown.split('\n')) {
    const [, mark = '', info = ''] = /^ {0,3}(`{3,}|~{3,})([^`]*)$/.exec(line) ?? [];
    if (open && mark.startsWith(open) && info.trim() === '') open = '';
    else if (!open && mark) {
      open = mark;
      kinds.push(info.trim());
    } else if (!open) outside.push(line);
  }
  return { outside: outside.join('\n'), kinds };
}

function outsideFences(markdown: string): string {
  return readFences(markdown).outside;
}

/** The number of bars that part cells, of every row of every table. */
function listTables(markdown: string): number[][] {
  const blocks = markdown.split('\n\n').filter((block) => /^\|[-:|]+\|$/m.test(block));
  return blocks.map((block) => block.split('\n').map((line) => [...line.matchAll(/(?<!\\)\|/g)].length));
}

describe('a text is never too long', () => {
  const long = (state: LoopState) => poison(state, `${'word '.repeat(390)}@alice |`);

  test.each(storyNames)('%s: comment, pull request and summary stay below their caps', (story) => {
    const state = long(tell(story).state);
    for (const text of renderAll(state, 'x'.repeat(2000)).slice(0, 5))
      expect(text.length).toBeLessThanOrEqual(30_000);
    const summary = renderAll(state, 'x')[5] ?? '';
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(100_000);
  });

  test('a dashboard of hundreds of issues shows what has room and counts the rest', () => {
    const loops = Array.from({ length: 400 }, (_, at) => {
      const story = storyNames[at % storyNames.length] ?? 'fresh';
      return { issue: at + 1, state: tell(story).state };
    });
    const text = renderDashboard({
      loops,
      queue: Array.from({ length: 300 }, (_, at) => 1000 + at),
      held: [],
      spent: { day: 50, month: 80 },
      limits: { perDayUsd: 50, perMonthUsd: null, maxActive: 3 },
    });
    expect(text.length).toBeLessThan(30_000);
    expect(text).toMatch(/^- and \d+ more$/m);
    expect(text).toContain('50.00 of 50.00 USD today – used up');
    expect(neutraliseMarkdown(text, { isTemplate: true, allowedHosts: ['github.com'] })).toContain(
      'Tick a box',
    );
  });
});
