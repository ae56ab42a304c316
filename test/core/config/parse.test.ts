import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConfigProblem, type ConfigRequest, parseConfig } from '../../../src/core/config/parse.ts';
import { TammaError } from '../../../src/core/errors.ts';

const file = '.tamma/config.yml';

const parse = (text: string, request: Partial<ConfigRequest> = {}) =>
  parseConfig({ text, file, environment: {}, ...request });

function failureOf(text: string, request: Partial<ConfigRequest> = {}): TammaError {
  try {
    parse(text, request);
  } catch (error) {
    if (error instanceof TammaError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const problemsOf = (text: string, request: Partial<ConfigRequest> = {}) =>
  failureOf(text, request).details.problems as ConfigProblem[];

const messagesOf = (text: string, request: Partial<ConfigRequest> = {}) =>
  problemsOf(text, request).map(({ path, message }) => `${path}: ${message}`);

describe('reading a configuration', () => {
  test.each([
    ['nothing', ''],
    ['a comment', '# later\n'],
    ['an empty mapping', '{}'],
    ['sections without lines', 'labels:\nproviders:\nplugins:\n'],
  ])('%s is the default configuration', (_, text) => {
    expect(parse(text).digest).toBe(parseConfig({ file, environment: {} }).digest);
  });

  test('JSON is read as well, with tabs and nesting', () => {
    const text = '{\n\t"mode": "business",\n\t"labels": { "include": [\n\t\t"bot" ] }\n}';
    expect(parse(text, { file: '.tamma/config.json' }).config).toMatchObject({
      mode: 'business',
      labels: { include: ['bot'] },
    });
  });

  test('the digest is the same in a job with keys and in one without', () => {
    const federation = { ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1', ANTHROPIC_ORGANIZATION_ID: 'org-1' };
    for (const text of ['mode: dev', 'providers: { anthropic: {} }']) {
      const digests = [{}, { OPENAI_API_KEY: 'k' }, { ZAI_API_KEY: 'k', ...federation }].map(
        (environment) => parseConfig({ text, file, environment }).digest,
      );
      expect(new Set(digests).size).toBe(1);
    }
    const named = parseConfig({ text: 'mode: dev', file, environment: { TAMMA_AI_PROVIDER: 'openai' } });
    expect(named.digest).not.toBe(parseConfig({ text: 'mode: dev', file, environment: {} }).digest);
  });

  test('the digest does not depend on the order or form of what is written', () => {
    const yaml = parse('mode: business\nbudget: { perDayUsd: 20, perStepUsd: 1 }\n');
    const json = parse('{"budget":{"perStepUsd":1.0,"perDayUsd":20},"mode":"business","version":1}');
    expect(json.digest).toBe(yaml.digest);
    expect(parse('mode: dev').digest).not.toBe(yaml.digest);
  });

  test('says where each value that is no default comes from', () => {
    const { sources } = parse('mode: dev\nbudget:\n  perDayUsd: 20\n', {
      environment: { TAMMA_MODE: 'business' },
    });
    expect(sources).toEqual({ mode: 'environment TAMMA_MODE', 'budget.perDayUsd': `${file}:3` });
  });

  test.each([
    ['a step that may cost more than the issue', 'budget: { perStepUsd: 20 }', /perStepUsd.*never reached/],
    ['an issue that may cost more than the day', 'budget: { perIssueUsd: 60 }', /perIssueUsd.*never reached/],
    ['coverage that is off', 'gates: { coverage: { minimum: null } }', /coverage.*off/],
    ['merging without a person', 'approval: { merge: auto }', /without a person/],
    [
      'an address without encryption',
      'providers: { openai: { baseUrl: "http://gateway.example/v1" } }',
      /in the clear/,
    ],
  ])('warns of %s', (_, text, expected) => {
    expect(parse(text).warnings.join('\n')).toMatch(expected);
  });

  test('a server on this machine needs no encryption', () => {
    expect(parse('providers: { ollama: { model: qwen3 } }').warnings).toEqual([]);
  });
});

describe('mistakes', () => {
  test('are all reported at once, each with place and advice, in the order of the file', () => {
    const text = [
      'mode: prod',
      'labls: { include: [tamma] }',
      'agent:',
      '  provider: antropic',
      '  maxTurns: "many"',
      'gates: { maxAttempts: 0 }',
      'ambiguity: { threshold: 80, splitAbove: 70 }',
      'workflow: { skip: [MERGE] }',
    ].join('\n');
    const error = failureOf(text);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
    expect(error.details.problems).toEqual([
      { path: 'mode', line: 1, column: 7, message: 'must be one of dev, business, not “prod”' },
      {
        path: 'labls',
        line: 2,
        column: 1,
        message: 'is no known key; did you mean “labels”?',
        suggestion: 'labels',
      },
      {
        path: 'agent.provider',
        line: 4,
        column: 13,
        message: 'no provider is called “antropic”; did you mean “anthropic”?',
        suggestion: 'anthropic',
      },
      { path: 'agent.maxTurns', line: 5, column: 13, message: 'must be a number, not “many”' },
      { path: 'gates.maxAttempts', line: 6, column: 23, message: 'must be at least 1, not 0' },
      expect.objectContaining({ path: 'ambiguity.splitAbove', line: 7, column: 41 }),
      expect.objectContaining({ path: 'workflow.skip.0', line: 8, column: 20 }),
    ]);
    expect(error.message).toContain(`${file}:6:23  gates.maxAttempts must be at least 1, not 0`);
    expect(error.message).toContain('has 7 mistakes');
  });

  test.each([
    ['an unknown key', 'merge: { methd: squash }', 'merge.methd: is no known key; did you mean “method”?'],
    ['a key unlike any', 'merge: { zzz: 1 }', 'merge.zzz: is no known key; known here: method, deleteBranch'],
    [
      'an unknown step',
      'agent: { steps: { REASEARCH: {} } }',
      'agent.steps.REASEARCH: is no known key; did you mean “RESEARCH”?',
    ],
    [
      'a choice',
      'merge: { method: sqash }',
      'merge.method: must be one of squash, merge, rebase, not “sqash”; did you mean “squash”?',
    ],
    ['another version', 'version: 2', 'version: must be 1, not 2'],
    ['a list for a mapping', 'merge: [squash]', 'merge: must be a mapping (keys and values), not a list'],
    [
      'a mapping for a text',
      'commands: { test: { run: x } }',
      'commands.test: must be a text, not a mapping',
    ],
    [
      'a number that is too large',
      'gates: { coverage: { minimum: 101 } }',
      'gates.coverage.minimum: must be at most 100, not 101',
    ],
    ['half a number', 'select: { maxActive: 1.5 }', 'select.maxActive: must be a whole number, not 1.5'],
    ['an empty list', 'labels: { include: [] }', 'labels.include: must have at least 1 entries'],
    ['an empty text', 'commands: { test: "" }', 'commands.test: must have at least 1 characters'],
    ['two lines', 'commands: { test: "a\\nb" }', 'commands.test: write it in one line'],
    [
      'nothing where something must be',
      'merge: { method: null }',
      'merge.method: must be one of squash, merge, rebase, not nothing',
    ],
    [
      'a price without its half',
      'providers: { openai: { price: { input: 1 } } }',
      'providers.openai.price.output: is missing: write a number',
    ],
    [
      'a name for a provider',
      'providers: { Open_AI: {} }',
      'providers.Open_AI: write a lower-case name such as anthropic or local-gpu',
    ],
    [
      'a provider called auto',
      'providers: { auto: {} }',
      'providers.auto: “auto” is taken: it lets Tamma choose a provider',
    ],
    ['a list at the top', '[1, 2]', ': must be a mapping (keys and values), not a list'],
    ['a text at the top', 'tamma', ': must be a mapping (keys and values), not “tamma”'],
    [
      'a step that cannot be skipped',
      'workflow: { skip: [SECURITY_SCAN] }',
      'workflow.skip.0: SECURITY_SCAN can be tightened, never left out; steps that can be skipped: RESEARCH, AMBIGUITY_CHECK, CI_CHECK, DEPLOYMENT',
    ],
  ])('%s is explained', (_, text, expected) => {
    expect(messagesOf(text)).toContain(expected);
  });

  test.each([
    ['no vendor', 'providers: { mine: {} }', /providers\.mine: needs a vendor/],
    ['no model', 'providers: { vllm: {} }', /providers\.vllm: needs a model/],
    [
      'no address',
      'providers: { gw: { vendor: openai-compatible, model: m } }',
      /providers\.gw: needs a baseUrl/,
    ],
    ['no session', 'providers: { demo: { vendor: recorded } }', /providers\.demo: needs a recording/],
    [
      'a session of another vendor',
      'providers: { openai: { recording: a.json } }',
      /recording: is for vendor recorded only/,
    ],
    [
      'a step’s provider that is not there',
      'agent: { steps: { DESIGN: { provider: zzz } } }',
      /DESIGN\.provider: no provider is called “zzz”; known: anthropic/,
    ],
    [
      'a vendor that needs an entry',
      'agent: { provider: ollama }',
      /agent\.provider: “ollama” needs an entry/,
    ],
  ])('a provider with %s is an impossible combination', (_, text, expected) => {
    expect(messagesOf(text).join('\n')).toMatch(expected);
  });

  test.each([
    ['triggers', 'triggers: [{ on: push }]'],
    ['plugins', 'plugins: [{ name: x }]'],
    ['workflow.insert', 'workflow: { insert: [{ after: DESIGN }] }'],
    ['workflow.overrides', 'workflow: { overrides: { DESIGN: {} } }'],
    ['workflow.branches', 'workflow: { branches: { hotfix: {} } }'],
    ['gates.performance.command', 'gates: { performance: { command: npm run bench } }'],
    ['notify.webhookUrl', 'notify: { webhookUrl: "https://example.com/x" }'],
    ['notify.slackWebhookEnv', 'notify: { slackWebhookEnv: SLACK }'],
    ['notify.email', 'notify: { email: a@b.c }'],
  ])('%s is refused as not supported yet, never ignored', (path, text) => {
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({
        path,
        message: expect.stringContaining('this version of Tamma does not support'),
      }),
    ]);
  });

  test.each([
    ['an alias', 'labels: &l { include: [a] }\nmerge: *l', /aliases \(\*\) are not supported/],
    ['an anchor', 'labels: &l { include: [a] }', /anchors \(&\) are not supported/],
    ['a merge key', '<<: { mode: dev }', /merge keys \(<<\) are not supported/],
    ['a key twice', 'mode: dev\nmode: dev', /stands here for the second time/],
    ['a tag', 'mode: !!js/function "x"', /tags \(!…\) are not supported/],
    ['two documents', 'mode: dev\n---\nmode: dev', /a second document begins here/],
    ['a key that is no text', '? [a]\n: 1', /keys must be text/],
    ['text that is no YAML', 'a: b: c', /is not valid YAML/],
    ['a bomb of brackets', '['.repeat(30_000), /nested too deeply/],
    ['a book', `# ${'x'.repeat(65 * 1024)}`, /larger than 64 KiB/],
  ])('%s in the file is refused', (_, text, expected) => {
    expect(messagesOf(text).join('\n')).toMatch(expected);
  });

  test('an entry that is only a key counts as nothing, at its place', () => {
    expect(problemsOf('merge:\n  method:\n')).toEqual([
      expect.objectContaining({ path: 'merge.method', line: 2 }),
    ]);
  });

  test('a key __proto__ is an unknown key and changes nothing', () => {
    expect(messagesOf('{"__proto__": {"mode": "business"}, "labels": {"constructor": 1}}')).toEqual([
      expect.stringContaining('__proto__: is no known key'),
      expect.stringContaining('labels.constructor: is no known key'),
    ]);
    expect(({} as Record<string, unknown>).mode).toBeUndefined();
  });

  test('any text is either a configuration or one CONFIG_INVALID', () => {
    const words = fc.constantFrom(
      'mode',
      'agent',
      ':',
      ': ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '&a ',
      '*a',
      '!',
      '#',
      '|',
      '>',
      '1',
      'null',
      '~',
      '\t',
      '%',
      '@',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          return parse(text).config.version === 1;
        } catch (error) {
          return error instanceof TammaError && error.code === 'CONFIG_INVALID';
        }
      }),
      { numRuns: 120 },
    );
  });
});

