import type { Script } from '../scripted-provider.ts';
import { edit, list, read, run, search, submit, turn, write } from './turns.ts';

export const PARSER = `/**
 * Parses CSV text into rows of fields, as RFC 4180 describes it: a field in double quotes may hold commas, line breaks
 * and, doubled, quotes. Empty lines are passed over.
 */
export function parseCsv(text) {
  const rows = [];
  let row = [];
  let field = '';
  let inQuotes = false;
  let wasQuoted = false;

  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inQuotes) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') field += text[++i];
      else inQuotes = false;
    } else if (char === '"' && field === '') {
      inQuotes = true;
      wasQuoted = true;
    } else if (char === ',') {
      row.push(field);
      field = '';
      wasQuoted = false;
    } else if (char === '\\n' || char === '\\r') {
      if (char === '\\r' && text[i + 1] === '\\n') i++;
      if (row.length > 0 || field !== '' || wasQuoted) rows.push([...row, field]);
      row = [];
      field = '';
      wasQuoted = false;
    } else {
      field += char;
    }
  }
  if (row.length > 0 || field !== '' || wasQuoted) rows.push([...row, field]);
  return rows;
}
`;

const TIDY_PARSER = `/**
 * Parses CSV text into rows of fields, as RFC 4180 describes it: a field in double quotes may hold commas, line breaks
 * and, doubled, quotes. Empty lines are passed over.
 */
export function parseCsv(text) {
  const rows = [];
  let row = [];
  let field = '';
  let inQuotes = false;
  let wasQuoted = false;

  const endField = () => {
    row.push(field);
    field = '';
    wasQuoted = false;
  };
  const endRow = () => {
    if (row.length === 0 && field === '' && !wasQuoted) return;
    endField();
    rows.push(row);
    row = [];
  };

  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inQuotes) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') field += text[++i];
      else inQuotes = false;
    } else if (char === '"' && field === '') {
      inQuotes = true;
      wasQuoted = true;
    } else if (char === ',') {
      endField();
    } else if (char === '\\n' || char === '\\r') {
      endRow();
    } else {
      field += char;
    }
  }
  endRow();
  return rows;
}
`;

export const QUOTED_TESTS = `import assert from 'node:assert/strict';
import test from 'node:test';
import { formatCsv, parseCsv } from '../src/index.js';

test('keeps a comma inside a quoted field', () => {
  assert.deepEqual(parseCsv('"Lovelace, Ada",36'), [['Lovelace, Ada', '36']]);
});

test('reads doubled quotes inside a quoted field as one', () => {
  assert.deepEqual(parseCsv('"said ""hi"""'), [['said "hi"']]);
});

test('keeps a line break inside a quoted field', () => {
  assert.deepEqual(parseCsv('"two\\nlines",x\\n'), [['two\\nlines', 'x']]);
});

test('reads back whatever formatCsv writes', () => {
  const rows = [['Lovelace, Ada', 'said "hi"', ''], ['', 'two\\nlines', '"']];
  assert.deepEqual(parseCsv(formatCsv(rows)), rows);
});
`;

export const QUOTED_PLAN = {
  summary:
    'Replace the line-and-comma splitting of parseCsv by a reader that follows quotes, so that it reads back all that formatCsv writes.',
  steps: [
    {
      title: 'Pin the behaviour with tests',
      detail:
        'Commas, doubled quotes and line breaks inside quoted fields, and the round trip with formatCsv.',
      files: ['test/parse-quoted.test.js'],
    },
    {
      title: 'Read character by character',
      detail:
        'parseCsv keeps track of whether it is inside quotes; separators count only outside. The interface stays.',
      files: ['src/parse.js'],
    },
    {
      title: 'Say it in the README',
      detail: 'One line on quoted fields under the example.',
      files: ['README.md'],
    },
  ],
  testPlan:
    'New tests for quoted commas, doubled quotes, quoted line breaks and the round trip; the present tests stay green.',
  risk: 'low',
  riskReasons: ['one function, covered by tests, same interface'],
  breakingChange: { expected: false, reason: 'unquoted input gives the same rows as before' },
  newDependencies: [],
  options: [],
};

