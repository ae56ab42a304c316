import type { Finding } from '../core/events/parts.ts';
import { judgeChanges, type PathVerdict } from '../core/policies/paths.ts';
import type { Gate, GateContext } from './context.ts';
import { auditChange } from './security-advisories.ts';
import { judgeDependencies } from './security-dependencies.ts';
import { findSecrets } from './security-secrets.ts';
import { createVerdict } from './verdict.ts';
import { readWholeChange, type WholeChange } from './whole-change.ts';

const ranks = { info: 0, minor: 1, major: 2, critical: 3 } as const satisfies Record<
  Finding['severity'],
  number
>;

/**
 * Secrets, protected paths, modes, sources of dependencies and known vulnerabilities of the whole change, base to head.
 * Decided by names, modes and contents in the object database, never by what a command or a model says of them.
 */
export const judgeSecurity: Gate = async (context) => {
  const { repository, baseSha, headSha, config, redact, clock } = context;
  const startedAt = clock.now().getTime();
  const change = await readWholeChange(repository, baseSha, headSha);
  const paths = judgePaths(context, change);
  const secrets = findSecrets(change.files, redact);
  const dependencies = judgeDependencies(change.files);
  const audit = await auditChange(context, change);
  const findings = [...paths.findings, ...secrets, ...dependencies.findings, ...audit.findings].map(
    (finding) => ({
      ...finding,
      message: redact(finding.message),
    }),
  );
  const least = ranks[config.gates.security.failOn];
  const failing = findings.filter(({ severity }) => ranks[severity] >= least);
  const harmless = findings.length - failing.length;
  return createVerdict({
    gateId: 'security',
    passed: failing.length === 0,
    summary:
      failing.length === 0
        ? `${change.files.length} files scanned, nothing ${describeThreshold(config.gates.security.failOn)}`
        : `${failing.length} of ${findings.length} findings are ${describeThreshold(config.gates.security.failOn)}: ${failing[0]?.message ?? ''}`,
    findings: [...failing, ...findings.filter((finding) => !failing.includes(finding))],
    needsPerson: [...paths.needsPerson, ...dependencies.needsPerson],
    notes: [...audit.notes, ...(failing.length === 0 && harmless > 0 ? describeHarmless(findings) : [])],
    measured: { files: change.files.length, findings: findings.length, failing: failing.length },
    durationMs: clock.now().getTime() - startedAt,
  });
};

function judgePaths(
  { config }: GateContext,
  { files, headFiles }: WholeChange,
): { findings: Finding[]; needsPerson: string[] } {
  const verdicts = judgeChanges(files, {
    add: config.protected.add,
    sizes: new Map(files.map(({ path, bytes }) => [path, bytes])),
    binaries: new Set(files.filter(({ isBinary }) => isBinary).map(({ path }) => path)),
    existing: headFiles.map(({ path }) => path),
    limits: { files: config.limits.changedFiles, fileBytes: config.limits.fileKilobytes * 1024 },
  });
  const describe = ({ path, reason }: PathVerdict) => (path ? `${path} ${reason}` : reason);
  return {
    findings: verdicts
      .filter(({ decision }) => decision === 'blocked')
      .map((verdict) => ({
        severity: 'critical',
        ...(verdict.path && verdict.path.length <= 1024 ? { path: verdict.path } : {}),
        ...(verdict.rule ? { rule: verdict.rule } : {}),
        message: describe(verdict),
      })),
    needsPerson: verdicts.filter(({ decision }) => decision === 'needs-person').map(describe),
  };
}

function describeThreshold(least: keyof typeof ranks): string {
  return least === 'critical' ? 'critical' : `${least} or worse`;
}

function describeHarmless(findings: readonly Finding[]): string[] {
  return findings.slice(0, 8).map(({ severity, path, line, message }) => {
    const place = path ? ` ${path}${line ? `:${line}` : ''}` : '';
    return `${severity}${place}: ${message}`;
  });
}