describe('credentials', () => {
  const key = `sk-ant-api03-${'a1B2'.repeat(8)}`;

  test.each([
    ['a key', `providers: { anthropic: { apiKey: ${key} } }`, 'providers.anthropic.apiKey'],
    [
      'a key in the wrong place',
      `providers: { anthropic: { apiKeyEnv: ${key} } }`,
      'providers.anthropic.apiKeyEnv',
    ],
    ['a token somewhere', 'token: 12345', 'token'],
    [
      'user and password in an address',
      'providers: { openai: { baseUrl: "https://me:hunter2hunter2@gw.example/v1" } }',
      'providers.openai.baseUrl',
    ],
    [
      'a user in an address',
      'providers: { openai: { baseUrl: "https://s3cr3t@gw.example/v1" } }',
      'providers.openai.baseUrl',
    ],
    [
      'a key in a query',
      'providers: { openai: { baseUrl: "https://gw.example/v1?api_key=abcdefgh" } }',
      'providers.openai.baseUrl',
    ],
    ['a key in a command', `commands: { test: "KEY=${key} npm test" }`, 'commands.test'],
  ])('%s in the file is refused and never repeated', (_, text, path) => {
    const error = failureOf(text);
    const told = `${error.message}${JSON.stringify(error.details)}`;
    expect(error.details.problems).toContainEqual(
      expect.objectContaining({ path, message: expect.stringContaining('apiKeyEnv') }),
    );
    for (const secret of [key, 'hunter2hunter2', 's3cr3t', 'abcdefgh']) expect(told).not.toContain(secret);
  });

  test('the name of a variable is no credential', () => {
    expect(parse('providers: { openai: { apiKeyEnv: MY_TOKEN } }').config.providers.openai?.apiKeyEnv).toBe(
      'MY_TOKEN',
    );
  });
});

