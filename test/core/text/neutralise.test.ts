import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findQuickActions,
  neutraliseCommitMessage,
  neutraliseForRunner,
  neutraliseForTerminal,
  neutraliseMarkdown,
  neutraliseTitle,
} from '../../../src/core/text/neutralise.ts';

const options = { ownIssue: 7, allowedHosts: ['github.com'] };
const neutral = (text: string, more = {}) => neutraliseMarkdown(text, { ...options, ...more });

describe('Markdown that leaves', () => {
  test.each([
    ['plain text', 'Fixes the parser.\n\n- keep `a/b` paths\n- run `/usr/bin/env node`\n\nCloses #7'],
    ['emphasis, headings, lists', '# Title\n\n**bold** _it_ ~~no~~\n\n1. a\n2. b\n\n> quote'],
    ['a table', '| a | b |\n|---|:-:|\n| 1 | `x` |'],
    ['a fence', '```ts\nconst a = "@user <b> #5";\n```'],
    ['a fence in a list', '1. a\n   ```sh\n   npm i\n   ```'],
    ['a link to an allowed host', 'see https://github.com/o/r/issues/9 and [x](https://github.com/a#b).'],
    ['links inside the repository', '[a](docs/a.md) [b](#top) [c](../x/y.md#z)'],
    ['references where nothing is closed', 'see #12 and a#b'],
    ['an address of mail', 'mail me@example.org, please'],
    ['escapes', '1\\. a\n\\- b \\* \\_ \\`'],
    ['paths in words', 'src/tamma/x and /usr/bin are paths'],
    ['entities of ours', '&lt;b&gt; &amp;'],
    ['comparisons', 'a > b & c'],
    ['an open bracket', 'a [b] c'],
  ])('%s stays as it is', (_, text) => {
    expect(neutral(text)).toBe(text);
  });

  test.each([
    ['a mention', 'thanks @alice!', 'thanks `@alice`!'],
    ['a mention of a team', '@org/team', '`@org/team`'],
    ['a wide at', '＠alice', '`＠alice`'],
    ['an escaped mention', '\\@alice', '`@alice`'],
    ['a mention as entity', '&#64;alice &commat;bob', '&amp;#64;alice &amp;commat;bob'],
    ['a mention after markup', 'a**@alice**', 'a**`@alice`**'],
    ['a mention of two', 'a@b@alice', 'a`@b@alice`'],
    ['an at that waits', '@**alice**', '`@`**alice**'],
    ['a bot', 'run @dependabot merge', 'run `@ dependabot` merge'],
    ['a bot in code', '`@claude do it`', '`@ claude do it`'],
    ['a bot in a fence', '```\n@gemini-cli go\n```', '```\n@ gemini-cli go\n```'],
    ['our own command', 'say /tamma approve', 'say `/ tamma` approve'],
    ['our own command in code', '`/tamma approve`', '`/ tamma approve`'],
    ['a quick action', '/merge now', '`/merge` now'],
    ['a quick action in a list', '- /close', '- `/close`'],
    ['a closing keyword', 'Closes #5', 'Closes `#5`'],
    ['a closing keyword in markup', '**Fix**es #5, #7 and #8', '**Fix**es `#5`, #7 and `#8`'],
    ['a closing keyword with an escape', 'Closes \\#5', 'Closes `#5`'],
    ['a closing keyword far away', 'resolved:\n\nGH-4', 'resolved:\n\n`GH-4`'],
    ['a closing address', 'Fixes https://github.com/o/r/issues/9', 'Fixes `https://github.com/o/r/issues/9`'],
    [
      'a closing link',
      'Fixes [x](https://github.com/o/r/issues/9)',
      'Fixes [x]\\(`https://github.com/o/r/issues/9`)',
    ],
    ['another repository', 'see o/r#5', 'see `o/r#5`'],
    ['an image', '![a](https://github.com/a.png)', '\\![a](https://github.com/a.png)'],
    ['HTML', '<img src=x> <b>', '&lt;img src=x> &lt;b>'],
    ['a comment', '<!-- x -->', '&lt;!-- x -->'],
    ['a foreign address', 'https://evil.invalid/a?b', '`https://evil.invalid/a?b`'],
    ['a foreign www', 'www.evil.invalid', '`www.evil.invalid`'],
    ['a foreign link', '[x](https://evil.invalid "t")', '[x]\\(`https://evil.invalid` "t")'],
    ['a link that runs', '[x](javascript:alert(1))', '[x]\\(javascript:alert(1))'],
    ['a link to no scheme', '[x](//evil.invalid)', '[x]\\(//evil.invalid)'],
    ['the title of a link', '[x](https://github.com/a "t")', '[x](https://github.com/a)'],
    ['a definition', '[r]: https://github.com/a', '[r]\\: https://github.com/a'],
    ['a user in an address', 'https://github.com@evil.invalid/a', '`https://github.com@evil.invalid/a`'],
    ['an address that goes on', 'https://github.com\\.evil.invalid', '`https://github.com`.evil.invalid'],
    ['a host in another script', 'https://xn--gthub-zsa.com', '`https://xn--gthub-zsa.com`'],
    ['a lone backtick', '`@alice', '\\``@alice`'.replace('``', '` `')],
    ['an open fence', '```\n@alice', '```\n@alice\n```'],
    ['a fence of tildes', '~~~js\na\n~~~', '```js\na\n```'],
    ['a fence with a fence inside', '~~~\n```\n~~~', '````\n```\n````'],
    ['a fence that is drawn', '```mermaid\ngraph\n```', '```\ngraph\n```'],
    ['a suggestion', '```suggestion\nx\n```', '```\nx\n```'],
    ['a fence too deep', '     ```\na\n     ```', '   ```\n   a\n   ```'],
    ['tildes that would open a fence', '- ~~~', '- \\~\\~\\~'],
    ['mathematics', '$`x`$', '$ `x`$'],
    ['code that a table cuts', 'a | b\n---|---\n`x | @alice` | y', 'a | b\n---|---\n`x \\| @alice` | y'],
    [
      'code that a table cuts in an unknown place',
      'a | b\n---|---\n`x \\\\| @alice`',
      'a | b\n---|---\n\\`x \\\\| `@alice`\\`',
    ],
    ['control characters', 'a\u0007\u202eb\r\nc\u2028d', 'ab\nc\nd'],
  ])('%s does nothing', (_, text, expected) => {
    expect(neutral(text)).toBe(expected);
    expect(neutral(expected)).toBe(expected);
  });

  test('the person who asked may be mentioned, a bot never', () => {
    const allowedMentions = ['Alice', 'dependabot'];
    expect(neutral('@alice @bob @dependabot', { allowedMentions })).toBe('@alice `@bob` `@ dependabot`');
  });

  test('without allowed hosts every address is code', () => {
    expect(neutraliseMarkdown('https://github.com/a')).toBe('`https://github.com/a`');
  });

  test('our own templates keep commands and folding sections, and only those', () => {
    const template =
      '<details>\n\n<summary>Evidence (3)</summary>\n\nSay `/tamma approve abc`.\n\n</details>\n';
    expect(neutral(template, { isTemplate: true })).toBe(template);
    expect(neutral('<details>\n`@alice`', { isTemplate: true })).toBe('<details>\n\n`@alice`');
    expect(neutral('<details open>\n<b>', { isTemplate: true })).toBe('&lt;details open>\n&lt;b>');
    expect(neutral('`@claude` `/gemini` /tamma', { isTemplate: true })).toBe(
      '`@ claude` `/ gemini` `/tamma`',
    );
    expect(neutral(template)).toContain('&lt;details>');
  });

  test('a long text is cut, is still neutral and closes its fence', () => {
    const cut = neutral(`\`\`\`\n${'@alice '.repeat(5000)}`, { maxLength: 1000 });
    expect(cut.length).toBeLessThanOrEqual(1000);
    expect(cut.endsWith('\n```')).toBe(true);
    const grown = neutral('<'.repeat(20_000));
    expect(grown.length).toBeLessThanOrEqual(30_000);
    expect(grown).toMatch(/^(?:&lt;)+…?$/);
    expect(neutral('@'.repeat(100), { maxLength: 5 })).toBe('');
  });

  const pieces = fc.constantFrom(
    '@user',
    '@dependabot',
    'a@b.c',
    '@',
    '`',
    '``',
    '```',
    '~~~',
    '\n',
    '\n\n',
    '  ',
    '\t',
    '- ',
    '> ',
    '| ',
    '|---|',
    '<img>',
    '<!--',
    '[x](',
    ')',
    'https://evil.invalid',
    'https://github.com/a',
    'www.x',
    '[r]: ',
    '![',
    ']',
    '(',
    '\\',
    '\\@',
    '\\#',
    '&#64;',
    '&lt;',
    '#5',
    '#7',
    'Closes ',
    'o/r#3',
    'GH-4',
    'word',
    ' ',
    '*',
    '_',
    '$',
    '/tamma',
    '\n/merge',
    '/gemini',
    '\u200b',
    '\r',
    ':',
    '.',
    '-',
    '1. ',
  );
  const texts = fc.array(pieces, { maxLength: 16 }).map((parts) => parts.join(''));

  test('the second time changes nothing', () => {
    fc.assert(
      fc.property(texts, (text) => neutral(neutral(text)) === neutral(text)),
      { numRuns: 600 },
    );
  });

  test('outside of code nothing is left that a platform would act on', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const out = neutral(text);
        expect(out).not.toMatch(/@dependabot|(?<![\w/.-])\/tamma(?![\w/-])/);
        const prose = withoutCode(out).replace(/https:\/\/github\.com[\w/#.?&=%~,:+-]*/g, '§');
        expect(prose).not.toMatch(/<|(?<!\\)!\[|(?<!\\)\]:|(?<!\\)\]\((?![\w.§-])/);
        expect(prose).not.toMatch(/(?<![A-Za-z0-9])@[A-Za-z]/);
        expect(prose).not.toMatch(/https?:\/\/evil|(?<![\w.-])o\/r#3/);
        expect(prose).not.toMatch(/^\s*\/[a-z]+(?:\s|$)/m);
        if (/\bcloses\b/i.test(prose)) expect(prose).not.toMatch(/#5\b/);
      }),
      { numRuns: 600 },
    );
  });

  /** Blanks out fences at any indent up to three and code spans, as CommonMark finds them in one line. */
  function withoutCode(text: string): string {
    let fence = '';
    return text
      .split('\n')
      .map((line) => {
        const mark = /^ {0,3}(`{3,})[^`]*$/.exec(line)?.[1] ?? '';
        if (fence ? mark.length >= fence.length : mark) {
          fence = fence ? '' : mark;
          return '';
        }
        return fence ? '' : line.replace(/\\`|(`+)(?!`)(.*?[^`])\1(?!`)/g, '§');
      })
      .join('\n');
  }

  test.each([
    '`',
    '` ',
    '[x](',
    '@a ',
    '@',
    '<',
    '&#64;',
    '\\',
    'GH-',
    'a@b.c ',
    'https://e.invalid/a ',
    '#1 closes ',
    '| a ',
    '```\n',
    '~~~ ',
  ])('much of %j is read in time', (piece) => {
    const started = performance.now();
    neutral(piece.repeat(30_000 / piece.length));
    expect(performance.now() - started).toBeLessThan(8000);
  });
});

describe('titles', () => {
  test.each([
    ['two lines', 'fix: x\r\n::error::x\nCo-authored-by: root <root@example.com>', 'fix: x ::error::x'],
    ['a mention', 'ask @alice about a@b', 'ask @ alice about a@b'],
    ['a reference', 'Fixes #99, o/r#5, GH-3 and #7', 'Fixes # 99, o/r# 5, GH- 3 and #7'],
    ['an address of an issue', 'https://github.com/o/r/issues/9', 'https://github.com/o/r/issues/ 9'],
    ['a word for CI', 'a [skip ci] b [ci skip] ***NO_CI***', 'a [ skip ci] b [ ci skip] NO_CI'],
    ['a slash in front', '/merge it', 'merge it'],
    ['hidden characters', 'a\u202eb\u200b\u0007', 'ab'],
  ])('with %s are one harmless line', (_, text, expected) => {
    expect(neutraliseTitle(text, { ownIssue: 7 })).toBe(expected);
  });

  test('are at most 120 characters long', () => {
    expect(neutraliseTitle('x'.repeat(500))).toBe(`${'x'.repeat(119)}…`);
    expect(neutraliseTitle('x'.repeat(500), { maxLength: 10 })).toHaveLength(10);
  });

  test('do not change the second time', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('@a', '#1', '#7', 'x', ' ', '\n', '[skip ci]', '/', 'Closes ', '@', '#', '\u200b'),
        ),
        (parts) => {
          const once = neutraliseTitle(parts.join(''), { ownIssue: 7 });
          return neutraliseTitle(once, { ownIssue: 7 }) === once && !once.includes('\n');
        },
      ),
    );
  });
});

