import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TammaError } from '../../../src/core/errors.ts';
import { checkWorkspacePath, findPathProblem, foldPath } from '../../../src/core/policies/path-grammar.ts';
import {
  type ChangedPath,
  isTestPath,
  judgeChanges,
  worstDecision,
} from '../../../src/core/policies/paths.ts';

const change = (path: string, more: Partial<ChangedPath> = {}): ChangedPath => ({
  status: 'modified',
  path,
  oldMode: '100644',
  newMode: '100644',
  ...more,
});
const judgeOne = (path: string, more: Partial<ChangedPath> = {}, options = {}) =>
  judgeChanges([change(path, more)], options)[0];

describe('what Tamma may change', () => {
  test.each([
    'src/a.ts',
    'src/github/workflows.ts',
    'docs/a.md',
    'README.md',
    'src/package.ts',
    'lib/makefile.md',
    'src/Übersicht.md',
    'test/a.test.ts',
    'distribution/x.ts',
    'src/tamma/config.yml',
  ])('%s is allowed', (path) => {
    expect(judgeOne(path)).toEqual({ path, decision: 'allowed', rule: null, reason: '' });
  });

  test.each([
    '.github/workflows/ci.yml',
    '.GitHub/Workflows/ci.yml',
    '.github/dependabot.yml',
    'packages/a/.github/workflows/ci.yml',
    '.gitlab-ci.yml',
    '.gitlab/x.yml',
    '.gitea/x',
    '.forgejo/x',
    'azure-pipelines.yml',
    'bitbucket-pipelines.yml',
    'Jenkinsfile',
    'CODEOWNERS',
    'docs/CODEOWNERS',
    '.tamma.yml',
    '.tamma/config.yml',
    '.tamma/prompts/x.md',
    '.claude/settings.json',
    'packages/a/.claude/settings.json',
    '.vscode/tasks.json',
    '.husky/pre-commit',
    '.githooks/pre-push',
    '.changeset/a.md',
    '.gitattributes',
    'sub/.gitattributes',
    '.gitmodules',
    '.npmrc',
    'packages/a/.npmrc',
    '.yarnrc.yml',
    '.pnpmfile.cjs',
    'bunfig.toml',
    '.mcp.json',
    'AGENTS.md',
    'docs/agents.md',
    'CLAUDE.md',
    'GEMINI.md',
    '.cursorrules',
    'action.yml',
    '.cargo/config.toml',
  ])('%s is protected', (path) => {
    expect(judgeOne(path)).toMatchObject({ decision: 'blocked', rule: 'PROTECTED_PATH' });
  });

  test.each([
    'package.json',
    'packages/a/package.json',
    'package-lock.json',
    'pnpm-lock.yaml',
    'pyproject.toml',
    'requirements-dev.txt',
    'go.mod',
    'Cargo.lock',
    'Gemfile',
    'composer.json',
    'pom.xml',
    'build.gradle.kts',
    'App.csproj',
    'vitest.config.ts',
    'jest.config.js',
    'pytest.ini',
    'tests/conftest.py',
    'codecov.yml',
    '.coveragerc',
    '.eslintrc.json',
    'biome.json',
    'tsconfig.json',
    '.gitignore',
    'Dockerfile',
    'Dockerfile.prod',
    'api.dockerfile',
    'docker-compose.yml',
    'Makefile',
    'SECURITY.md',
    'LICENSE',
    'LICENSE.txt',
    '.env',
  ])('%s needs a person', (path) => {
    expect(judgeOne(path)).toMatchObject({ decision: 'needs-person', rule: 'REVIEWED_PATH' });
  });

  test('deleting a protected file, as one side of a rename, is a change to it', () => {
    const verdicts = judgeChanges([
      change('.github/workflows/ci.yml', { status: 'deleted', newMode: '000000' }),
      change('docs/old-ci.yml', { status: 'added', oldMode: '000000' }),
    ]);
    expect(verdicts.map(({ decision }) => decision)).toEqual(['blocked', 'allowed']);
    expect(worstDecision(verdicts)).toBe('blocked');
  });

  test.each([
    ['.github\u200b/workflows/ci.yml', 'blocked', 'PATH_CONFUSABLE'],
    ['.ｇithub/workflows/ci.yml', 'blocked', 'PATH_CONFUSABLE'],
    ['src/a\u0301.ts', 'blocked', 'PATH_CONFUSABLE'],
    ['../x', 'blocked', 'PATH_OUTSIDE_ROOT'],
    ['/etc/passwd', 'blocked', 'PATH_OUTSIDE_ROOT'],
    ['a/.git/config', 'blocked', 'PATH_INVALID'],
    ['a\\b', 'blocked', 'PATH_INVALID'],
  ])('%j is %s: %s', (path, decision, rule) => {
    expect(judgeOne(path)).toMatchObject({ decision, rule });
  });

  test.each([
    ['a link', { newMode: '120000' }, 'blocked', 'MODE_NOT_ALLOWED'],
    ['a submodule', { status: 'added', oldMode: '000000', newMode: '160000' }, 'blocked', 'MODE_NOT_ALLOWED'],
    ['a file that others may write', { newMode: '100664' }, 'blocked', 'MODE_NOT_ALLOWED'],
    ['a file that becomes executable', { newMode: '100755' }, 'needs-person', 'EXEC_BIT'],
    [
      'a new executable',
      { status: 'added', oldMode: '000000', newMode: '100755' },
      'needs-person',
      'EXEC_BIT',
    ],
    [
      'a link that becomes a file',
      { status: 'type-changed', oldMode: '120000' },
      'needs-person',
      'LINK_REMOVED',
    ],
    [
      'a link that goes',
      { status: 'deleted', oldMode: '120000', newMode: '000000' },
      'needs-person',
      'LINK_REMOVED',
    ],
  ] as const)('%s is judged by its mode', (_, more, decision, rule) => {
    expect(judgeOne('src/a.ts', more)).toMatchObject({ decision, rule });
  });

  test('an executable that stays one is allowed', () => {
    expect(judgeOne('bin/x', { oldMode: '100755', newMode: '100755' })?.decision).toBe('allowed');
  });

  test('the worst of several reasons counts', () => {
    expect(judgeOne('package.json', { newMode: '120000' })).toMatchObject({ rule: 'MODE_NOT_ALLOWED' });
  });

  test('two paths that are one file where case does not count are refused', () => {
    const verdicts = judgeChanges([change('src/a.ts'), change('src/A.ts')]);
    expect(verdicts.map(({ rule }) => rule)).toEqual(['PATH_CONFUSABLE', 'PATH_CONFUSABLE']);
    const twin = judgeOne('src/A.ts', { status: 'added', oldMode: '000000' }, { existing: ['src/a.ts'] });
    expect(twin).toMatchObject({ rule: 'PATH_CONFUSABLE', reason: expect.stringContaining('src/a.ts') });
  });

  test('a rename that only changes case is allowed', () => {
    const verdicts = judgeChanges([
      change('src/a.ts', { status: 'deleted', newMode: '000000' }),
      change('src/A.ts', { status: 'added', oldMode: '000000' }),
    ]);
    expect(worstDecision(verdicts)).toBe('allowed');
  });

  test('the configuration may only add', () => {
    expect(judgeOne('db/migrations/1.sql', {}, { add: ['db/migrations/**'] })?.decision).toBe('blocked');
    expect(judgeOne('DB/Migrations/1.sql', {}, { add: ['db/migrations/'] })?.decision).toBe('blocked');
    expect(judgeOne('db/schema.sql', {}, { add: ['db/migrations/**'] })?.decision).toBe('allowed');
  });

  test('the workflow may exempt paths, but never git’s or Tamma’s own', () => {
    const exempt = { exempt: ['.changeset/**', '.tamma/**', '**/.git/**'] };
    expect(judgeOne('.changeset/a.md', {}, exempt)?.decision).toBe('allowed');
    expect(judgeOne('.tamma/config.yml', {}, exempt)?.decision).toBe('blocked');
    expect(judgeOne('.vscode/tasks.json', {}, exempt)?.decision).toBe('blocked');
  });

  test('what is not in the approved plan needs a person', () => {
    const verdicts = judgeChanges([change('src/a.ts'), change('scripts/release.sh')], { scope: ['src/**'] });
    expect(verdicts).toEqual([
      expect.objectContaining({ path: 'src/a.ts', decision: 'allowed' }),
      expect.objectContaining({
        path: 'scripts/release.sh',
        decision: 'needs-person',
        rule: 'SCOPE_EXCEEDED',
      }),
    ]);
  });

  test('size, number and binary content have limits', () => {
    const big = { sizes: new Map([['a.ts', 600_000]]) };
    expect(judgeOne('a.ts', {}, big)).toMatchObject({ decision: 'blocked', rule: 'FILE_TOO_LARGE' });
    expect(judgeOne('a.ts', {}, { ...big, limits: { fileBytes: 1_000_000 } })?.decision).toBe('allowed');
    expect(judgeOne('a.png', {}, { binaries: new Set(['a.png']) })).toMatchObject({ rule: 'BINARY_FILE' });
    const many = Array.from({ length: 101 }, (_, index) => change(`src/${index}.ts`));
    expect(judgeChanges(many)[0]).toMatchObject({ path: '', decision: 'blocked', rule: 'TOO_MANY_FILES' });
    expect(worstDecision(judgeChanges(many, { limits: { files: 200 } }))).toBe('allowed');
  });

  test('no spelling of a protected path passes', () => {
    const guarded = fc.constantFrom(
      '.github/workflows/ci.yml',
      '.tamma/config.yml',
      '.npmrc',
      'AGENTS.md',
      '.gitattributes',
    );
    const noise = fc.constantFrom('', '\u200b', '\u00ad', '\ufe0f', '\u2060', '\u{e0041}');
    const spelling = fc
      .tuple(guarded, fc.array(fc.tuple(fc.boolean(), noise), { minLength: 30, maxLength: 30 }))
      .map(([path, how]) =>
        [...path]
          .map((letter, index) => {
            const [isUpper, extra] = how[index] ?? [false, ''];
            return (isUpper ? letter.toUpperCase() : letter) + extra;
          })
          .join(''),
      );
    fc.assert(fc.property(spelling, (path) => judgeOne(path)?.decision === 'blocked'));
  });
});

