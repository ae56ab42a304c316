import { describe, expect, it } from 'vitest';
import { judgeDependencies } from '../../src/gates/security-dependencies.ts';
import type { TextChange } from '../../src/gates/whole-change.ts';

/** Files after the change, and before it where `before` has them. */
function toChanges(
  files: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>> = {},
): TextChange[] {
  return Object.entries(files).map(([path, newText]) => ({
    status: before[path] === undefined ? 'added' : 'modified',
    path,
    oldMode: before[path] === undefined ? '000000' : '100644',
    newMode: '100644',
    oldSha: '',
    newSha: '',
    oldText: before[path] ?? null,
    newText,
    bytes: newText.length,
    isBinary: false,
  }));
}

const rulesOf = (files: Readonly<Record<string, string>>, before?: Readonly<Record<string, string>>) =>
  judgeDependencies(toChanges(files, before)).findings.map(
    ({ rule, severity, path }) => `${severity} ${rule} ${path}`,
  );

describe('a dependency', () => {
  it.each([
    ['github:octo-attacker/helper#deadbee'],
    ['git+https://x.invalid/a.git'],
    ['https://x.invalid/a.tgz'],
    ['file:../a'],
    ['npm:other@1'],
    ['octo/helper'],
  ])('from %s is refused', (source) => {
    expect(rulesOf({ 'package.json': JSON.stringify({ dependencies: { helper: source } }) })).toEqual([
      'critical dependency-source package.json',
    ]);
  });

  it.each([
    ['requirements.txt', 'requests==2\ngit+https://x.invalid/a\n'],
    ['requirements-dev.txt', 'a @ https://x.invalid/a.whl\n'],
    ['Pipfile', 'a = {git = "https://x.invalid/a"}\n'],
    ['Cargo.toml', '[dependencies]\na = { git = "https://x.invalid/a" }\n'],
    ['go.mod', 'module a\nreplace a.org/b => ../b\n'],
    ['Gemfile', "gem 'a', github: 'x/y'\n"],
    ['composer.json', '{"repositories":[{"type": "vcs","url":"https://x.invalid"}]}\n'],
    ['sub/pyproject.toml', 'dependencies = ["a @ git+https://x.invalid/a"]\n'],
  ])('from somewhere else than the registry is refused in %s, unless it was there', (path, text) => {
    expect(rulesOf({ [path]: text })).toEqual([`critical dependency-source ${path}`]);
    expect(rulesOf({ [path]: `${text}\n` }, { [path]: text })).toEqual([]);
  });

  it.each([
    ['requirements.txt', 'requests==2\n# git+https://x.invalid\n'],
    ['Cargo.toml', '[dependencies]\na = "1"\n'],
    ['go.mod', 'module a\nrequire b.org/c v1.2.3\n'],
    ['Gemfile', "gem 'a', '~> 1'\n"],
    ['package.json', '{"dependencies":{"a":"^1.0.0","b":"workspace:*"}}'],
  ])('of the registry is fine in %s', (path, text) => {
    expect(rulesOf({ [path]: text })).toEqual([]);
  });

  it('that is new, or a script that runs on installation, is for a person to look at', () => {
    const before = '{"dependencies":{"a":"^1.0.0"}}';
    const after = '{"scripts":{"prepare":"x"},"dependencies":{"a":"^1.1.0","b":"1"}}';
    expect(
      judgeDependencies(toChanges({ 'package.json': after }, { 'package.json': before })).needsPerson,
    ).toEqual(['package.json: npm runs the script “prepare” by itself', 'package.json: b is new']);
    expect(judgeDependencies(toChanges({ 'package.json': 'not json' })).needsPerson).toEqual([
      'package.json: is no JSON object',
    ]);
  });
});

