import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectSecrets, createRedactor } from '../../../src/core/text/redact.ts';
import { hasTokenShape, maskTokens } from '../../../src/core/text/secret-patterns.ts';

const secret = 'q7Zk2Lm9Xw4Rt6Yp1Vb8Nc3Hd5Jf0Sg2Ta7Ue4Io';
const redactor = createRedactor([{ name: 'MODEL_KEY', value: secret }]);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a known secret', () => {
  test.each([
    ['as it is', secret],
    ['inside a word', `a${secret}b`],
    ['after a colour', `\u001b[31m${secret}`],
    ['in base64', base64(secret)],
    ['in base64 one byte on', base64(`x${secret}`)],
    ['in base64 two bytes on', base64(`xy${secret}zzz`)],
    ['in base64 for addresses', Buffer.from(`key=${secret}`).toString('base64url')],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in large hex', Buffer.from(secret).toString('hex').toUpperCase()],
    ['backwards', [...secret].reverse().join('')],
    ['percent-encoded', [...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['with blanks between', [...secret].join(' ')],
    ['with dashes between', [...secret].join('-')],
    ['on many lines', [...secret].join('\n')],
    ['with zero widths between', [...secret].join('\u200b')],
    [
      'in wide letters',
      [...secret].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join(''),
    ],
    ['without its first seven characters', secret.slice(7)],
    ['in two halves', `${secret.slice(0, 20)}" + "${secret.slice(20)}`],
    ['in base64 with line breaks', base64(secret).replace(/(.{10})/g, '$1\n')],
  ])('%s is masked and found', (_, form) => {
    const text = `before ${form} after`;
    const masked = redactor.redact(text);
    expect(redactor.finds(text)).toBe(true);
    expect(masked).toContain('[REDACTED:MODEL_KEY]');
    expect(masked.startsWith('before')).toBe(true);
    expect(masked.endsWith('after')).toBe(true);
    expect(leaksOf(masked)).toEqual([]);
  });

  /** Another way to look for it than the redactor’s: any ten characters in a row, letters and digits only. */
  function leaksOf(text: string): string[] {
    const plain = text.normalize('NFKC').replace(/[^A-Za-z0-9]/g, '');
    return Array.from({ length: secret.length - 12 }, (_, at) => secret.slice(at, at + 12)).filter((piece) =>
      plain.includes(piece),
    );
  }

  test('masking may be repeated', () => {
    const once = redactor.redact(`a ${secret} b ${base64(secret)}`);
    expect(redactor.redact(once)).toBe(once);
    expect(redactor.finds(once)).toBe(false);
  });

  test('several secrets are told apart', () => {
    const two = createRedactor([
      { name: 'A', value: 'first-secret-1' },
      { name: 'B', value: 'first-secret-1-and-more' },
    ]);
    expect(two.redact('first-secret-1-and-more first-secret-1')).toBe('[REDACTED:B] [REDACTED:A]');
  });

  test('a secret without a name, with line breaks or of several lines is masked in JSON too', () => {
    const pem = 'line one of it 1\nline two of it 2';
    const plain = createRedactor([pem]);
    expect(plain.redact(JSON.stringify({ pem }))).toBe('{"pem":"[REDACTED:secret]"}');
    expect(JSON.parse(plain.redact(JSON.stringify({ text: `x ${pem}` })))).toEqual({
      text: 'x [REDACTED:secret]',
    });
  });

  test('values shorter than eight characters are no secrets', () => {
    expect(createRedactor([{ name: 'A', value: 'true' }]).redact('true')).toBe('true');
  });

  test('random secrets are caught in every form', () => {
    const forms: ((value: string) => string)[] = [
      (value) => value,
      base64,
      (value) => base64(`a${value}`),
      (value) => base64(`ab${value}`),
      (value) => Buffer.from(value).toString('hex'),
      (value) => [...value].reverse().join(''),
      encodeURIComponent,
      (value) => JSON.stringify(value).slice(1, -1),
    ];
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii', minLength: 16, maxLength: 200 }),
        fc.nat(forms.length - 1),
        (value, at) => {
          fc.pre(value.trim() === value && value.length >= 16);
          return createRedactor([{ name: 'S', value }]).finds(`see ${(forms[at] ?? String)(value)}.`);
        },
      ),
    );
  });

  test('ten thousand hashes and identifiers are none', () => {
    const many = createRedactor(
      Array.from({ length: 10 }, (_, index) => hash(`secret ${index}`)).map((value, index) => ({
        name: `S${index}`,
        value,
      })),
    );
    const benign = Array.from({ length: 10_000 }, (_, index) =>
      hash(`benign ${index}`).slice(0, index % 2 ? 40 : 64),
    ).join('\n');
    expect(many.redact(benign)).toBe(benign);

    function hash(text: string): string {
      return createHash('sha256').update(text).digest('hex');
    }
  });

  test('words that a key begins with, or that a file of credentials is made of, are none', () => {
    const values = [
      `sk-ant-api03-${secret}`,
      JSON.stringify({
        type: 'service_account',
        token_uri: 'https://oauth2.googleapis.com/token',
        private_key_id: secret,
      }),
      'correct horse battery staple and more words',
    ];
    const { finds } = createRedactor(values.map((value, index) => ({ name: `S${index}`, value })));
    expect(finds('keys begin with sk-ant-api03- here')).toBe(false);
    expect(finds('{"type": "service_account", "token_uri": "https://oauth2.googleapis.com/token"}')).toBe(
      false,
    );
    expect(finds('the correct horse ate the battery')).toBe(false);
    expect(finds(`id ${secret}`)).toBe(true);
  });
});

