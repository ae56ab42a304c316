import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toArgv } from '../../src/core/commands.ts';
import { detectCommands } from '../../src/workspace/commands.ts';
import { probeSandbox } from '../../src/workspace/sandbox/probe.ts';
import { createSandboxPlace } from '../contracts/sandbox.ts';

type Files = Readonly<Record<string, string>>;

function detect(files: Files, overrides = {}) {
  return detectCommands(Object.keys(files), (path) => Promise.resolve(files[path] ?? ''), overrides);
}

const manifest = (content: object) => JSON.stringify(content);
const none = { install: null, build: null, test: null, lint: null, coverage: null };

/** What stands in a project, and the commands it is found to have; those not named are null. */
const projects: readonly {
  what: string;
  files: Files;
  project: string;
  commands: Partial<typeof none | Record<string, string>>;
}[] = [
  {
    what: 'scripts of npm, and no install without dependencies',
    files: { 'package.json': manifest({ scripts: { test: 'node --test', build: 'tsc', lint: 'eslint .' } }) },
    project: 'Node.js with npm',
    commands: {
      build: 'npm run build',
      test: 'npm test',
      lint: 'npm run lint',
      coverage:
        'node --test --experimental-test-coverage --test-reporter=spec --test-reporter-destination=stdout --test-reporter=lcov --test-reporter-destination=lcov.info',
    },
  },
  {
    what: 'a lockfile of npm, and vitest with coverage',
    files: {
      'package.json': manifest({
        scripts: { test: 'vitest run' },
        devDependencies: { vitest: '5', '@vitest/coverage-v8': '5' },
      }),
      'package-lock.json': '{}',
    },
    project: 'Node.js with npm',
    commands: {
      install: 'npm ci --ignore-scripts --no-audit --no-fund',
      test: 'npm test',
      coverage: 'npx --no-install vitest run --coverage --coverage.reporter=lcov',
    },
  },
  {
    what: 'dependencies without a lockfile, and a type check for a build',
    files: {
      'package.json': manifest({
        dependencies: { left: '1' },
        devDependencies: { typescript: '7', vitest: '5' },
      }),
      'tsconfig.json': '{}',
    },
    project: 'Node.js with npm',
    commands: {
      install: 'npm install --ignore-scripts --no-audit --no-fund --no-package-lock',
      build: 'npx --no-install tsc --noEmit',
      test: 'npx --no-install vitest run',
    },
  },
  {
    what: 'pnpm by its lockfile, and a coverage script',
    files: {
      'package.json': manifest({
        scripts: { test: 'jest', coverage: 'jest --coverage', typecheck: 'tsc' },
        devDependencies: { jest: '30' },
      }),
      'pnpm-lock.yaml': '',
    },
    project: 'Node.js with pnpm',
    commands: {
      install: 'pnpm install --frozen-lockfile --ignore-scripts',
      build: 'pnpm run typecheck',
      test: 'pnpm run test',
      coverage: 'pnpm run coverage',
    },
  },
  {
    what: 'yarn of the old and of the new kind',
    files: {
      'package.json': manifest({ devDependencies: { mocha: '11', c8: '12' } }),
      'yarn.lock': '',
      '.yarnrc.yml': '',
    },
    project: 'Node.js with yarn',
    commands: {
      install: 'yarn install --immutable --mode=skip-build',
      test: 'yarn run mocha',
      coverage: 'yarn run c8 --reporter=lcov yarn run mocha',
    },
  },
  {
    what: 'the package manager a manifest names, workspaces, and jest',
    files: {
      'package.json': manifest({
        packageManager: 'yarn@1.22.22',
        workspaces: ['a'],
        devDependencies: { jest: '30' },
      }),
    },
    project: 'Node.js with yarn',
    commands: {
      install: 'yarn install --frozen-lockfile --ignore-scripts',
      test: 'yarn run jest',
      coverage: 'yarn run jest --coverage --coverageReporters=lcov',
    },
  },
  {
    what: 'tests that node finds by itself, where npm init’s script says there are none',
    files: {
      'package.json': manifest({ scripts: { test: 'echo "Error: no test specified" && exit 1' } }),
      'src/a.test.js': '',
    },
    project: 'Node.js with npm',
    commands: {
      test: 'node --test',
      coverage: expect.stringContaining('node --test --experimental-test-coverage'),
    },
  },
  {
    what: 'arguments of node’s test runner',
    files: { 'package.json': manifest({ scripts: { test: 'node --no-warnings --test test/unit/' } }) },
    project: 'Node.js with npm',
    commands: {
      test: 'npm test',
      coverage: expect.stringMatching(
        /^node --no-warnings --test --experimental-test-coverage .* test\/unit\/$/,
      ),
    },
  },
  {
    what: 'nothing in a manifest that cannot be read, or with a test script it cannot take apart',
    files: { 'package.json': '{ "scripts": ' },
    project: 'Node.js with npm',
    commands: {},
  },
  {
    what: 'a test script in shell syntax, which gets no coverage of ours',
    files: {
      'package.json': manifest({ scripts: { test: 'node --test && echo done' }, dependencies: 'wrong' }),
    },
    project: 'Node.js with npm',
    commands: { test: 'npm test' },
  },
  {
    what: 'pytest with requirements, coverage and a source folder',
    files: {
      'requirements.txt': 'flask\n',
      'requirements-dev.txt': 'pytest-cov\nruff\npytest\n',
      'src/app.py': '',
      'tests/test_app.py': '',
    },
    project: 'Python with pip',
    commands: {
      install:
        'python3 -m venv .venv && .venv/bin/pip install --disable-pip-version-check --only-binary :all: -r requirements-dev.txt -r requirements.txt',
      test: 'env PYTHONPATH=src .venv/bin/python -m pytest',
      lint: '.venv/bin/python -m ruff check .',
      coverage: 'env PYTHONPATH=src .venv/bin/python -m pytest --cov --cov-report=xml',
    },
  },
  {
    what: 'pytest that is used but not listed',
    files: { 'requirements.txt': 'flask\n', 'conftest.py': '' },
    project: 'Python with pip',
    commands: {
      install: expect.stringMatching(/-r requirements\.txt pytest$/),
      test: '.venv/bin/python -m pytest',
    },
  },
  {
    what: 'unittest without dependencies',
    files: { 'app.py': '', 'tests/test_app.py': '' },
    project: 'Python with pip',
    commands: { test: 'python3 -m unittest discover -s tests' },
  },
  {
    what: 'unittest beside the code, with coverage',
    files: { 'setup.cfg': '', 'requirements.txt': 'coverage\n', 'test_app.py': '' },
    project: 'Python with pip',
    commands: {
      install: expect.stringContaining('-r requirements.txt'),
      test: '.venv/bin/python -m unittest discover',
      coverage: '.venv/bin/python -m coverage run -m unittest discover && .venv/bin/python -m coverage xml',
    },
  },
  {
    what: 'uv',
    files: { 'pyproject.toml': '[dependency-groups]\ndev = ["pytest"]\n', 'uv.lock': '' },
    project: 'Python with uv',
    commands: {
      install: 'uv sync --frozen --no-install-project',
      test: 'uv run --no-sync --offline python -m pytest',
    },
  },
  {
    what: 'Poetry',
    files: { 'pyproject.toml': '[tool.pytest.ini_options]\n', 'poetry.lock': '' },
    project: 'Python with Poetry',
    commands: { install: 'poetry install --no-interaction --no-root', test: 'poetry run python -m pytest' },
  },
  {
    what: 'Python without tests',
    files: { 'setup.py': '' },
    project: 'Python with pip',
    commands: {},
  },
  {
    what: 'Go, with and without modules to fetch',
    files: { 'go.mod': 'module x\n', 'go.sum': '' },
    project: 'Go',
    commands: {
      install: 'go mod download',
      build: 'go build ./...',
      test: 'go test ./...',
      lint: 'go vet ./...',
      coverage: 'go test -coverprofile=coverage.out ./...',
    },
  },
  {
    what: 'Rust',
    files: { 'Cargo.toml': '', 'Cargo.lock': '' },
    project: 'Rust',
    commands: {
      install: 'cargo fetch --locked',
      build: 'cargo build --offline',
      test: 'cargo test --offline',
    },
  },
  {
    what: 'Maven with its wrapper and JaCoCo',
    files: { 'pom.xml': '<artifactId>jacoco-maven-plugin</artifactId>', mvnw: '' },
    project: 'Java with Maven',
    commands: {
      install: 'sh mvnw --batch-mode --quiet dependency:go-offline',
      build: 'sh mvnw --batch-mode --offline --quiet -DskipTests package',
      test: 'sh mvnw --batch-mode --offline test',
      coverage: 'sh mvnw --batch-mode --offline verify',
    },
  },
  {
    what: 'Gradle',
    files: { 'build.gradle.kts': 'plugins { jacoco }' },
    project: 'Java with Gradle',
    commands: {
      install: 'gradle --no-daemon --console=plain dependencies',
      build: 'gradle --no-daemon --console=plain --offline assemble',
      test: 'gradle --no-daemon --console=plain --offline test',
      coverage: 'gradle --no-daemon --console=plain --offline test jacocoTestReport',
    },
  },
  {
    what: 'targets of a Makefile, and no variables',
    files: { Makefile: 'build := out\nCC = x\n\ncheck: all\n\tprove\nall:\n\tcc\nlint::\n\tx\n' },
    project: 'make',
    commands: { build: 'make all', test: 'make check', lint: 'make lint' },
  },
  {
    what: 'a Makefile where the project itself says nothing',
    files: { 'package.json': manifest({ scripts: { lint: 'x' } }), Makefile: 'test:\n\tx\nlint:\n\tx\n' },
    project: 'Node.js with npm',
    commands: { test: 'make test', lint: 'npm run lint' },
  },
  { what: 'nothing in an unknown project', files: { 'README.md': '' }, project: 'unknown', commands: {} },
];

