import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ForgeOptions } from './core.ts';
import { createForge, type Forge } from './forge.ts';
import type { Json, Scopes, Token } from './state.ts';

export type TestForge = {
  forge: Forge;
  root: string;
  /** A person with write access. */
  alice: Token;
  /** A job's token with every permission but the ones to administer. */
  job: Token;
  /** A request below `/repos/acme/shop` (or anywhere, with a full path) that must end with this status. */
  ask(token: Token, method: string, path: string, body?: Json, status?: number): Promise<Json>;
  /** One GraphQL request; answers `{ data, errors }`. */
  query(token: Token, text: string, variables?: Json): Promise<{ data?: Json; errors?: Json[] }>;
  close(): Promise<void>;
};

export const EVERYTHING: Scopes = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  pull_requests: 'write',
  statuses: 'write',
};

/** A forge with the repository acme/shop, somebody who works there and a job. */
export async function createTestForge(
  files: Readonly<Record<string, string>> = {},
  options: Partial<ForgeOptions> = {},
): Promise<TestForge> {
  const root = await mkdtemp(join(tmpdir(), 'tamma-forge-'));
  const forge = await createForge({ root, ...options });
  await forge.addRepository({
    owner: 'acme',
    name: 'shop',
    files: { 'README.md': '# Shop\n', 'src/a.js': 'a\n', ...files },
  });
  forge.addUser({ login: 'alice', permission: { 'acme/shop': 'write' } });
  const ask: TestForge['ask'] = async (token, method, path, body, status) => {
    const full = /^\/(?:repos|user|users|rate_limit|graphql)\b/.test(path) ? path : `/repos/acme/shop${path}`;
    const result = await forge.call(token, method, full, body);
    if (status !== undefined)
      expect({ path, status: result.status, data: result.data }).toMatchObject({ path, status });
    return result.data as Json;
  };
  return {
    forge,
    root,
    alice: forge.createToken({ kind: 'pat', login: 'alice' }),
    job: forge.createToken({ kind: 'actions', repository: 'acme/shop', permissions: EVERYTHING }),
    ask,
    query: (token, query, variables = {}) => ask(token, 'POST', '/graphql', { query, variables }, 200),
    async close() {
      try {
        await forge.close();
      } finally {
        await rm(root, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
}