describe('what has the shape of a credential', () => {
  const body = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8';
  const shaped = [
    ['github-token', `ghp_${body}`],
    ['github-token', `ghs_${body}`],
    ['github-token', `github_pat_11A${body}`],
    ['gitlab-token', `glpat-${body}`],
    ['anthropic-key', `sk-ant-api03-${body}`],
    ['openai-key', `sk-proj-${body}`],
    ['openai-key', `sk-${body}`],
    ['google-key', `AIza${body}`],
    ['aws-key', 'AKIAABCDEFGHIJ234567'],
    ['slack-token', `xoxb-1234-${body}`],
    ['npm-token', `npm_${body}`],
    ['jwt', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${body}`],
    ['url-credentials', `https://x-access-token:${body}@github.com/a/b.git`],
  ] as const;

  test.each(shaped)('%s is masked although nobody knew it', (name, text) => {
    expect(maskTokens(`\u001b[1m${text} end`)).toContain(`[REDACTED:${name}]`);
    expect(maskTokens(text)).not.toContain(body.slice(4));
    expect(createRedactor([]).finds(text)).toBe(true);
    expect(maskTokens(maskTokens(text))).toBe(maskTokens(text));
  });

  test('a private key is masked to its end, whole, cut off, or inside JSON', () => {
    const lines = `${body}${body}\n${body}=`;
    const pem = `-----BEGIN RSA PRIVATE KEY-----\n${lines}\n-----END RSA PRIVATE KEY-----`;
    expect(maskTokens(`a\n${pem}\nb`)).toBe('a\n[REDACTED:private-key]\nb');
    expect(maskTokens(`-----BEGIN PRIVATE KEY-----\n${lines}`)).toBe('[REDACTED:private-key]');
    expect(maskTokens(JSON.stringify({ pem, b: 'kept' }))).toBe(
      '{"pem":"[REDACTED:private-key]","b":"kept"}',
    );
  });

  test.each([
    'task-management-application-service',
    'the sk- prefix',
    'postgres://user:password@localhost/db',
    'postgres://app:${DB_PASSWORD}@localhost/db',
    'git@github.com:o/r.git',
    'https://example.org/a:b/@c',
    '3f786850e387550fdab836ed7e6dc881de23001b',
    '018f4e2a-7b1c-7def-8a3b-0123456789ab',
    'npm_config_registry',
    'ghp_short',
    'BEGIN PUBLIC KEY',
  ])('%s has none', (text) => {
    expect(hasTokenShape(text)).toBe(false);
  });
});

describe('the secrets of an environment', () => {
  test('are what is called so, what the configuration names, and passwords in addresses', () => {
    const environment = {
      ANTHROPIC_API_KEY: 'anthropic-key-1',
      GITHUB_TOKEN: 'github-token-1',
      MY_MODEL: 'configured-value',
      DATABASE_URL: 'postgres://app:p%40ssw0rdlong@db/x',
      DB_PASSWORD: 'database-pass',
      GIT_AUTHOR_NAME: 'Alice Author',
      SSH_AUTH_SOCK: '/tmp/ssh-agent/socket',
      TOKEN_FILE: '/run/secrets/token',
      KEYBOARD: 'qwerty-layout',
      SHORT_TOKEN: 'abc',
      EMPTY_TOKEN: undefined,
    };
    expect(collectSecrets(environment, ['MY_MODEL'])).toEqual([
      { name: 'ANTHROPIC_API_KEY', value: 'anthropic-key-1' },
      { name: 'GITHUB_TOKEN', value: 'github-token-1' },
      { name: 'MY_MODEL', value: 'configured-value' },
      { name: 'DATABASE_URL', value: 'p%40ssw0rdlong' },
      { name: 'DATABASE_URL', value: 'p@ssw0rdlong' },
      { name: 'DB_PASSWORD', value: 'database-pass' },
    ]);
    expect(collectSecrets({ DATABASE_URL: 'postgres://app:%zz-broken@db/x' })).toHaveLength(2);
    expect(collectSecrets({ PGPASSWORD: 'p4ssw0rd-of-psql' })).toHaveLength(1);
  });
});
