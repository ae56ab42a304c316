import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/core/text/redact.ts';
import { hasTokenShape, maskTokens } from '../../../src/core/text/secret-patterns.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object, signature = 256) =>
  `${part({ alg: 'RS256', typ: 'JWT', kid: 'k1' })}.${part(claims)}.${randomBytes(signature).toString('base64url')}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** As the platforms make them since 2026 (GitHub's changelog of 2026-04-27; GitLab 19.0, "CI/CD job token"). */
const tokens: readonly [string, string][] = [
  ['an installation of GitHub', `ghs_1234567_${jwt({ jti: 'abc', iat: 1_795_000_000, iss: 'github' })}`],
  ['a job of GitHub', `ghs_15368_${jwt({ jti: randomBytes(24).toString('hex') })}`],
  ['a user of a GitHub App', `ghu_Iv23liABCDEF_${jwt({ sub: 'u' })}`],
  [
    'a job of GitLab',
    jwt({ iss: 'https://gitlab.com', sub: 'job_1', project_id: 7, namespace: 'g'.repeat(300) }),
  ],
  ['a job of GitLab, with a prefix', `glcbt-${jwt({ sub: 'job_1' })}`],
  [
    'the identity of a job',
    jwt({ sub: 'repo:acme/shop:ref:refs/heads/main', aud: 'https://api.anthropic.com' }),
  ],
  ['Anthropic for a job', `sk-ant-oat01-${randomBytes(60).toString('base64url')}`],
];

/** Pieces of a token that are not in every token of its kind. */
function leaks(text: string, token: string): string[] {
  const secret = token.slice(token.lastIndexOf('.') + 1).replace(/^sk-ant-oat01-/, '');
  const starts = Array.from({ length: Math.max(0, secret.length - 12) }, (_, at) =>
    secret.slice(at, at + 12),
  );
  return starts.filter((piece) => text.includes(piece));
}

describe.each(tokens)('a token of %s', (_what, token) => {
  test('is masked by its shape alone, to its end', () => {
    const text = `\u001b[31mtoken=${token} end`;
    expect(hasTokenShape(text)).toBe(true);
    const masked = maskTokens(text);
    expect(masked).toMatch(/\[REDACTED:[\w-]+\] end$/);
    expect(leaks(masked, token)).toEqual([]);
    expect(maskTokens(masked)).toBe(masked);
  });

  test.each([
    ['as git sends it', `AUTHORIZATION: basic ${base64(`x-access-token:${token}`)}`],
    ['as GitLab’s runner sends it', `header = "Authorization: Basic ${base64(`gitlab-ci-token:${token}`)}"`],
    ['by another user', `{"authorization":"Basic ${base64(`somebody:${token}`)}"}`],
    ['without its header', `x ${base64(`x-access-token:${token}`)} y`],
    ['in a variable of git', `GIT_CONFIG_VALUE_9=Authorization: Basic ${base64(`oauth2:${token}`)}`],
    ['in a URL', `https://x-access-token:${token}@github.com/acme/shop.git`],
  ])('is masked %s', (_form, text) => {
    const masked = maskTokens(text);
    expect(masked).toContain('[REDACTED:');
    expect(masked).not.toContain(base64(token).slice(20, 60));
    expect(leaks(masked, token)).toEqual([]);
  });

  test('is found in any form where it is known', () => {
    const { finds } = createRedactor([{ name: 'T', value: token }]);
    const half = token.slice(Math.floor(token.length / 2));
    for (const form of [half, base64(token), base64(`ab${token}`), token.split('').reverse().join('')])
      expect(finds(`see ${form}.`)).toBe(true);
    expect(finds(base64(`x-access-token:${token}`).replace(/(.{60})/g, '$1\n'))).toBe(true);
  });

  test('does not make other tokens of its kind known', () => {
    const { redact } = createRedactor([{ name: 'T', value: token }]);
    expect(
      redact('the header eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0 is in every one'),
    ).not.toContain('[REDACTED:T]');
  });
});

test.each([
  'coughs_total_count_per_minute.by_day',
  'ghs_15368_not_a_token',
  'Authorization: Basic <credentials>',
  'authorization: bearer',
  'eyJhbGciOiJSUzI1NiJ9',
  'Basic understanding of the matter',
])('%s is no token', (text) => {
  expect(hasTokenShape(text)).toBe(false);
});
