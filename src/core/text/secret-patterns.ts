/**
 * Shapes of credentials that Tamma never held and still must not pass on. No leading word boundary: an ANSI colour
 * code ends in a letter and would hide the token behind it (security.md 7.7).
 * Shapes: GitHub "About authentication", GitLab "Token overview", Anthropic, OpenAI, OpenRouter, Google, AWS "Unique
 * identifiers", Slack, npm, RFC 7519 (JWT), RFC 7468 (PEM), RFC 3986 (user information).
 */
const shapes = [
  {
    name: 'private-key',
    // Up to the end line, or as far as lines of base64 go; `\n` as two characters is a key inside JSON.
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:(?:[A-Za-z0-9+/=:,.\s-]|\\[nr]){0,20000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{16,200})*)/g,
  },
  // git's header for tokens: `x-access-token:`, `oauth2:` or `gitlab-ci-token:` in base64, and every pair behind “Basic”
  // that is longer than the user:password of examples.
  {
    name: 'basic-credentials',
    pattern: /(?:eC1hY2Nlc3MtdG9rZW46|b2F1dGgyO|Z2l0bGFiLWNpLXRva2VuO)[A-Za-z0-9+/_-]{12,12000}={0,2}/g,
  },
  {
    name: 'basic-credentials',
    pattern: /(?<=authorization["']?\s{0,3}[:=]\s{0,3}["']?basic\s{1,3})[A-Za-z0-9+/_-]{40,12000}={0,2}/gi,
  },
  // Of an installation since 2026-04: `ghs_<app id>_<JWT>`, about 520 characters (GitHub changelog, 2026-04-27).
  {
    name: 'github-token',
    pattern:
      /gh[pousr]_[A-Za-z0-9]{1,40}_eyJ[A-Za-z0-9_-]{8,600}\.[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,2000}/g,
  },
  // Before the tokens of GitLab: a job's is a JWT with or without a prefix since 19.0.
  { name: 'jwt', pattern: /eyJ[A-Za-z0-9_-]{8,600}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,2000}/g },
  { name: 'github-token', pattern: /gh[pousr]_[A-Za-z0-9]{20,255}/g },
  { name: 'github-token', pattern: /github_pat_[A-Za-z0-9_]{20,255}/g },
  { name: 'gitlab-token', pattern: /gl(?:pat|cbt|dt|rt|ptt|ft|soat|agent|oas|imt)-[A-Za-z0-9_-]{16,255}/g },
  { name: 'anthropic-key', pattern: /sk-ant-[A-Za-z0-9_-]{16,255}/g },
  // A dash alone would find “task-management-application”.
  { name: 'openai-key', pattern: /sk-(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{16,255}/g },
  { name: 'openai-key', pattern: /sk-(?=[A-Za-z]{0,255}\d)[A-Za-z0-9]{20,255}/g },
  { name: 'google-key', pattern: /AIza[A-Za-z0-9_-]{30,60}/g },
  { name: 'aws-key', pattern: /(?:AKIA|ASIA)[A-Z0-9]{16}/g },
  { name: 'slack-token', pattern: /xox[abeoprs]-[A-Za-z0-9-]{10,255}/g },
  { name: 'slack-webhook', pattern: /hooks\.slack\.com\/services\/[A-Za-z0-9/]{20,255}/g },
  { name: 'npm-token', pattern: /npm_[A-Za-z0-9]{30,60}/g },
  {
    name: 'url-credentials',
    // Not what stands in every manual: postgres://user:password@localhost
    pattern:
      /(?<=[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:]{1,255}:(?!(?:pass(?:word)?|pw|secret|changeme|example|test|postgres|root|admin|user|\$\{?\w+\}?|<[^>@]*>|\*+|x+|\.{3}|…|\[REDACTED:[\w-]+\])@)[^\s/@]{1,255}(?=@)/gi,
  },
] as const satisfies readonly { name: string; pattern: RegExp }[];

/** Replaces everything of the shape of a credential by `[REDACTED:<kind>]`. May be repeated. */
export function maskTokens(text: string): string {
  return shapes.reduce((masked, { name, pattern }) => masked.replace(pattern, `[REDACTED:${name}]`), text);
}

export function hasTokenShape(text: string): boolean {
  return maskTokens(text) !== text;
}
