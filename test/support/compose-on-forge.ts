import { type ComposeOptions, compose } from '../../src/app/compose.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import type { GitHubFixture } from './github-platform.ts';

/** Tamma in this process, in a clone of the fixture's repository, with the fixture's token. */
export function composeOnForge(
  { forge, options, local }: GitHubFixture,
  { host, ...more }: Omit<Partial<ComposeOptions>, 'host'> & { host?: Partial<ComposeOptions['host']> } = {},
): Promise<Runtime> {
  return compose({
    directory: local.directory,
    environment: {
      PATH: process.env.PATH,
      GITHUB_SERVER_URL: forge.url,
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN: options.token,
    },
    host: {
      kind: 'terminal',
      holder: { runId: '1', host: 'here', pid: 1, startedAt: '1' },
      isAlive: () => 'unknown',
      report: () => {},
      ...host,
    },
    clock: options.clock,
    signal: new AbortController().signal,
    ...more,
  });
}
