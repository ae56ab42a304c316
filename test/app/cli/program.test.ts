import { describe, expect, test } from 'vitest';
import { commandTable } from '../../../src/app/cli/command-table.ts';
import { asksForOverview, renderOverview } from '../../../src/app/cli/overview.ts';
import { parseCommandLine } from '../../../src/app/cli/program.ts';
import { TammaError } from '../../../src/core/errors.ts';

function parse(...argv: string[]) {
  return parseCommandLine(argv, '1.2.3');
}

function refuse(...argv: string[]): TammaError {
  try {
    parse(...argv);
  } catch (thrown) {
    if (thrown instanceof TammaError) return thrown;
    throw thrown;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
}

describe('the command line', () => {
  test.each(commandTable.map(({ name }) => name))('%s has help with an example and --json', (name) => {
    const help = parse(...name.split(' '), '--help');
    expect(help).toMatchObject({ kind: 'text' });
    const text = help.kind === 'text' ? help.text : '';
    expect(text).toMatch(/Example:\n {2}\$ tamma /);
    expect(text).toContain('--json');
    expect(text).toContain('--repo');
  });

  test.each(commandTable.map(({ name, example }) => [name, example]))(
    'the example of %s is accepted',
    (name, example) => {
      const words = [...example.replace(/ > .*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, word]) => quoted ?? word ?? '',
      );
      const request = parse(...words.slice(1));
      expect(request).toMatchObject({ kind: 'command', row: { name } });
    },
  );

  test('takes global options before and after the command', () => {
    expect(parse('--json', 'status', '--repo', '/x')).toMatchObject({ options: { json: true, repo: '/x' } });
    expect(parse('status', '--json')).toMatchObject({ options: { json: true } });
  });

  test('passes arguments on as words', () => {
    expect(parse('answer', '--issue', '#7', 'q1=1', 'q2=in my words')).toMatchObject({
      args: ['q1=1', 'q2=in my words'],
      options: { issue: 7 },
    });
    expect(parse('stop', '--issue', '7')).toMatchObject({ args: [] });
  });

  test('has an overview of every command, with and without other options', () => {
    for (const argv of [
      ['--json', '--help'],
      ['help', '--json'],
    ]) {
      const help = parse(...argv);
      expect(help).toEqual({ kind: 'text', text: renderOverview() });
    }
    for (const { name, summary } of commandTable) {
      expect(renderOverview()).toMatch(
        new RegExp(`^ {2}${name}\\b.* ${summary.replace(/[?.]/g, '\\$&')}$`, 'm'),
      );
    }
    expect(asksForOverview(['--help'])).toBe(true);
    expect(asksForOverview(['run', '--help'])).toBe(false);
  });

  test('prints its version', () => {
    expect(parse('--version')).toEqual({ kind: 'text', text: '1.2.3\n' });
  });

  test('collects filters of events', () => {
    const line =
      'events list --type gate.failed --type GATE.PASSED --tag stepId=DESIGN --tag mode=dev --limit 5';
    expect(parse(...line.split(' '))).toMatchObject({
      options: { type: ['GATE.FAILED', 'GATE.PASSED'], tag: { stepId: 'DESIGN', mode: 'dev' }, limit: 5 },
    });
  });

  test('reads times as ISO 8601 or as so long ago', () => {
    expect(parse('events', 'list', '--since', '2026-11-20')).toMatchObject({
      options: { since: '2026-11-20T00:00:00.000Z' },
    });
    const request = parse('events', 'list', '--since', '2h');
    const since = request.kind === 'command' ? Date.parse(request.options.since ?? '') : 0;
    expect(Math.abs(Date.now() - 7_200_000 - since)).toBeLessThan(5000);
  });
});

describe('a command line that is wrong', () => {
  test.each([
    [['stauts'], "unknown command 'stauts'", 'status'],
    [['events', 'lst'], "unknown command 'lst'", 'list'],
    [['status', '--isue', '7'], "unknown option '--isue'", '--issue'],
  ])('%j is refused with what was probably meant', (argv, message, meant) => {
    const error = refuse(...argv);
    expect(error).toMatchObject({ code: 'USAGE', exitCode: 2, message });
    expect(error.help).toContain(meant);
  });

  test.each([
    [['step'], /--issue <number>' not specified/],
    [['step', '--issue', 'seven'], /An issue is a number/],
    [['step', '--issue', '0'], /An issue is a number/],
    [['events', 'list', '--limit', '0'], /from 1 on/],
    [['events', 'list', '--tag', 'nonsense'], /key=value/],
    [['events', 'list', '--since', 'yesterday'], /2026-11-20/],
    [['events', 'export', '--format', 'xml'], /ndjson, json, csv/],
    [['step', '--issue', '7', '--sandbox', 'none'], /required, best-effort/],
    [['approve', '--issue', '7'], /missing required argument/],
    [['status', 'extra'], /too many arguments/],
  ])('%j is refused with what it takes', (argv, message) => {
    expect(refuse(...argv).message).toMatch(message);
  });

  test('without a command names those there are', () => {
    expect(refuse().help).toContain('demo, run, step');
    expect(refuse('events')).toMatchObject({ message: 'tamma events needs a command' });
    expect(refuse('config').help).toContain('config show, config validate, config schema');
  });
});
