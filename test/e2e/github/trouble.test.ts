import { afterEach, expect, test, vi } from 'vitest';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';
import { readShippedWorkflow } from '../../support/github-e2e/project.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let home: GitHubHome;
afterEach(() => home.close());

test('a key that is missing is told on the issue, and forgotten once it is there', async () => {
  home = await createGitHubHome({ runner: { secrets: { ANTHROPIC_API_KEY: '' } } });
  const issue = await home.open(1);
  await home.label(issue);
  await home.runUntilIdle();
  const [told, ...others] = home.ownComments(issue);
  expect(others).toEqual([]);
  expect(told?.body).toMatch(/### ✗ Tamma · could not go on: Research/);
  expect(told?.body).toMatch(/ANTHROPIC_API_KEY/);
  expect(told?.body).toMatch(/\*\*What to do:\*\*/);
  expect(home.worked().at(-1)?.conclusion).toBe('failure');

  await home.schedule();
  expect(home.ownComments(issue)).toEqual([told]);
});

test('a workflow that may not start runs is red, and says which permission it lacks', async () => {
  const workflow = readShippedWorkflow().replace(/^ {6}actions: write.*\n/m, '');
  home = await createGitHubHome({ workflow });
  const issue = await home.open(1);
  await home.label(issue);
  await home.runUntilIdle();
  expect(home.worked().map(({ conclusion }) => conclusion)).toContain('failure');
  expect(home.describeRuns()).toMatch(/::error[^\n]*actions: write/);
});
