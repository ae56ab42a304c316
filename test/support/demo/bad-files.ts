import type { Script } from '../scripted-provider.ts';
import { edit, read, run, submit, turn, write } from './turns.ts';

const CHECKED = `/** Parses CSV text into rows of fields. A field in double quotes loses its quotes. Rows of another length than the first are an error. */
export function parseCsv(text) {
  const lines = text.split(/\\r?\\n/).filter((line) => line !== '');
  const rows = lines.map((line) => line.split(',').map(unquote));
  const width = rows[0]?.length;
  const bad = rows.findIndex((row) => row.length !== width);
  if (bad >= 0) throw new Error(\`row \${bad + 1} has \${rows[bad].length} fields, expected \${width}\`);
  return rows;
}

function unquote(field) {
  const quoted = /^"(.*)"$/.exec(field);
  return quoted ? quoted[1] : field;
}
`;

const TESTS = `import assert from 'node:assert/strict';
import test from 'node:test';
import { parseCsv } from '../src/index.js';

test('names the row that has too few or too many fields', () => {
  assert.throws(() => parseCsv('a,b\\n1,2\\n3\\n'), /row 3 has 1 fields, expected 2/);
});
`;

/** The model's side of issue 3, which nobody could act on without asking. */
export const badFiles = {
  research: [
    [
      turn('What does it do with bad input today?', read('src/parse.js')),
      turn(
        'It accepts anything.',
        submit({
          findings: [
            {
              topic: 'What happens with uneven rows',
              finding: 'Nothing is checked: rows keep whatever number of fields they have.',
              sources: ['src/parse.js:2'],
            },
          ],
        }),
      ),
    ],
  ],
  ambiguity: [
    [
      turn(
        'Two things must be decided by somebody who knows the files.',
        submit({
          score: 78,
          reasons: ['it does not say which files are broken, or what is expected of them'],
          questions: [
            {
              question: 'What is wrong with the files you get?',
              choices: [
                'Rows have too few or too many fields',
                'Quotes are never closed',
                'The encoding is not UTF-8',
              ],
            },
            {
              question: 'What should parseCsv do with such a file?',
              choices: [
                'Throw an error that names the row',
                'Skip the row',
                'Fill missing fields with empty text',
              ],
            },
          ],
        }),
      ),
    ],
  ],
  design: [
    [
      turn('With the answers it is one function.', read('src/parse.js')),
      turn(
        'A check at the end of parsing.',
        submit({
          summary:
            'parseCsv throws an error that names the first row whose number of fields differs from the first row.',
          steps: [
            {
              title: 'Pin it with a test',
              detail: 'A row that is too short is named in the error.',
              files: ['test/parse-uneven.test.js'],
            },
            {
              title: 'Check the rows',
              detail: 'After splitting, compare every row with the first.',
              files: ['src/parse.js'],
            },
            {
              title: 'Document it',
              detail: 'Say in the README that uneven rows are an error.',
              files: ['README.md'],
            },
          ],
          testPlan:
            'A file with a short row throws and names row and field counts; even files parse as before.',
          risk: 'low',
          riskReasons: ['one function'],
          breakingChange: { expected: false, reason: 'only files that were wrong before are refused' },
          newDependencies: [],
          options: [],
        }),
      ),
    ],
  ],
  tests: [
    [
      turn('One test says it.', write('test/parse-uneven.test.js', TESTS), run('npm test')),
      turn(
        'It fails: nothing is thrown.',
        submit({ summary: 'A short row is named in the error.', undone: [] }),
      ),
    ],
  ],
  implement: [
    [
      turn('The function.', read('src/parse.js'), read('README.md')),
      turn(
        'Check, and say so.',
        write('src/parse.js', CHECKED),
        edit(
          'README.md',
          "parseCsv('name,age\\nAda,36'); // [['name', 'age'], ['Ada', '36']]\n",
          "parseCsv('name,age\\nAda,36'); // [['name', 'age'], ['Ada', '36']]\nparseCsv('name,age\\nAda'); // Error: row 2 has 1 fields, expected 2\n",
        ),
        run('npm test'),
      ),
      turn('Green.', submit({ summary: 'Uneven rows throw an error that names the row.', undone: [] })),
    ],
  ],
  refactor: [[turn('Small enough.', submit({ summary: 'Nothing to tidy.', undone: [] }))]],
  review: [
    [
      turn('The change in its place.', read('src/parse.js')),
      turn(
        'As answered.',
        submit({
          verdict: 'approve',
          summary: 'Checks what was asked and names the row.',
          findings: [],
          scores: { correctness: 9 },
        }),
      ),
    ],
  ],
} satisfies Script;
