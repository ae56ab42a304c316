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
  { name: 'jwt', pattern: /eyJ[A-Za-z0-9_-]{8,600}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,2000}/g },
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
