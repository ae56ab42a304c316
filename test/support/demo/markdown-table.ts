import type { Script } from '../scripted-provider.ts';
import { edit, read, run, submit, turn, write } from './turns.ts';

const MARKDOWN = `/**
 * Writes rows as a Markdown table: the first row is the header. A pipe inside a field is escaped, a line break becomes
 * a space. No rows give an empty string.
 */
export function toMarkdown(rows) {
  const [header, ...rest] = rows;
  if (!header) return '';
  const dashes = header.map(() => '---');
  return [header.map(toCell), dashes, ...rest.map((row) => row.map(toCell))].map((cells) => \`| \${cells.join(' | ')} |\\n\`).join('');
}

function toCell(field) {
  return String(field).replaceAll('|', '\\\\|').replace(/\\r\\n|\\r|\\n/g, ' ');
}
`;

const TESTS = `import assert from 'node:assert/strict';
import test from 'node:test';
import { toMarkdown } from '../src/index.js';

test('writes the first row as header over a line of dashes', () => {
  assert.equal(toMarkdown([['name', 'age'], ['Ada', 36]]), '| name | age |\\n| --- | --- |\\n| Ada | 36 |\\n');
});

test('escapes pipes and puts line breaks on one line', () => {
  assert.equal(toMarkdown([['a|b'], ['two\\r\\nlines']]), '| a\\\\|b |\\n| --- |\\n| two lines |\\n');
});

test('gives an empty string for no rows', () => {
  assert.equal(toMarkdown([]), '');
});
`;

/** The model's side of issue 2, the feature. Its first reading of the tests needs no refactoring. */
export const markdownTable = {
  research: [
    [
      turn('What is there to build on?', read('src/format.js'), read('src/index.js')),
      turn(
        'formatCsv is the model to follow.',
        submit({
          findings: [
            {
              topic: 'How writers look here',
              finding:
                'A writer takes rows of fields, turns fields to text with String(), and ends every line with a line feed.',
              sources: ['src/format.js', 'src/index.js'],
            },
          ],
        }),
      ),
    ],
  ],
  ambiguity: [
    [
      turn(
        'The issue says what to do in the special cases.',
        submit({ score: 12, reasons: ['format and edge cases are given'], questions: [] }),
      ),
    ],
  ],
  design: [
    [
      turn('A new file beside format.js.', read('src/format.js')),
      turn(
        'Three steps.',
        submit({
          summary: 'Add toMarkdown(rows) in a file of its own and export it.',
          steps: [
            {
              title: 'Pin the table format with tests',
              detail: 'Header, dashes, escaping, line breaks, no rows.',
              files: ['test/markdown.test.js'],
            },
            {
              title: 'Write the table',
              detail: 'toMarkdown in src/markdown.js, without dependencies.',
              files: ['src/markdown.js'],
            },
            {
              title: 'Export and document it',
              detail: 'From src/index.js, with an example in the README.',
              files: ['src/index.js', 'README.md'],
            },
          ],
          testPlan: 'The example of the issue, escaping of pipes, line breaks in fields, and no rows.',
          risk: 'low',
          riskReasons: ['a new function, nothing that exists changes'],
          breakingChange: { expected: false, reason: 'only an export is added' },
          newDependencies: [],
          options: [],
        }),
      ),
    ],
  ],
  tests: [
    [
      turn('Tests first.', read('test/format.test.js')),
      turn('The behaviour of the issue.', write('test/markdown.test.js', TESTS), run('npm test')),
      turn(
        'They fail: there is no toMarkdown yet.',
        submit({ summary: 'Header and dashes, escaping, and no rows.', undone: [] }),
      ),
    ],
  ],
  implement: [
    [
      turn('Where it belongs.', read('src/index.js'), read('README.md')),
      turn(
        'The function, its export and its place in the README.',
        write('src/markdown.js', MARKDOWN),
        edit(
          'src/index.js',
          "export { formatCsv } from './format.js';\n",
          "export { formatCsv } from './format.js';\nexport { toMarkdown } from './markdown.js';\n",
        ),
        edit(
          'README.md',
          "import { parseCsv, formatCsv } from 'tidy-csv';",
          "import { parseCsv, formatCsv, toMarkdown } from 'tidy-csv';",
        ),
        run('npm test'),
      ),
      turn(
        'All green.',
        submit({ summary: 'toMarkdown in src/markdown.js, exported and named in the README.', undone: [] }),
      ),
    ],
  ],
  refactor: [[turn('It is as short as it should be.', submit({ summary: 'Nothing to tidy.', undone: [] }))]],
  review: [
    [
      turn('The new file.', read('src/markdown.js')),
      turn(
        'Right and small.',
        submit({
          verdict: 'approve',
          summary: 'Does what the issue asks; every special case has a test.',
          findings: [],
          scores: { correctness: 9, tests: 9 },
        }),
      ),
    ],
  ],
} satisfies Script;