describe('detecting the commands of a project', () => {
  it.each(projects)('finds $what', async ({ files, project, commands }) => {
    const found = await detect(files);
    expect(found.project).toBe(project);
    expect(found.commands).toEqual({ ...none, ...commands });
  });

  it('lets the configuration have the last word, command by command', async () => {
    const files = { 'package.json': manifest({ scripts: { test: 'x', lint: 'y' } }) };
    const found = await detect(files, { ...none, test: 'make quick', build: 'make' });
    expect(found.commands).toEqual({ ...none, test: 'make quick', build: 'make', lint: 'npm run lint' });
    expect(found.reasons).toContain('test: `make quick`, from the configuration');
    expect(found.reasons).toContain('lint: `npm run lint`, as a project of Node.js with npm has it');
    expect(found.reasons).toContain('coverage: none was found');
  });

  it('says where a report of coverage may be, by the kind of project', async () => {
    expect((await detect({ 'package.json': '{}' })).coverageReports).toContain('coverage/lcov.info');
    expect((await detect({ 'pom.xml': '' })).coverageReports).toEqual(['target/site/jacoco/jacoco.xml']);
    expect((await detect({})).coverageReports).toEqual([]);
  });
});

describe('commands that were detected', () => {
  it('run in the sandbox as they are, and leave the report where it was said to be', async () => {
    const place = createSandboxPlace(tmpdir());
    onTestFinished(() => place.remove());
    const files: Files = {
      'package.json': manifest({ type: 'module', scripts: { test: 'node --test' } }),
      'src/sum.js':
        'export function sum(a, b) {\n  return a + b;\n}\nexport function unused() {\n  return 1;\n}\n',
      'test/sum.test.js':
        "import test from 'node:test'; import assert from 'node:assert'; import { sum } from '../src/sum.js';\ntest('adds', () => assert.equal(sum(1, 2), 3));\n",
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(place.directory, path)), { recursive: true });
      writeFileSync(join(place.directory, path), text);
    }
    const { commands, coverageReports } = await detect(files);
    const sandbox = await probeSandbox({
      policy: 'best-effort',
      temporaryDirectory: place.base,
      hidden: [place.hidden],
      path: process.env.PATH ?? '',
    });
    const run = (command: string | null) =>
      sandbox.run({ argv: toArgv(command ?? 'false'), directory: place.directory });
    expect(await run(commands.test)).toMatchObject({ exitCode: 0 });
    expect(await run(commands.coverage)).toMatchObject({ exitCode: 0 });
    const reports = coverageReports
      .map((path) => join(place.directory, path))
      .filter((path) => {
        try {
          return readFileSync(path, 'utf8').includes('SF:');
        } catch {
          return false;
        }
      });
    expect(reports).toEqual([join(place.directory, 'lcov.info')]);
    writeFileSync(
      join(place.directory, 'test/sum.test.js'),
      files['test/sum.test.js']?.replace('3)', '4)') ?? '',
    );
    expect((await run(commands.test)).exitCode).toBe(1);
  });
});
