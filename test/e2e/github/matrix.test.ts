import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';
import { CONFIG } from '../../support/github-e2e/project.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/github-matrix/.github/workflows/tamma.yml');

const workflow = readFileSync(EXAMPLE, 'utf8').replace(
  /^( +)anthropic-api-key: .*\n/m,
  (line, indent: string) =>
    `${line}${indent}base-url: \${{ vars.MODEL_URL }}\n${indent}sandbox: best-effort\n`,
);

describe('the matrix', () => {
  let home: GitHubHome;
  let issues: number[];
  beforeAll(async () => {
    home = await createGitHubHome({
      run: 'processes',
      config: `${CONFIG}approval: { design: required }\n`,
      workflow,
    });
    issues = [await home.open(1), await home.open(2)];
    for (const issue of issues) await home.label(issue);
    await home.schedule();
  }, 240_000);
  afterAll(() => home?.close());

  test('works on every issue of a round in a job of its own, until somebody is needed', async () => {
    const jobs = home.forge.actions.results.map(({ job, conclusion }) => `${job} ${conclusion}`);
    expect(jobs.toSorted()).toEqual(['orchestrate success', 'work (1) success', 'work (2) success']);
    for (const issue of issues) {
      const { status, wait } = await home.state(issue);
      expect({ status, step: wait?.stepId, for: wait?.for }).toEqual({
        status: 'waiting',
        step: 'DESIGN',
        for: 'approval',
      });
    }
  });

  test('starts no run by itself', () => {
    const events = home.repository.runs.map(({ event }) => event);
    expect(events.filter((event) => event === 'workflow_dispatch')).toEqual([]);
  });

  test('does nothing in a round where nobody has said anything', async () => {
    const before = (await home.log()).length;
    await home.schedule();
    expect(home.forge.actions.results.at(-1)?.conclusion).toBe('skipped');
    expect(await home.log()).toHaveLength(before);
  });
});
