import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComposeOptions } from '../../src/app/compose.ts';
import { composeOnForge } from '../support/compose-on-forge.ts';
import { createGitHubFixture, type GitHubFixture } from '../support/github-platform.ts';

describe('a checkout of a repository on GitHub', () => {
  let fixture: GitHubFixture;
  beforeAll(async () => {
    fixture = await createGitHubFixture();
    await fixture.local.git(['remote', 'add', 'origin', fixture.options.gitUrl]);
  });
  afterAll(() => fixture.remove());

  const open = (more: Partial<ComposeOptions> = {}) => composeOnForge(fixture, more);

  it('works with its issues, and keeps its log there', async () => {
    const runtime = await open();
    const number = await fixture.openIssue({ title: 'On GitHub', labels: ['tamma'] });
    expect(runtime.platform).toMatchObject({
      id: 'github',
      repository: expect.stringMatching(/\/acme\/shop$/),
    });
    expect((await runtime.platform.issues.list(runtime.config.labels)).map((issue) => issue.number)).toEqual([
      number,
    ]);
    expect((await runtime.store.head()).position).toBe(0);
    expect(runtime.redactor.redact(`the token is ${fixture.options.token}`)).not.toContain(
      fixture.options.token,
    );
    await runtime.close();
  });

  it('asks GitHub for nothing while it opens', async () => {
    fixture.takeRequests();
    await (await open()).close();
    expect(fixture.takeRequests()).toEqual([]);
  });

  it('is plain git where somebody says so', async () => {
    const environment = {
      PATH: process.env.PATH,
      GITHUB_SERVER_URL: fixture.forge.url,
      TAMMA_GIT_TOKEN: fixture.options.token,
    };
    const runtime = await open({ platform: 'plain-git', environment });
    expect(runtime.platform.id).toBe('plain-git');
    await runtime.close();
  });
});
