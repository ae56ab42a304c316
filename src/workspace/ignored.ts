import { git } from '../lib/git.ts';
import type { Sha } from '../ports/repository.ts';
import { withPrivateIndex } from './private-index.ts';

/** What builds, installs and test runs leave behind where no `.gitignore` says so. Files of a commit are never ignored. */
const LEFT_BEHIND = [
  'node_modules/',
  '.venv/',
  '__pycache__/',
  '*.pyc',
  '.pytest_cache/',
  '.mypy_cache/',
  '.ruff_cache/',
  '.tox/',
  '*.egg-info/',
  '.gradle/',
  '.nyc_output/',
  '/coverage/',
  '/.coverage',
  '/coverage.xml',
  '/coverage.out',
  '/lcov.info',
  '/junit.xml',
];

/**
 * Paths below `directory` that git would not take in, with `base` as what is tracked: files, and folders as a whole.
 * The folder's own `.gitignore` files count; its `.git`, if it has one, does not. No filter and no hook runs.
 */
export function listIgnored(gitDirectory: string, directory: string, base: Sha | null): Promise<Set<string>> {
  return withPrivateIndex(gitDirectory, base, async (options) => {
    const excludes = ['--exclude-standard', ...LEFT_BEHIND.map((pattern) => `--exclude=${pattern}`)];
    const { stdout } = await git(['ls-files', '-z', '--others', '--ignored', '--directory', ...excludes], {
      ...options,
      cwd: directory,
      env: { ...options.env, GIT_WORK_TREE: directory },
    });
    const paths = stdout
      .toString()
      .split('\0')
      .filter((path) => path !== '');
    return new Set(paths.map((path) => path.replace(/\/$/, '')));
  });
}
