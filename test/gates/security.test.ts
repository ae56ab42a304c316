import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/core/text/redact.ts';
import { judgeSecurity } from '../../src/gates/security.ts';
import { createGateContext, type GateOptions } from '../support/gate-context.ts';
import { createWorkbench, type Workbench } from '../support/workbench.ts';

/** Strings of the shape of credentials, put together here so that none stands in a file. */
const shapes = {
  github: `ghp_${'Ab1'.repeat(13)}`,
  anthropic: `sk-ant-${'Zx9'.repeat(12)}`,
  aws: `AKIA${'ABCDEFGH12345678'}`,
  key: `-----BEGIN RSA ${'PRIVATE'} KEY-----`,
};
const SECRET = 'the-token-of-this-run-0123456789';

const base = {
  'package.json': '{"name":"a","dependencies":{"left":"^1.0.0"}}\n',
  'src/a.js': `// an old one: ${shapes.aws}\nexport const a = 1;\n`,
  '.github/workflows/ci.yml': 'on: push\n',
  'docs/guide.md': 'guide\n',
};

let bench: Workbench;
beforeAll(async () => {
  bench = await createWorkbench(base);
});
afterAll(() => bench.remove());
beforeEach(() => bench.git.git(['update-ref', 'refs/heads/main', bench.base]));

async function judge(files: Readonly<Record<string, string | null>>, options: GateOptions = {}) {
  await bench.git.commit('Change', files);
  const { redact } = createRedactor([{ name: 'TOKEN', value: SECRET }]);
  return judgeSecurity(await createGateContext(bench, { redact, keepWorkspace: true, ...options }));
}

describe('the security gate', () => {
  it('passes a plain change of code and says how much it looked at', async () => {
    expect(
      await judge({
        'src/b.js': 'export const b = 2;\n',
        'src/github/workflows.ts': 'export const x = 1;\n',
      }),
    ).toMatchObject({
      gateId: 'security',
      passed: true,
      summary: '2 files scanned, nothing critical',
      needsPerson: [],
      notes: [],
      measured: { files: 2, findings: 0, failing: 0 },
    });
  });

  it.each(Object.entries(shapes))(
    'finds an added credential (%s) and never repeats it',
    async (_, secret) => {
      const verdict = await judge({ 'src/b.js': `const a = 1;\nconst b = '${secret}';\n` });
      expect(verdict).toMatchObject({
        passed: false,
        report: { findings: [{ severity: 'critical', rule: 'secret', path: 'src/b.js', line: 2 }] },
      });
      expect(JSON.stringify(verdict)).not.toContain(secret);
    },
  );

  it('finds a secret of this run in any of its forms', async () => {
    const verdict = await judge({ 'src/b.js': `const b = '${Buffer.from(SECRET).toString('base64')}';\n` });
    expect(verdict.report.findings).toMatchObject([
      { severity: 'critical', message: expect.stringContaining('a secret of this run') },
    ]);
  });

  it('does not blame a change for a credential that was there, even where its line moved', async () => {
    expect(await judge({ 'src/a.js': `export const a = 1;\n// an old one: ${shapes.aws}\n` })).toMatchObject({
      passed: true,
    });
    expect(
      await judge({ 'src/a.js': `// an old one: ${shapes.aws}\n// an old one: ${shapes.aws}\n` }),
    ).toMatchObject({ passed: false });
  });

  it('notes what only looks like a secret, and fails on it where the configuration says so', async () => {
    const files = { 'src/b.js': "const password = 'hunter2hunter2';\nconst token = 'just-words-here';\n" };
    const verdict = await judge(files);
    expect(verdict).toMatchObject({
      passed: true,
      notes: ['minor src/b.js:1: this looks like a hard-coded secret: read it from the environment'],
    });
    expect(await judge(files, { config: { gates: { security: { failOn: 'minor' } } } })).toMatchObject({
      passed: false,
      summary: expect.stringMatching(/^1 of 1 findings are minor or worse: /),
    });
  });

  it.each([
    ['a changed CI file', { '.github/workflows/ci.yml': 'on: [push]\n' }],
    ['another spelling of one', { '.GitHub/Workflows/ci.yml': 'on: push\n' }],
    ['one that is moved away', { '.github/workflows/ci.yml': null, 'docs/old-ci.yml': 'on: push\n' }],
    ['agent settings', { '.claude/settings.json': '{}\n' }],
    ['Tamma’s own configuration', { '.tamma/config.yml': 'version: 1\n' }],
    ['two names for one file', { 'docs/Guide.md': 'other\n' }],
  ])('blocks %s', async (_, files) => {
    const verdict = await judge(files);
    expect(verdict.passed).toBe(false);
    expect(verdict.report.findings[0]).toMatchObject({
      severity: 'critical',
      rule: expect.stringMatching(/PROTECTED_PATH|PATH_CONFUSABLE/),
    });
  });

  it('blocks what the configuration protects, too many files and files that are too large', async () => {
    expect(
      (await judge({ 'src/pay/a.js': '' }, { config: { protected: { add: ['src/pay/**'] } } })).passed,
    ).toBe(false);
    expect(
      (await judge({ 'a.txt': '1', 'b.txt': '2' }, { config: { limits: { changedFiles: 1 } } })).report
        .findings[0]?.rule,
    ).toBe('TOO_MANY_FILES');
    expect(
      (await judge({ 'a.txt': 'x'.repeat(3000) }, { config: { limits: { fileKilobytes: 2 } } })).report
        .findings[0]?.rule,
    ).toBe('FILE_TOO_LARGE');
  });

  it('blocks links, whatever they lead to', async () => {
    const blob = await bench.repository.writeBlob(Buffer.from('/etc/passwd'));
    const tree = await bench.repository.writeTree(
      bench.base,
      new Map([['link', { mode: '120000', sha: blob }]]),
    );
    const commit = await bench.git.git(['commit-tree', tree, '-p', bench.base, '-m', 'Link']);
    await bench.git.git(['update-ref', 'refs/heads/main', commit]);
    const verdict = await judgeSecurity(await createGateContext(bench, { keepWorkspace: true }));
    expect(verdict).toMatchObject({
      passed: false,
      report: { findings: [{ rule: 'MODE_NOT_ALLOWED', path: 'link' }] },
    });
  });

  it('asks for a person where manifests, containers or binaries change', async () => {
    const verdict = await judge({
      'package.json':
        '{"name":"a","scripts":{"postinstall":"node x.js"},"dependencies":{"left":"^1.0.0","right":"^2.0.0"}}\n',
      Dockerfile: 'FROM scratch\n',
      'logo.png': 'a\u0000b',
    });
    expect(verdict.passed).toBe(true);
    expect(verdict.needsPerson).toEqual([
      'Dockerfile is changed only under a person’s eyes: build or containers',
      'logo.png is binary: nobody can review it as text',
      'package.json is changed only under a person’s eyes: dependencies or scripts',
      'package.json: npm runs the script “postinstall” by itself',
      'package.json: right is new',
    ]);
    expect(verdict.notes.every((note) => note.startsWith('needs a person: '))).toBe(true);
  });
});
