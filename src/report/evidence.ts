import type { Evidence, LoopState } from '../core/state.ts';
import { shortenSha } from '../lib/quantities.ts';
import { code, link, tableRow } from './markdown.ts';
import { repositoryUrlOf } from './render-options.ts';
import { toCode } from './untrusted.ts';

const phases = {
  tests: 'RED: tests, no code yet',
  implement: 'GREEN: the code',
  refactor: 'REFACTOR: the code, tidied',
  repair: 'Repair',
} as const satisfies Record<Evidence['phase'], string>;

const MAX_TESTS = 5;

/** What the test command said about each commit, by exit code; empty before the first. */
export function renderEvidence(state: LoopState): string {
  const { evidence } = state;
  if (evidence.length === 0) return '';
  const repositoryUrl = repositoryUrlOf(state);
  const commit = (sha: string) =>
    repositoryUrl ? link(code(shortenSha(sha)), `${repositoryUrl}/commit/${sha}`) : code(shortenSha(sha));
  const rows = evidence.map((entry) =>
    tableRow([commit(entry.headSha), phases[entry.phase], describeResult(entry)]),
  );
  return [tableRow(['Commit', 'Phase', 'The test command']), '|---|---|---|', ...rows].join('\n');
}

function describeResult({ exitCode, failingTests }: Evidence): string {
  if (exitCode === null) return 'not run in this phase; the gates did';
  if (exitCode === 0) return 'passes (exit 0)';
  const names = failingTests.slice(0, MAX_TESTS).map((name) => toCode(name));
  const more = failingTests.length > MAX_TESTS ? ` and ${failingTests.length - MAX_TESTS} more` : '';
  return `fails (exit ${exitCode})${names.length > 0 ? `: ${names.join(', ')}${more}` : ''}`;
}
