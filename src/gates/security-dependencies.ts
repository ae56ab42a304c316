import type { Finding } from '../core/events/parts.ts';
import { compareManifests } from '../core/policies/manifest.ts';
import { listLockedSources } from './security-lockfiles.ts';
import { listAddedLines, type TextChange } from './whole-change.ts';

export type DependencyReport = { findings: Finding[]; needsPerson: string[] };

/** Which manifests a lockfile belongs to, in its own folder or above it. */
const lockfiles: Readonly<Record<string, readonly string[]>> = {
  'package-lock.json': ['package.json'],
  'npm-shrinkwrap.json': ['package.json'],
  'yarn.lock': ['package.json'],
  'pnpm-lock.yaml': ['package.json', 'pnpm-workspace.yaml'],
  'Cargo.lock': ['Cargo.toml'],
  'poetry.lock': ['pyproject.toml'],
  'uv.lock': ['pyproject.toml'],
  'Pipfile.lock': ['Pipfile'],
  'composer.lock': ['composer.json'],
  'Gemfile.lock': ['Gemfile'],
  'go.sum': ['go.mod'],
};

/** Lines of other manifests that take code from somewhere else than the ecosystem's registry. */
const FOREIGN: Readonly<Record<string, RegExp>> = {
  'requirements.txt': /^(?!\s*#).*(?:git\+|hg\+|svn\+|https?:\/\/|file:|@ )/,
  'pyproject.toml': /(?:@ (?:git\+|https?:|file:)|\b(?:git|url) = ")/,
  Pipfile: /\b(?:git|path|file) *= *"/,
  'Cargo.toml': /\bgit *= *"/,
  'go.mod': /^\s*(?:replace\b.*)?\S+.*=>/,
  Gemfile: /\b(?:git|github|gist|bitbucket):|:(?:git|github) *=>/,
  'composer.json': /"type": *"(?:vcs|git|path|package)"/,
};

/** Where dependencies would come from after this change, and changes of a lockfile that no manifest explains. */
export function judgeDependencies(changes: readonly TextChange[]): DependencyReport {
  const manifests = changes.map(judgePackageJson);
  return {
    findings: [
      ...manifests.flatMap(({ findings }) => findings),
      ...changes.flatMap((change) => [...judgeManifest(change), ...listLockedSources(change)]),
    ],
    needsPerson: [
      ...manifests.flatMap(({ needsPerson }) => needsPerson),
      ...changes.flatMap((change) => explainLockfile(change, changes)),
    ],
  };
}

function judgePackageJson(change: TextChange): DependencyReport {
  if (nameOf(change.path) !== 'package.json' || change.newText === null)
    return { findings: [], needsPerson: [] };
  const found = compareManifests(change.oldText, change.newText);
  const foreign = found.filter(({ rule }) => rule === 'FOREIGN_DEPENDENCY');
  const others = found.filter(({ rule }) => rule !== 'FOREIGN_DEPENDENCY');
  return {
    findings: foreign.map(({ reason }) => toFinding(change.path, reason)),
    needsPerson: others.map(({ reason }) => `${change.path}: ${reason}`),
  };
}

function judgeManifest(change: TextChange): Finding[] {
  const pattern = FOREIGN[nameOf(change.path).replace(/^requirements.*\.txt$/, 'requirements.txt')];
  if (!pattern) return [];
  return listAddedLines(change)
    .filter(({ text }) => pattern.test(text))
    .map(({ line }) => ({
      ...toFinding(
        change.path,
        'a dependency comes from a repository, a URL or a folder, not from the registry',
      ),
      line,
    }));
}

function explainLockfile({ path }: TextChange, changes: readonly TextChange[]): string[] {
  const manifests = lockfiles[nameOf(path)];
  if (!manifests) return [];
  const explained = changes.some((other) => manifests.includes(nameOf(other.path)));
  return explained ? [] : [`${path} changed and no manifest did`];
}

function toFinding(path: string, message: string): Finding {
  return { severity: 'critical', rule: 'dependency-source', path, message };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
