import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { inputRows } from '../src/app/action/inputs.ts';
import { parseConfig } from '../src/core/config/parse.ts';
import { isEventType } from '../src/core/events/catalogue.ts';
import { loop } from '../src/core/loop.ts';
import { parseIssueFile } from '../src/platforms/plain-git/issue-file.ts';
import { findCommandFault } from './support/docs/check-command.ts';
import { listConfigKeys } from './support/docs/config-keys.ts';
import { type MarkdownFile, readMarkdownFiles } from './support/docs/read-markdown.ts';
import { replaceSection, root, sections } from './support/docs/sections.ts';

const files = readMarkdownFiles(root);
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the documentation', () => {
  test.each(sections)('of $file has the table “$name” as the code tells it', ({ file, name, render }) => {
    const text = read(file);
    expect(text, 'run: node test/support/docs/sections.ts').toBe(replaceSection(text, name, render()));
  });

  test('leads nowhere that is not there', () => {
    expect(collect((file) => file.links.filter((link) => !leadsSomewhere(file, link)))).toEqual([]);
  });

  test('shows no command and no option that is not there', () => {
    const faults = collect(({ spans, blocks }) => {
      const lines = blocks.flatMap(({ text }) => text.split('\n').map((line) => line.replace(/^\$ /, '')));
      return [...spans, ...lines]
        .map((line) => line.replace(/^node (?:dist|src)\/cli\.[jt]s /, 'tamma ').replace(/\s+#.*$/, ''))
        .filter((line) => line.startsWith('tamma '))
        .flatMap((line) => findCommandFault(line) ?? []);
    });
    expect(faults).toEqual([]);
  });

  test('names no configuration key that is not there', () => {
    const known = new Set(listConfigKeys().flatMap(({ path }) => listPrefixes(path)));
    const isKey = (span: string) =>
      /^[a-z]\w*(?:\.[\w<>]+)+$/.test(span) && known.has(span.split('.')[0] ?? '') && !isFileName(span);
    expect(collect(({ spans }) => spans.filter((span) => isKey(span) && !known.has(span)))).toEqual([]);
  });

  test('names no type of event that is not there', () => {
    const isType = (span: string) => /^[A-Z]+(?:\.[A-Z_]+)+$/.test(span);
    expect(collect(({ spans }) => spans.filter((span) => isType(span) && !isEventType(span)))).toEqual([]);
  });

  test('writes step ids, error codes and variables as the code does', () => {
    const source = readSource();
    const isName = (span: string) => /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(span);
    const isKnown = (span: string) => new RegExp(`\\b${span}\\b`).test(source);
    expect(collect(({ spans }) => spans.filter((span) => isName(span) && !isKnown(span)))).toEqual([]);
  });

  test('proves what it says by tests of that title', () => {
    const proofs = [...read('README.md').matchAll(/\]\((test\/[^)]+\.ts)\): ((?:“[^”]+”(?:, )?)+)/g)];
    const missing = proofs.flatMap(([, path = '', titles = '']) =>
      [...titles.matchAll(/“([^”]+)”/g)]
        .filter(([, title]) => !read(path).includes(`'${title}'`))
        .map(([, title]) => `${path}: ${title}`),
    );
    expect(proofs.length).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });

  test('tells every variable of ours that the code reads', () => {
    const documented = read('docs/configuration.md');
    const variables = new Set(readSource().match(/\bTAMMA_[A-Z_]+\b/g));
    expect([...variables].filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });

  test('lists every decision, and numbers them without gaps', () => {
    const decisions = readdirSync(join(root, 'docs/decisions')).sort();
    const { links } = getFile('docs/architecture.md');
    expect(decisions.filter((name) => !links.includes(`decisions/${name}`))).toEqual([]);
    expect(decisions.map((name) => Number(name.slice(0, 4)))).toEqual(decisions.map((_, index) => index + 1));
  });

  test('shows the loop as it is', () => {
    const rows = [...read('README.md').matchAll(/^\| `([A-Z_]+)` \|[^|]+\|(.*)\|$/gm)];
    const shown = rows.map(([, id, marks = '']) => [
      id,
      ...marks.split('|').map((mark) => mark.trim() === '●'),
    ]);
    expect(shown).toEqual(loop.map(({ id, model, sandbox, skippable }) => [id, model, sandbox, skippable]));
  });
});

describe('the example', () => {
  const example = 'examples/plain-git';

  test('has a configuration without a mistake or a warning', () => {
    const file = '.tamma/config.yml';
    const { warnings } = parseConfig({ text: read(`${example}/${file}`), file, environment: {} });
    expect(warnings).toEqual([]);
  });

  test('has an issue that would be picked', async () => {
    const content = readFileSync(join(root, example, '.tamma/issues/1.md'));
    const origin = () => Promise.resolve({ createdAt: '', updatedAt: '', author: 'alice' });
    const { issue } = await parseIssueFile(1, content, origin);
    expect(issue).toMatchObject({ state: 'open', labels: ['tamma', 'bug'], priority: 1 });
  });

  test('uses the action with inputs it has', () => {
    const workflow = parse(read(`${example}/.github/workflows/tamma.yml`));
    const step = workflow.jobs.loop.steps.find(({ uses = '' }) => uses.includes('tamma'));
    expect(Object.keys(step.with).filter((name) => !Object.hasOwn(inputRows, name))).toEqual([]);
  });

  test('of the README is a configuration without a mistake', () => {
    const block = getFile('README.md').blocks.find(({ language }) => language === 'yaml');
    expect(() => parseConfig({ text: block?.text, file: 'README.md', environment: {} })).not.toThrow();
  });
});

/** What is wrong in each file, with the file it is in. */
function collect(find: (file: MarkdownFile) => readonly string[]): string[] {
  return files.flatMap((file) => find(file).map((fault) => `${file.path}: ${fault}`));
}

function leadsSomewhere(file: MarkdownFile, link: string): boolean {
  if (/^(?:https?|mailto):/.test(link)) return true;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file.path : relative(root, join(root, dirname(file.path), path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || getFile(target).anchors.has(anchor);
}

function getFile(path: string): MarkdownFile {
  const file = files.find((candidate) => candidate.path === path);
  if (!file) throw new Error(`${path} is no file of the documentation`);
  return file;
}

function listPrefixes(path: string): string[] {
  const names = path.split('.');
  return names.map((_, index) => names.slice(0, index + 1).join('.'));
}

function isFileName(text: string): boolean {
  return /\.(?:md|[jt]s|ya?ml|json)$/.test(text);
}

function readSource(): string {
  const src = join(root, 'src');
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return sources.map((name) => readFileSync(join(src, name), 'utf8')).join('\n');
}
