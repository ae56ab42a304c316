import { z } from 'zod';
import { type Detection, findFirst, type ProjectFiles, someFile } from './ecosystem.ts';

const texts = z.record(z.string(), z.string()).catch({});
const manifest = z.looseObject({
  scripts: texts.optional(),
  dependencies: texts.optional(),
  devDependencies: texts.optional(),
  optionalDependencies: texts.optional(),
  workspaces: z.unknown().optional(),
  packageManager: z.string().optional().catch(undefined),
});

type Manager = { name: string; lockfiles: readonly string[]; install: string; run: string; exec: string };

/** Scripts of dependencies never run at install: they would have the network. */
const managers = [
  {
    name: 'pnpm',
    lockfiles: ['pnpm-lock.yaml'],
    install: 'pnpm install --frozen-lockfile --ignore-scripts',
    run: 'pnpm run',
    exec: 'pnpm exec',
  },
  {
    name: 'yarn',
    lockfiles: ['yarn.lock'],
    install: 'yarn install --frozen-lockfile --ignore-scripts',
    run: 'yarn run',
    exec: 'yarn run',
  },
  {
    name: 'npm',
    lockfiles: ['package-lock.json', 'npm-shrinkwrap.json'],
    install: 'npm ci --ignore-scripts --no-audit --no-fund',
    run: 'npm run',
    exec: 'npx --no-install',
  },
] as const satisfies readonly Manager[];

const [, , npm] = managers;
const NPM_WITHOUT_LOCK = 'npm install --ignore-scripts --no-audit --no-fund --no-package-lock';
const YARN_BERRY = 'yarn install --immutable --mode=skip-build';

/** What `node --test` finds by itself (nodejs.org/api/test.html, "Running tests from the command line"). */
const NODE_TESTS = /(?:^|\/)(?:test\/.+|test|test-[^/]+|[^/]+[.\-_]test)\.[cm]?[jt]s$/;
const NODE_COVERAGE =
  '--experimental-test-coverage --test-reporter=spec --test-reporter-destination=stdout --test-reporter=lcov --test-reporter-destination=lcov.info';

type Project = {
  files: ProjectFiles;
  manager: Manager;
  scripts: Readonly<Record<string, string>>;
  dependencies: Readonly<Record<string, string>>;
  hasDependencies: boolean;
};

export async function detectNode(files: ProjectFiles): Promise<Detection | undefined> {
  if (!files.has('package.json')) return undefined;
  const project = await readProject(files);
  const { scripts, manager } = project;
  const build = findFirstScript(scripts, ['build', 'typecheck', 'type-check', 'check-types']);
  return {
    project: `Node.js with ${manager.name}`,
    commands: {
      install: project.hasDependencies ? toInstall(project) : undefined,
      build: build ? `${manager.run} ${build}` : toTypeCheck(project),
      test: toTest(project),
      lint: scripts.lint ? `${manager.run} lint` : undefined,
      coverage: toCoverage(project),
    },
    coverageReports: [
      'coverage/lcov.info',
      'lcov.info',
      'coverage/cobertura-coverage.xml',
      'coverage/clover.xml',
    ],
  };
}

async function readProject(files: ProjectFiles): Promise<Project> {
  const parsed = manifest.safeParse(parseJson(await files.read('package.json'))).data ?? {};
  const named = managers.find(({ name }) => parsed.packageManager?.startsWith(`${name}@`));
  const manager = managers.find(({ lockfiles }) => findFirst(files, lockfiles)) ?? named ?? npm;
  const dependencies = { ...parsed.dependencies, ...parsed.devDependencies, ...parsed.optionalDependencies };
  const hasDependencies = Object.keys(dependencies).length > 0 || parsed.workspaces !== undefined;
  return { files, manager, scripts: parsed.scripts ?? {}, dependencies, hasDependencies };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function toInstall({ files, manager }: Project): string {
  if (manager.name === 'yarn' && files.has('.yarnrc.yml')) return YARN_BERRY;
  return manager.name === 'npm' && !findFirst(files, npm.lockfiles) ? NPM_WITHOUT_LOCK : manager.install;
}

function toTypeCheck({ files, manager, dependencies }: Project): string | undefined {
  return dependencies.typescript && files.has('tsconfig.json') ? `${manager.exec} tsc --noEmit` : undefined;
}

function toTest({ files, manager, scripts, dependencies }: Project): string | undefined {
  if (hasTestScript(scripts)) return manager.name === 'npm' ? 'npm test' : `${manager.run} test`;
  if (dependencies.vitest) return `${manager.exec} vitest run`;
  const runner = ['jest', 'mocha'].find((name) => dependencies[name]);
  if (runner) return `${manager.exec} ${runner}`;
  return someFile(files, NODE_TESTS) ? 'node --test' : undefined;
}

/** `npm init` writes a script that says there is none. */
function hasTestScript({ test }: Readonly<Record<string, string>>): boolean {
  return test !== undefined && test.trim() !== '' && !test.includes('no test specified');
}

function toCoverage(project: Project): string | undefined {
  const { manager, scripts, dependencies } = project;
  const script = findFirstScript(scripts, ['coverage', 'test:coverage', 'test:cov']);
  if (script) return `${manager.run} ${script}`;
  if (
    dependencies.vitest &&
    (dependencies['@vitest/coverage-v8'] || dependencies['@vitest/coverage-istanbul'])
  ) {
    return `${manager.exec} vitest run --coverage --coverage.reporter=lcov`;
  }
  if (dependencies.jest) return `${manager.exec} jest --coverage --coverageReporters=lcov`;
  const test = toTest(project);
  const wrapper = ['c8', 'nyc'].find((name) => dependencies[name]);
  if (wrapper && test) return `${manager.exec} ${wrapper} --reporter=lcov ${test}`;
  const direct = hasTestScript(scripts) ? scripts.test : test;
  const isPlain =
    direct !== undefined && /^node (?:[\w@%+=:,./-]+ )*--test(?: [\w@%+=:,./-]+)*$/.test(direct);
  return isPlain ? direct.replace(/(^| )--test(?= |$)/, `$1--test ${NODE_COVERAGE}`) : undefined;
}

function findFirstScript(
  scripts: Readonly<Record<string, string>>,
  names: readonly string[],
): string | undefined {
  return names.find((name) => scripts[name]?.trim());
}
