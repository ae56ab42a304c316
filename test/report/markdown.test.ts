import { describe, expect, test } from 'vitest';
import { formatDuration, formatUsd } from '../../src/lib/quantities.ts';
import { code, details, fence, fitBody, link, tableRow } from '../../src/report/markdown.ts';
import { rewriteCommand, writeCommand } from '../../src/report/render-options.ts';
import { listDifferences } from '../../src/report/state-difference.ts';
import { toInline, toPlain } from '../../src/report/untrusted.ts';

describe('Markdown of ours', () => {
  test('code is closed by more backticks than it holds', () => {
    expect(code('a `b` ``c``')).toBe('``` a `b` ``c`` ```');
    expect(code('two\nlines')).toBe('`two lines`');
    expect(fence('```\nx\n````')).toBe('`````text\n```\nx\n````\n`````');
  });

  test('a bar in a cell does not open another cell', () => {
    expect(tableRow(['a|b', '`c\\|d`'])).toBe('| a\\|b | `c\\|d` |');
  });

  test('only a plain web address becomes a link', () => {
    expect(link('#1', 'https://forge.example/1')).toBe('[#1](https://forge.example/1)');
    expect(link('#1', 'javascript:alert(1)')).toBe('#1');
    expect(link('#1', 'https://forge.example/1) [x](https://evil.example')).toBe('#1');
  });

  test('a body that is too long keeps head and tail, closes an open fence and says that it was cut', () => {
    const middle = `${fence('x')}\n\n${fence(`\`\`\`\n${'line of output\n'.repeat(4000)}`)}`;
    const text = fitBody('HEAD', middle, 'TAIL', 'More elsewhere.');
    expect(text.length).toBeLessThan(29_000);
    expect(text).toMatch(/^HEAD\n\n```text\nx\n```\n\n````text\n```\nline/);
    expect(text).toMatch(/line of output\n````\n\n\*\*Cut here\.\*\* More elsewhere\.\n\nTAIL$/);
  });
});

test('a folded part that is cut is closed, and the fence in it', () => {
  const text = fitBody(
    'HEAD',
    details('More', fence('line of output\n'.repeat(4000))),
    'TAIL',
    'More elsewhere.',
  );
  expect(text.length).toBeLessThan(29_000);
  expect(text).toMatch(/line of output\n```\n\n<\/details>\n\n\*\*Cut here\.\*\*/);
});

describe('foreign text in a line', () => {
  test.each([
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['1. one', '1\\. one'],
    ['> quote', '\\> quote'],
    ['plain * text', 'plain * text'],
    ['```', '\\`\\`\\`'],
    ['```mermaid', '\\`\\`\\`mermaid'],
    ['~~~~ x', '\\~\\~\\~\\~ x'],
  ])('%s begins no block of its own', (given, expected) => {
    expect(toInline(given)).toBe(expected);
  });

  test('is one line, cut where it is too long', () => {
    expect(toInline('a\n\nb')).toBe('a b');
    expect(toPlain('word '.repeat(50), 20)).toMatch(/^.{19}…$/);
  });
});

test('a command is written for the place where it is given', () => {
  expect(writeCommand({ issue: 7 }, 'skip', 'CI_CHECK')).toBe('tamma skip --issue 7 CI_CHECK');
  expect(writeCommand({ issue: 7, commandPrefix: '/tamma' }, 'retry')).toBe('/tamma retry');
  expect(rewriteCommand('tamma skip CI_CHECK --issue 7', { issue: 7, commandPrefix: '/tamma' })).toBe(
    '/tamma skip CI_CHECK',
  );
  expect(rewriteCommand('tamma retry --issue 7', { issue: 7 })).toBe('tamma retry --issue 7');
});

test.each([
  [40, '0.0 s'],
  [1500, '1.5 s'],
  [59_400, '59 s'],
  [120_000, '2 min'],
  [185_000, '3 min 5 s'],
  [3_840_000, '1 h 4 min'],
  [7_200_000, '2 h'],
])('%i milliseconds read %s', (given, expected) => {
  expect(formatDuration(given)).toBe(expected);
});

test('money reads in cents, and in two digits that matter below', () => {
  expect([0, 0.004242, 0.1, 12.3456].map(formatUsd)).toEqual([
    '0 USD',
    '0.0042 USD',
    '0.10 USD',
    '12.35 USD',
  ]);
});

test('two states differ leaf by leaf', () => {
  expect(listDifferences({ a: { b: 1, c: [1] }, d: null }, { a: { b: 2, c: [1, 2] }, d: null })).toEqual([
    { path: 'a.b', before: 1, after: 2 },
    { path: 'a.c.1', before: undefined, after: 2 },
  ]);
});
