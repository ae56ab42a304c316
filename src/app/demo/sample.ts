/**
 * The sample project of `tamma demo`: a small CSV library with its own tests, a real bug, a real feature request and a
 * request nobody could act on without asking. It has no dependencies, so that nothing has to be fetched.
 */
export const sampleFiles: Readonly<Record<string, string>> = {
  'package.json': `{
  "name": "tidy-csv",
  "version": "1.2.0",
  "description": "Reads and writes small CSV files",
  "type": "module",
  "exports": "./src/index.js",
  "scripts": {
    "test": "node --test",
    "coverage": "node --test --experimental-test-coverage --test-reporter=lcov --test-reporter-destination=lcov.info"
  }
}
`,
  '.gitignore': `node_modules/
lcov.info
`,
  'README.md': `# tidy-csv

Reads and writes small CSV files, without dependencies.

\`\`\`js
import { parseCsv, formatCsv } from 'tidy-csv';

parseCsv('name,age\\nAda,36'); // [['name', 'age'], ['Ada', '36']]
formatCsv([['name', 'age'], ['Ada', '36']]); // 'name,age\\nAda,36\\n'
\`\`\`
`,
  'src/index.js': `export { formatCsv } from './format.js';
export { parseCsv } from './parse.js';
`,
  'src/parse.js': `/** Parses CSV text into rows of fields. A field in double quotes loses its quotes. */
export function parseCsv(text) {
  const lines = text.split(/\\r?\\n/).filter((line) => line !== '');
  return lines.map((line) => line.split(',').map(unquote));
}

function unquote(field) {
  const quoted = /^"(.*)"$/.exec(field);
  return quoted ? quoted[1] : field;
}
`,
  'src/format.js': `/** Writes rows as CSV text. Fields that need it are put in double quotes. */
export function formatCsv(rows) {
  return rows.map((row) => \`\${row.map(quote).join(',')}\\n\`).join('');
}

function quote(field) {
  const text = String(field);
  return /[",\\r\\n]/.test(text) ? \`"\${text.replaceAll('"', '""')}"\` : text;
}
`,
  'test/parse.test.js': `import assert from 'node:assert/strict';
import test from 'node:test';
import { parseCsv } from '../src/index.js';

test('splits lines into fields', () => {
  assert.deepEqual(parseCsv('name,age\\nAda,36\\n'), [['name', 'age'], ['Ada', '36']]);
});

test('takes the quotes off a quoted field', () => {
  assert.deepEqual(parseCsv('"Ada",36'), [['Ada', '36']]);
});

test('accepts Windows line ends', () => {
  assert.deepEqual(parseCsv('a,b\\r\\nc,d\\r\\n'), [['a', 'b'], ['c', 'd']]);
});
`,
  'test/format.test.js': `import assert from 'node:assert/strict';
import test from 'node:test';
import { formatCsv } from '../src/index.js';

test('writes one line a row', () => {
  assert.equal(formatCsv([['name', 'age'], ['Ada', 36]]), 'name,age\\nAda,36\\n');
});

test('quotes fields with commas and doubles quotes inside', () => {
  assert.equal(formatCsv([['Lovelace, Ada', 'said "hi"']]), '"Lovelace, Ada","said ""hi"""\\n');
});
`,
  '.tamma/config.yml': `version: 1
mode: dev
# The demo has nobody to ask: changes of low risk are merged when every gate has passed.
approval: { design: auto, merge: auto }
`,
  '.tamma/issues/1.md': `---
title: A quoted field with a comma is split in two
labels: [tamma, bug]
state: open
priority: 1
createdAt: 2026-11-02T09:14:00.000Z
---
\`formatCsv\` quotes a field that holds a comma, but \`parseCsv\` does not understand it on the way back:

\`\`\`js
parseCsv('"Lovelace, Ada",36'); // [['"Lovelace', ' Ada"', '36']]
\`\`\`

Expected \`[['Lovelace, Ada', '36']]\`. The same goes for doubled quotes inside a field: \`"said ""hi"""\` should
come back as \`said "hi"\`. Whatever \`formatCsv\` writes, \`parseCsv\` should read back.
`,
  '.tamma/issues/2.md': `---
title: Write rows as a Markdown table
labels: [tamma, enhancement]
state: open
priority: 2
createdAt: 2026-11-03T16:40:00.000Z
---
For release notes we need a function \`toMarkdown(rows)\` next to \`formatCsv\`: the first row is the header, then a line of
dashes, then one line a row. A \`|\` inside a field must be escaped as \`\\|\`, and a line break in a field becomes a space.

\`\`\`
| name | age |
| --- | --- |
| Ada | 36 |
\`\`\`

No rows give an empty string.
`,
  '.tamma/issues/3.md': `---
title: Make it handle bad files better
labels: [tamma, enhancement]
state: open
priority: 3
createdAt: 2026-11-04T11:05:00.000Z
---
Some of the files we get are broken and the result is not what people expect. Please make it more robust.
`,
};
