import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judgeSecurity } from '../../src/gates/security.ts';
import { auditDependencies, listAuditable } from '../../src/gates/security-audit.ts';
import type { CommandRequest, Sandbox } from '../../src/ports/sandbox.ts';
import { type AdvisoryServer, createAdvisoryServer } from '../support/advisory-server.ts';
import { createGateContext } from '../support/gate-context.ts';
import { createWorkbench, type Workbench } from '../support/workbench.ts';

const toManifest = (dependencies: Record<string, string>) =>
  JSON.stringify({ name: 'a', version: '1.0.0', dependencies });
const toLock = (dependencies: Record<string, string>) =>
  JSON.stringify({
    name: 'a',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'a', version: '1.0.0', dependencies },
      ...Object.fromEntries(
        Object.entries(dependencies).map(([name, version]) => [
          `node_modules/${name}`,
          {
            version,
            resolved: `https://registry.npmjs.org/${name}/-/${name}-${version}.tgz`,
            integrity: 'sha512-x',
          },
        ]),
      ),
    },
  });
const toFiles = (dependencies: Record<string, string>) => ({
  'package.json': toManifest(dependencies),
  'package-lock.json': toLock(dependencies),
});
const advisory = (id: number, severity: string) => ({
  id,
  url: `https://github.com/advisories/GHSA-${id}`,
  title: 'Prototype pollution',
  severity,
  vulnerable_versions: '<9',
});

describe('the audit of dependencies, by the real npm against a registry of our own', () => {
  let bench: Workbench;
  let server: AdvisoryServer;
  beforeAll(async () => {
    server = await createAdvisoryServer({
      old: [advisory(1, 'critical')],
      fresh: [advisory(2, 'critical')],
      mild: [advisory(3, 'moderate')],
    });
    bench = await createWorkbench({ ...toFiles({ old: '1.0.0' }), '.npmrc': `registry=${server.url}\n` });
  });
  afterAll(() => Promise.all([bench.remove(), server.close()]));
  beforeEach(() => bench.git.git(['update-ref', 'refs/heads/main', bench.base]));

  it('fails on a critical vulnerability that the change brings in, and notes what was there before', async () => {
    await bench.git.commit(
      'Add a dependency',
      toFiles({ old: '1.0.0', fresh: '1.0.0', mild: '1.0.0', fine: '1.0.0' }),
    );
    const verdict = await judgeSecurity(await createGateContext(bench));
    expect(verdict).toMatchObject({
      passed: false,
      summary:
        '1 of 2 findings are critical: fresh: Prototype pollution (https://github.com/advisories/GHSA-2)',
    });
    expect(verdict.report.findings).toEqual([
      {
        severity: 'critical',
        rule: 'advisory',
        path: 'package-lock.json',
        message: 'fresh: Prototype pollution (https://github.com/advisories/GHSA-2)',
      },
      {
        severity: 'minor',
        rule: 'advisory',
        path: 'package-lock.json',
        message: 'mild: Prototype pollution (https://github.com/advisories/GHSA-3)',
      },
    ]);
    expect(verdict.notes).toContain(
      'package-lock.json: 1 known vulnerabilities were there before this change',
    );
    expect(server.asked.map((names) => names.sort())).toEqual([['fine', 'fresh', 'mild', 'old'], ['old']]);
    expect(await bench.workspace.readText('package-lock.json')).toContain('fresh');
  });

  it('fails nothing that the change did not cause', async () => {
    await bench.git.commit('Change code', { 'src/a.js': '' });
    expect(await judgeSecurity(await createGateContext(bench))).toMatchObject({
      passed: true,
      notes: ['package-lock.json: 1 known vulnerabilities were there before this change'],
    });
  });

  it('says that it could not audit where the registry does not answer, and never that all is well', async () => {
    await bench.git.commit('Leave the registry', { '.npmrc': 'registry=http://127.0.0.1:9/\n' });
    const context = await createGateContext(bench);
    const verdict = await judgeSecurity({ ...context, baseSha: context.headSha });
    expect(verdict.passed).toBe(true);
    expect(verdict.notes).toEqual([
      expect.stringMatching(/^could not audit package-lock\.json: .+ \(npm audit\)$/),
    ]);
  });
});