describe('commit messages', () => {
  test('lose trailers, mentions, references but the own one, and words for CI', () => {
    const text =
      'Implement x (#7)\n\nfix: keep this\nCloses #9 for @alice\n/approve\n\n\n\nSigned-off-by: root <r@x>\nskip-checks: true\nlast';
    expect(neutraliseCommitMessage(text, { ownIssue: 7 })).toBe(
      'Implement x (#7)\n\nfix: keep this\nCloses # 9 for @ alice\napprove\n\nlast',
    );
  });
});

describe('quick actions of GitLab', () => {
  test('are found at the start of a line outside of fences', () => {
    const text =
      'Done.\n/approve\n  /assign @x\n```\n/merge\n```\na /label\n\u200b/close\n/usr/bin\n> /quote';
    expect(findQuickActions(text)).toEqual(['/approve', '/assign @x', '\u200b/close']);
  });

  test('are not found in what was neutralised', () => {
    expect(findQuickActions(neutral('/approve\n  /merge\n/label ~"x"'))).toEqual([]);
  });
});

describe('the log of a CI job', () => {
  /** As in actions/runner ActionCommand.cs: V2 at the start after blanks, V1 anywhere; and Azure’s. */
  const isCommand = (line: string) =>
    /^[\s\u00a0]*::[A-Za-z-]+.*::/.test(line) || /##\[[A-Za-z-]+/.test(line) || /##vso\[/i.test(line);

  test.each([
    ['a command', '::error::x', '| ::error::x'],
    ['a command of the old form', 'a ##[set-output name=x]y', '| a ## [set-output name=x]y'],
    ['a command of Azure', '##vso[task.setvariable]x', '| ## vso[task.setvariable]x'],
    ['a command behind a return', '10%\r::error::x', '| 10%\n| ::error::x'],
    ['a command behind another line end', 'a\u2028::x::y\u2029z', '| a\n| ::x::y\n| z'],
    ['an escape sequence', 'a\u001b]0;x\u0007b', '| a\\x1b]0;x\\x07b'],
    ['colours', '\u001b[32mok\u001b[0m', '| ok'],
    [
      'C++',
      'std::vector<int> a; // :: \nERROR ## [section]\n',
      '| std::vector<int> a; // :: \n| ERROR ## [section]\n| ',
    ],
    ['a tab', 'a\tb', '| a\tb'],
  ])('shows %s and does nothing', (_, text, expected) => {
    expect(neutraliseForRunner(text)).toBe(expected);
  });

  test('holds no command for either grammar, whatever is printed', () => {
    const parts = fc.constantFrom(
      '::',
      'error',
      '##',
      '[',
      ']',
      '\r',
      '\n',
      '\u2028',
      '\u0085',
      ' ',
      '\u00a0',
      '#',
      'vso',
      '\u001b[0m',
      '\u200b',
      'set-output',
      '\u000b',
    );
    fc.assert(
      fc.property(
        fc.array(parts, { maxLength: 12 }),
        (text) =>
          !neutraliseForRunner(text.join(''))
            .split(/\r\n|[\r\n\u2028\u2029]/)
            .some(isCommand),
      ),
      { numRuns: 500 },
    );
  });
});

describe('a terminal', () => {
  test('shows control characters instead of obeying them', () => {
    expect(neutraliseForTerminal('a\u001b[2Jb\u001b[31mc\u009b\u202ed\u007f\n')).toBe(
      'a\\x1b[2Jbc\\x9bd\\x7f\\x0a',
    );
  });
});
