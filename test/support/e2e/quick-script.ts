import { PARSER, QUOTED_PLAN, QUOTED_TESTS } from '../demo/quoted-fields.ts';
import { submit, turn, write } from '../demo/turns.ts';
import type { ScriptedAnswer } from '../scripted-provider.ts';

type Runs = readonly (readonly ScriptedAnswer[])[];

export type QuickScript = Readonly<
  Record<'research' | 'ambiguity' | 'design' | 'tests' | 'implement' | 'refactor' | 'review' | 'repair', Runs>
>;

/** One run of a task that writes these files and is done, in a single turn. */
export function writes(files: Readonly<Record<string, string>>): readonly ScriptedAnswer[] {
  const calls = Object.entries(files).map(([path, content]) => write(path, content));
  return [turn('Here it is.', ...calls, submit({ summary: 'It is written.', undone: [] }))];
}

/** One run of a task that answers at once. */
export function answers(input: unknown): readonly ScriptedAnswer[] {
  return [turn('That is clear.', submit(input))];
}

export const APPROVES = answers({ verdict: 'approve', summary: 'As planned.', findings: [] });

const quick: QuickScript = {
  research: [answers({ findings: [] })],
  ambiguity: [answers({ score: 8, reasons: ['there are examples'], questions: [] })],
  design: [answers(QUOTED_PLAN)],
  tests: [writes({ 'test/parse-quoted.test.js': QUOTED_TESTS })],
  implement: [writes({ 'src/parse.js': PARSER })],
  refactor: [answers({ summary: 'Nothing to tidy.', undone: [] })],
  repair: [],
  review: [APPROVES],
};

/** Issue 1 with as few turns as possible; `changes` replaces what the model does in single tasks, run by run. */
export function quickScript(changes: Partial<QuickScript> = {}): QuickScript {
  return { ...quick, ...changes };
}

const MARKDOWN_TESTS = `import assert from 'node:assert/strict';
import test from 'node:test';
import { toMarkdown } from '../src/markdown.js';

test('gives an empty string for no rows', () => {
  assert.equal(toMarkdown([]), '');
});
`;

const MARKDOWN = `/** Writes rows as lines of a Markdown table. */
export function toMarkdown(rows) {
  return rows.map((row) => \`| \${row.join(' | ')} |\\n\`).join('');
}
`;

const MARKDOWN_PLAN = {
  ...QUOTED_PLAN,
  summary: 'Add toMarkdown in a file of its own.',
  steps: [{ title: 'Write it', detail: 'With a test.', files: ['src/markdown.js', 'test/markdown.test.js'] }],
};

/** Issue 2, the feature: in other files than issue 1. */
export function markdownScript(): QuickScript {
  return quickScript({
    design: [answers(MARKDOWN_PLAN)],
    tests: [writes({ 'test/markdown.test.js': MARKDOWN_TESTS })],
    implement: [writes({ 'src/markdown.js': MARKDOWN })],
  });
}

/** A parser that does not know quotes; `how` makes it another one, so that it fails in another way. */
export function wrongParser(how: 'as before' | 'of one row' | 'of nothing'): string {
  const results = {
    'as before': "text.split('\\n').filter(Boolean).map((line) => line.split(','))",
    'of one row': "[text.trim().split(',')]",
    'of nothing': '[]',
  };
  return `/** Parses CSV text ${how}. */\nexport function parseCsv(text) {\n  return ${results[how]};\n}\n`;
}

/** All tests of the sample in one process. */
export const TEST_COMMAND = 'node --test --test-isolation=none';

/** What makes a loop quick: no npm around the tests, no second run of them for the coverage. */
export const QUICK_CONFIG = [
  `commands: { test: ${TEST_COMMAND} }`,
  'gates: { coverage: { minimum: null } }',
  'approval: { design: auto, merge: auto }',
  '',
].join('\n');