describe('the environment', () => {
  test('TAMMA_* stands over the file', () => {
    const environment = { TAMMA_MODE: 'business', TAMMA_AI_PROVIDER: 'openai', TAMMA_AI_MODEL: 'gpt-6-luna' };
    const { config } = parse('mode: dev\nagent: { provider: anthropic }', { environment });
    expect(config).toMatchObject({ mode: 'business', agent: { provider: 'openai', model: 'gpt-6-luna' } });
    expect(config.providers.openai?.vendor).toBe('openai');
  });

  test('a mistake in it names the variable and no line', () => {
    expect(problemsOf('mode: dev', { environment: { TAMMA_MODE: 'fast' } })).toEqual([
      {
        path: 'mode',
        line: null,
        column: null,
        message: 'must be one of dev, business, not “fast” (environment TAMMA_MODE)',
        origin: 'environment TAMMA_MODE',
      },
    ]);
  });

  test('keys that are there give providers in a fixed order, the first of them is used', () => {
    const environment = {
      ZAI_API_KEY: 'z',
      OPENAI_API_KEY: 'o',
      GEMINI_API_KEY: ' ',
      OPENROUTER_API_KEY: undefined,
    };
    const { config } = parse('', { environment });
    expect(config.agent.provider).toBe('openai');
    expect(Object.entries(config.providers).map(([name, { priority }]) => [name, priority])).toEqual([
      ['openai', 1],
      ['zai', 2],
    ]);
  });

  test('providers that the file names are not added to', () => {
    const { config } = parse('providers: { zai: {} }', { environment: { OPENAI_API_KEY: 'o' } });
    expect(Object.keys(config.providers)).toEqual(['zai']);
  });

  test('a base URL of a vendor counts where the file gives none', () => {
    const environment = {
      OPENAI_BASE_URL: 'http://127.0.0.1:4010/v1',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:4010',
    };
    const text =
      'agent: { provider: anthropic, steps: { DESIGN: { provider: two } } }\nproviders: { one: { vendor: openai, baseUrl: "https://gw.example/v1" }, two: { vendor: openai } }';
    const { providers } = parse(text, { environment }).config;
    expect([providers.one?.baseUrl, providers.two?.baseUrl, providers.anthropic?.baseUrl]).toEqual([
      'https://gw.example/v1',
      'http://127.0.0.1:4010/v1',
      'http://127.0.0.1:4010',
    ]);
  });

  test('TAMMA_AI_BASE_URL is for the provider in use', () => {
    const environment = { TAMMA_AI_BASE_URL: 'https://gw.example', OPENAI_API_KEY: 'o', ZAI_API_KEY: 'z' };
    const { providers } = parse('', { environment }).config;
    expect([providers.openai?.baseUrl, providers.zai?.baseUrl]).toEqual([
      'https://gw.example',
      'https://api.z.ai/api/paas/v4',
    ]);
  });

  test('a mistake in it is blamed on its variable and input, not on the file', () => {
    const given = { TAMMA_AI_PROVIDER: 'antropic', TAMMA_AI_BASE_URL: 'https://gw.example', TAMMA_MODE: 'x' };
    const { message } = failureOf('', { environment: given });
    expect(message).toMatch(/^the environment has 2 mistakes:\n/);
    expect(message).toMatch(
      /“anthropic”\? \(environment TAMMA_AI_PROVIDER\); in a workflow it is the input provider/,
    );
    expect(message).not.toContain(file);
    const base = failureOf('', { environment: { TAMMA_AI_BASE_URL: 'gateway' } });
    expect(base.message).toMatch(/TAMMA_AI_BASE_URL\); in a workflow it is the input base-url/);
    const vendorless = { TAMMA_AI_PROVIDER: 'openai-compatible', TAMMA_AI_BASE_URL: 'https://gw.example' };
    expect(failureOf('', { environment: vendorless }).message).toMatch(/needs a model.*TAMMA_AI_BASE_URL/);
  });

  test('a wrong form of a section is reported, not walked over', () => {
    expect(messagesOf('agent: 5\nproviders: 7', { environment: { TAMMA_AI_PROVIDER: 'openai' } })).toEqual([
      'agent: must be a mapping (keys and values), not 5',
      'providers: must be a mapping (keys and values), not 7',
    ]);
  });
});

describe('the sandbox', () => {
  test.each([
    [undefined, undefined, 'required'],
    ['best-effort', undefined, 'best-effort'],
    ['best-effort', 'required', 'required'],
    ['best-effort', 'best-effort', 'best-effort'],
    ['required', 'required', 'required'],
  ] as const)('allowed %s, file %s: %s', (sandbox, given, expected) => {
    const { config } = parse(given ? `sandbox: ${given}` : '', { floor: { sandbox } });
    expect(config.sandbox).toBe(expected);
  });

  test.each([undefined, 'required'] as const)(
    'a file cannot loosen it where the workflow says %s',
    (sandbox) => {
      expect(messagesOf('sandbox: best-effort', { floor: { sandbox } })).toEqual([
        expect.stringContaining('sandbox: a file of the repository cannot loosen this'),
      ]);
    },
  );

  test('best effort is warned of', () => {
    expect(parse('', { floor: { sandbox: 'best-effort' } }).warnings.join()).toContain('best-effort');
  });
});
