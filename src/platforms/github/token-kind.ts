/** How a token came to be decides what it can do and how it is mended. */
export type TokenKind = 'job' | 'app' | 'fine-grained' | 'classic' | 'oauth' | 'unknown';

/** The app that GITHUB_TOKEN belongs to, the same on github.com for everybody. */
const ACTIONS_APP = '15368';

/**
 * By the form of the token (docs, "GitHub's token formats"). Tokens of installations name their app since 2026-04; one
 * that does not is told apart by who its viewer is, and is taken for a job's here.
 */
export function readTokenKind(token: string): TokenKind {
  const app = /^ghs_(\d+)_/.exec(token)?.[1];
  if (app) return app === ACTIONS_APP ? 'job' : 'app';
  const [prefix = ''] = /^(?:ghs|github_pat|ghp|gho|ghu)_/.exec(token) ?? [];
  const kinds: Readonly<Record<string, TokenKind>> = {
    ghs_: 'job',
    github_pat_: 'fine-grained',
    ghp_: 'classic',
    gho_: 'oauth',
    ghu_: 'app',
  };
  return kinds[prefix] ?? 'unknown';
}