/** The model's side of issue 1, the bug: what a careful engineer would do, call by call. */
export const quotedFields = {
  research: [
    [
      turn(
        'Let me see how fields are read and written.',
        read('src/parse.js'),
        read('src/format.js'),
        read('test/parse.test.js'),
      ),
      turn(
        'That is enough to know where the bug is.',
        submit({
          findings: [
            {
              topic: 'How parseCsv reads a line',
              finding:
                'It splits the text at line breaks and each line at every comma, and takes quotes off afterwards, so a comma inside quotes ends the field.',
              sources: ['src/parse.js:3'],
            },
            {
              topic: 'What formatCsv writes',
              finding:
                'Fields with a comma, a quote or a line break are quoted and quotes inside are doubled.',
              sources: ['src/format.js:6'],
            },
          ],
        }),
      ),
    ],
  ],
  ambiguity: [
    [
      turn(
        'The issue gives input and expected output.',
        submit({ score: 8, reasons: ['examples with expected results are given'], questions: [] }),
      ),
    ],
  ],
  design: [
    [
      turn(
        'I look at the code once more, and for other users of it.',
        read('src/parse.js'),
        search('parseCsv'),
      ),
      turn('One function changes.', submit(QUOTED_PLAN)),
    ],
  ],
  tests: [
    [
      turn('How are tests written here?', list('test/**'), read('test/parse.test.js')),
      turn(
        'A file of its own for quoted fields.',
        write('test/parse-quoted.test.js', QUOTED_TESTS),
        run('npm test'),
      ),
      turn(
        'They fail because quoted commas split fields; the old tests pass.',
        submit({
          summary:
            'Four tests: quoted commas, doubled quotes, quoted line breaks, and the round trip with formatCsv.',
          undone: [],
        }),
      ),
    ],
  ],
  implement: [
    [
      turn(
        'The tests and the function.',
        read('test/parse-quoted.test.js'),
        read('src/parse.js'),
        read('README.md'),
      ),
      turn(
        'A reader that knows whether it is inside quotes.',
        write('src/parse.js', PARSER),
        edit(
          'README.md',
          "formatCsv([['name', 'age'], ['Ada', '36']]); // 'name,age\\nAda,36\\n'\n```\n",
          "formatCsv([['name', 'age'], ['Ada', '36']]); // 'name,age\\nAda,36\\n'\n```\n\nFields in double quotes may hold commas, line breaks and doubled quotes: what `formatCsv` writes, `parseCsv` reads back.\n",
        ),
        run('npm test'),
      ),
      turn(
        'All tests pass.',
        submit({
          summary: 'parseCsv reads character by character and follows quotes; the README says so.',
          undone: [],
        }),
      ),
    ],
  ],
  refactor: [
    [
      turn('The end of a field and of a row stand there more than once.', read('src/parse.js')),
      turn('Two small functions say it once.', write('src/parse.js', TIDY_PARSER), run('npm test')),
      turn(
        'Still green.',
        submit({ summary: 'endField and endRow replace three copies of the same lines.', undone: [] }),
      ),
    ],
  ],
  review: [
    [
      turn(
        'I read the whole function in its place.',
        read('src/parse.js'),
        read('test/parse-quoted.test.js'),
      ),
      turn(
        'It does what was asked, and no more.',
        submit({
          verdict: 'approve',
          summary: 'Quotes are followed, the round trip is pinned by a test, the interface is unchanged.',
          findings: [
            {
              severity: 'info',
              path: 'src/parse.js',
              message: 'A quote in the middle of an unquoted field is kept as it is, as before.',
            },
          ],
          scores: { correctness: 9, safety: 9, tests: 9, readability: 8 },
        }),
      ),
    ],
  ],
} satisfies Script;