describe('paths inside a workspace', () => {
  test.each(['a', 'src/a.ts', '.gitignore', 'a b/c d.txt', 'ü/ö.ts', '-rf', 'x..y', 'a/.hidden', '...x'])(
    '%j may be used',
    (path) => {
      expect(checkWorkspacePath(path)).toBe(path);
    },
  );

  test.each([
    ['', 'PATH_INVALID'],
    ['/a', 'PATH_OUTSIDE_ROOT'],
    ['~/.ssh/id', 'PATH_OUTSIDE_ROOT'],
    ['C:/x', 'PATH_OUTSIDE_ROOT'],
    ['\\\\server\\x', 'PATH_OUTSIDE_ROOT'],
    ['../a', 'PATH_OUTSIDE_ROOT'],
    ['a/../../b', 'PATH_OUTSIDE_ROOT'],
    ['a/./b', 'PATH_INVALID'],
    ['a//b', 'PATH_INVALID'],
    ['a/', 'PATH_INVALID'],
    ['a\0b', 'PATH_INVALID'],
    ['a\nb', 'PATH_INVALID'],
    ['ab:c', 'PATH_INVALID'],
    [':(exclude)*', 'PATH_INVALID'],
    ['a.', 'PATH_INVALID'],
    ['a /b', 'PATH_INVALID'],
    ['.git', 'PATH_INVALID'],
    ['.GIT/config', 'PATH_INVALID'],
    ['a/.git/hooks/x', 'PATH_INVALID'],
    ['git~1/config', 'PATH_INVALID'],
    ['.g\u200bit/config', 'PATH_INVALID'],
    ['\ud800', 'PATH_INVALID'],
    ['a\u202e.ts', 'PATH_CONFUSABLE'],
    ['e\u0301', 'PATH_CONFUSABLE'],
    ['x'.repeat(256), 'PATH_INVALID'],
    [`${'abcdefgh/'.repeat(120)}a`, 'PATH_INVALID'],
  ])('%j is refused: %s', (path, rule) => {
    expect(findPathProblem(path)?.rule).toBe(rule);
    const refused = expect.objectContaining({
      code: 'PATH_REFUSED',
      details: expect.objectContaining({ rule }),
    });
    expect(() => checkWorkspacePath(path)).toThrow(TammaError);
    expect(attempt(path)).toEqual(refused);
  });

  test('a path that passes stays inside, whatever it is joined to', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('.', '/', 'a', '~', '\\', ' ', '\0', 'é', '-') }),
        (path) => {
          if (findPathProblem(path)) return true;
          return new URL(
            `file:///root/${path.split('/').map(encodeURIComponent).join('/')}`,
          ).pathname.startsWith('/root/');
        },
      ),
    );
  });

  test('folding is done once and for all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        (path) => foldPath(foldPath(path)).normalize('NFKC') === foldPath(foldPath(path)),
      ),
    );
  });

  function attempt(path: string): unknown {
    try {
      return checkWorkspacePath(path);
    } catch (error) {
      return error;
    }
  }
});

