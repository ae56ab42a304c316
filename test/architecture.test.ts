import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** The rooms of docs/architecture.md and the rooms each may import from, itself included. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: ['core', 'lib'],
  lib: ['lib'],
  ports: ['ports', 'core'],
  platforms: ['platforms', 'ports', 'core', 'lib'],
  providers: ['providers', 'ports', 'core', 'lib'],
  stores: ['stores', 'ports', 'core', 'lib'],
  hosts: ['hosts', 'ports', 'core', 'lib'],
  workspace: ['workspace', 'ports', 'core', 'lib'],
  report: ['report', 'ports', 'core', 'lib'],
  agent: ['agent', 'ports', 'core', 'lib'],
  gates: ['gates', 'agent', 'ports', 'core', 'lib'],
  steps: ['steps', 'gates', 'agent', 'report', 'ports', 'core', 'lib'],
  publish: ['publish', 'ports', 'core', 'lib'],
};

/** Rooms that touch the world: only `app/compose.ts` and the folder of the host that starts a run may know them. */
const adapters = ['platforms', 'providers', 'stores', 'workspace'];

/** What the pure floor may take from outside: libraries and parts of Node without any effect. */
const pureLibraries = ['zod', 'yaml', 'picomatch', 'canonicalize', 'node:crypto'];

type Import = { file: string; room: string; target: string; specifier: string };

function listImports(): Import[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
      (match) => match[1] ?? '',
    );
    return specifiers.map((specifier) => ({
      file,
      room: roomOf(file),
      specifier,
      target: targetOf(file, specifier),
    }));
  });
}

function targetOf(file: string, specifier: string): string {
  return specifier.startsWith('.') ? roomOf(relative(src, resolve(src, dirname(file), specifier))) : '';
}

function roomOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : 'entry';
}

const imports = listImports();

describe('the house', () => {
  test.each(Object.entries(mayImport))('%s/ imports only from the rooms it may', (room, allowed) => {
    const wrong = imports.filter(
      (entry) => entry.room === room && entry.target && !allowed.includes(entry.target),
    );
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  test('the pure floor takes only pure libraries from outside', () => {
    const wrong = imports.filter(
      ({ room, specifier, target }) => room === 'core' && !target && !pureLibraries.includes(specifier),
    );
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  test('ports have types and no code', () => {
    const values = readdirSync(join(src, 'ports'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({ file, text: readFileSync(join(src, 'ports', file), 'utf8') }))
      .filter(({ text }) => /^import (?!type)|^export (?:const|function|class)/m.test(text));
    expect(values.map(({ file }) => file)).toEqual([]);
  });

  test('platforms do not know each other', () => {
    const wrong = imports.filter(
      ({ file, specifier, target, room }) =>
        room === 'platforms' &&
        target === 'platforms' &&
        // What all of them do with git is in platforms/git.
        ![file.split('/')[1], 'git'].includes(
          relative(src, resolve(src, dirname(file), specifier)).split('/')[1],
        ),
    );
    expect(wrong).toEqual([]);
  });

  test('the environment is read at the entry points and by the runners of programs only', () => {
    const pure = ['core', 'ports', 'steps', 'agent', 'gates', 'publish', 'report', 'stores'];
    const readers = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && pure.includes(roomOf(file)))
      .filter((file) =>
        /process\.env|Date\.now\(|new Date\(\)|Math\.random\(/.test(readFileSync(join(src, file), 'utf8')),
      );
    expect(readers).toEqual([]);
  });

  test('nothing evaluates text as code, and nothing but the sandbox of the project starts a shell', () => {
    const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /\beval\(|new Function\(|node:vm'|shell: true|child_process\.exec\(/.test(
          readFileSync(join(src, file), 'utf8'),
        ),
      );
    expect(found).toEqual([]);
  });

  test('few places of app/ know adapters, and they are known', () => {
    const known = imports.filter(({ room, target }) => room === 'app' && adapters.includes(target));
    expect([...new Set(known.map(({ file }) => file))].sort()).toMatchInlineSnapshot(`
      [
        "app/cli/commands/providers.ts",
        "app/compose.ts",
        "app/credentials/ladder.ts",
        "app/credentials/open-access.ts",
        "app/credentials/open-federation.ts",
        "app/credentials/open-model.ts",
        "app/doctor/machine.ts",
        "app/github-site.ts",
        "app/init/work-tree.ts",
        "app/local-log.ts",
        "app/migrate-log.ts",
        "app/open-log.ts",
        "app/open-platform.ts",
        "app/replay/session-from-content.ts",
        "app/replay/session.ts",
        "app/step-model.ts",
      ]
    `);
  });
});