describe('the reports of the auditors', () => {
  const answers = (output: string, more: { exitCode?: number; timedOut?: boolean } = {}) => {
    const requests: CommandRequest[] = [];
    const sandbox: Sandbox = {
      level: 'none',
      weaknesses: [],
      run: (request) => {
        requests.push(request);
        return Promise.resolve({
          exitCode: 1,
          output,
          truncated: false,
          timedOut: false,
          durationMs: 1,
          ...more,
        });
      },
    };
    return { sandbox, requests };
  };
  const audit = (lockfile: string, { sandbox }: { sandbox: Sandbox }) =>
    auditDependencies(
      { sandbox, workspace: { directory: '/w' } as never, signal: new AbortController().signal },
      lockfile,
    );

  it.each([
    [
      'pnpm-lock.yaml',
      { advisories: { 1: { github_advisory_id: 'GHSA-1', module_name: 'a', severity: 'high', title: 'T' } } },
      { id: 'GHSA-1', severity: 'major' },
    ],
    [
      'requirements.txt',
      {
        dependencies: [
          { name: 'a', vulns: [{ id: 'GHSA-1', description: 'T' }] },
          { name: 'b', vulns: [] },
          { name: 'c', skip_reason: 'x' },
        ],
      },
      { id: 'GHSA-1', severity: 'major' },
    ],
    [
      'Cargo.lock',
      { vulnerabilities: { list: [{ advisory: { id: 'RUSTSEC-1', package: 'a', title: 'T' } }] } },
      { id: 'RUSTSEC-1', severity: 'major' },
    ],
    [
      'composer.lock',
      { advisories: { 'x/a': [{ advisoryId: 'PKSA-1', packageName: 'a', title: 'T', severity: 'low' }] } },
      { id: 'PKSA-1', severity: 'info' },
    ],
    [
      'composer.lock',
      { advisories: { 'x/a': { 0: { cve: 'CVE-1', packageName: 'a', title: 'T' } } } },
      { id: 'CVE-1', severity: 'major' },
    ],
    [
      'package-lock.json',
      {
        auditReportVersion: 2,
        vulnerabilities: { a: { via: [{ source: 7, name: 'a', title: 'T', severity: 'odd' }, 'b'] } },
      },
      { id: '7', severity: 'major' },
    ],
  ])('of %s are read', async (lockfile, json, advisoryOf) => {
    const { sandbox, requests } = answers(`warning: {old} config\n${JSON.stringify(json, null, 2)}\n`);
    expect(await audit(lockfile, { sandbox })).toMatchObject({
      status: 'audited',
      advisories: [{ name: 'a', title: 'T', ...advisoryOf }],
    });
    expect(requests[0]).toMatchObject({ network: true, directory: '/w' });
  });

  it.each([
    [
      'an error of npm',
      '{"message":"405 Method Not Allowed","statusCode":405}',
      {},
      '405 Method Not Allowed',
    ],
    [
      'another error of npm',
      '{"error":{"code":"ENOLOCK","summary":"needs a lockfile"}}',
      {},
      'needs a lockfile',
    ],
    ['half a report', '{"auditReportVersion":2,', {}, 'it ended with exit code 1 and no report'],
    ['a broken report', '{"a":}', {}, 'it ended with exit code 1 and no report'],
    ['nothing', '', { exitCode: 0 }, 'it ended with exit code 0 and no report'],
    ['no program', 'sh: npm: not found', { exitCode: 127 }, 'it is not installed'],
    ['no end', '', { exitCode: 124, timedOut: true }, 'it did not end in time'],
  ])('that are %s are no clean audit', async (_, output, more, reason) => {
    expect(await audit('package-lock.json', answers(output, more))).toEqual({
      status: 'not-audited',
      tool: 'npm audit',
      reason,
    });
  });

  it.each([['pnpm-lock.yaml'], ['requirements.txt'], ['Cargo.lock'], ['composer.lock']])(
    'of %s that hold something else are none',
    async (lockfile) => {
      expect(await audit(lockfile, answers('{}'))).toMatchObject({ status: 'not-audited' });
    },
  );

  it('exist for the lockfiles at the root, and for no other file', async () => {
    expect(listAuditable(['package-lock.json', 'sub/Cargo.lock', 'Cargo.lock', 'go.sum'])).toEqual([
      'package-lock.json',
      'Cargo.lock',
    ]);
    await expect(audit('go.sum', answers(''))).rejects.toMatchObject({ code: 'UNEXPECTED' });
  });
});