describe('which files are tests', () => {
  test.each([
    'src/a.test.ts',
    'src/a.spec.tsx',
    'test/a.ts',
    'tests/helpers.py',
    '__tests__/a.js',
    'src/__snapshots__/a.snap',
    'a_test.go',
    'pkg/testdata/x.json',
    'test_a.py',
    'pkg/a_test.py',
    'conftest.py',
    'tests/it.rs',
    'src/a_test.rs',
    'src/test/java/a/UserTest.java',
    'UserTests.cs',
    'UserIT.java',
    'TestUser.java',
    'user_spec.rb',
    'spec/user.rb',
    'tests/UserTest.php',
    'UserTest.php',
    'a_test.exs',
    'widget_test.dart',
    'UserTests.swift',
    'UserSpec.scala',
    'cypress/a.cy.ts',
    'x.bats',
    'features/a.feature',
    'e2e/a.ts',
    'test-a.js',
    'Tests/a.swift',
  ])('%s is one', (path) => {
    expect(isTestPath(path)).toBe(true);
  });

  test.each([
    'src/a.ts',
    'src/latest.java',
    'src/Latest.java',
    'Contest.java',
    'src/contest/a.ts',
    'docs/testing.md',
    'src/attest.go',
    'spec/openapi.yaml',
    'src/testing/render.ts',
    'protest.py',
    'src/inspect.ts',
    'package.json',
    'src/main.rs',
    'Unit.java',
    'src/Edit.java',
  ])('%s is none', (path) => {
    expect(isTestPath(path)).toBe(false);
  });
});