describe('a lockfile', () => {
  const lock = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages });
  const good = { resolved: 'https://registry.npmjs.org/left/-/left-1.0.0.tgz', integrity: 'sha512-x' };

  it.each([
    [
      'package-lock.json',
      lock({ 'node_modules/evil': { resolved: 'https://x.invalid/evil.tgz', integrity: 'sha512-x' } }),
      'critical lockfile-source',
    ],
    [
      'npm-shrinkwrap.json',
      lock({ 'node_modules/evil': { resolved: 'git+ssh://git@github.com/x/evil.git#1' } }),
      'critical lockfile-source',
    ],
    [
      'package-lock.json',
      lock({ 'node_modules/left': { ...good, integrity: undefined } }),
      'major lockfile-integrity',
    ],
    [
      'package-lock.json',
      lock({ 'node_modules/left': good, 'node_modules/own': { link: true, resolved: 'packages/own' } }),
      undefined,
    ],
    [
      'yarn.lock',
      '"@a/b@^1":\n  version "1.0.0"\n  resolved "http://x.invalid/a.tgz#1"\n  integrity sha512-x\n',
      'critical lockfile-source',
    ],
    [
      'yarn.lock',
      '"a@github:x/y":\n  version: 1.0.0\n  resolution: "a@https://github.com/x/y.git#commit=1"\n',
      'critical lockfile-source',
    ],
    ['yarn.lock', '"a@npm:^1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  checksum: 1\n', undefined],
    [
      'yarn.lock',
      'left@^1:\n  version "1.0.0"\n  resolved "https://registry.yarnpkg.com/left.tgz"\n',
      'major lockfile-integrity',
    ],
    [
      'yarn.lock',
      `left@^1:\n  resolved "https://registry.yarnpkg.com/left.tgz#${'a1'.repeat(20)}"\n`,
      undefined,
    ],
    [
      'pnpm-lock.yaml',
      'packages:\n\n  evil@https://x.invalid/evil.tgz:\n    resolution: {tarball: https://x.invalid/evil.tgz}\n',
      'critical lockfile-source',
    ],
    ['pnpm-lock.yaml', "packages:\n\n  '@a/left@1.0.0':\n    resolution: {integrity: sha512-x}\n", undefined],
    [
      'Cargo.lock',
      '[[package]]\nname = "evil"\nversion = "1.0.0"\nsource = "git+https://x.invalid/evil#1"\n',
      'critical lockfile-source',
    ],
    [
      'Cargo.lock',
      '[[package]]\nname = "left"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "1"\n',
      undefined,
    ],
    ['package-lock.json', 'not json', undefined],
    ['package-lock.json', '[]', undefined],
  ])('%s is read for where its packages come from (%#)', (path, text, rule) => {
    expect(rulesOf({ [path]: text, 'Cargo.toml': '', 'package.json': '{}' })).toEqual(
      rule ? [`${rule} ${path}`] : [],
    );
  });

  it('may use the registry that it used before, and no other', () => {
    const own = (name: string) => ({
      resolved: `https://npm.example.com/${name}.tgz`,
      integrity: 'sha512-x',
    });
    const before = { 'package-lock.json': lock({ 'node_modules/a': own('a') }) };
    expect(
      rulesOf(
        { 'package-lock.json': lock({ 'node_modules/a': own('a'), 'node_modules/b': own('b') }) },
        before,
      ),
    ).toEqual([]);
    const other = { ...own('b'), resolved: 'https://npm.example.org/b.tgz' };
    expect(rulesOf({ 'package-lock.json': lock({ 'node_modules/b': other }) }, before)).toHaveLength(1);
  });

  it('that changes where no manifest does is for a person to look at', () => {
    expect(judgeDependencies(toChanges({ 'a/yarn.lock': '', 'go.sum': '' })).needsPerson).toEqual([
      'a/yarn.lock changed and no manifest did',
      'go.sum changed and no manifest did',
    ]);
    expect(judgeDependencies(toChanges({ 'go.sum': '', 'go.mod': '' })).needsPerson).toEqual([]);
  });
});
