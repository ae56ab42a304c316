import type { Finding } from '../core/events/parts.ts';
import type { GateContext } from './context.ts';
import { type Advisory, type Audit, auditDependencies, listAuditable } from './security-audit.ts';
import type { TextChange, WholeChange } from './whole-change.ts';

export type AdvisoryReport = { findings: Finding[]; notes: string[] };

/**
 * Known vulnerabilities that the change brings in. What the base had already is noted and fails nothing: the change did
 * not cause it. An audit that could not be done is noted as such.
 */
export async function auditChange(
  context: GateContext,
  { files, headFiles }: WholeChange,
): Promise<AdvisoryReport> {
  const report: AdvisoryReport = { findings: [], notes: [] };
  for (const lockfile of listAuditable(headFiles.map(({ path }) => path))) {
    const change = files.find(({ path }) => path === lockfile);
    const audit = await auditDependencies(context, lockfile);
    if (audit.status === 'not-audited') {
      report.notes.push(`could not audit ${lockfile}: ${context.redact(audit.reason)} (${audit.tool})`);
      continue;
    }
    const before = change ? await auditBase(context, lockfile, change) : audit;
    const known = new Set(before?.status === 'audited' ? before.advisories.map(toKey) : []);
    const brought = audit.advisories.filter((advisory) => !known.has(toKey(advisory)));
    report.findings.push(...brought.map((advisory) => toFinding(advisory, lockfile)));
    const kept = audit.advisories.length - brought.length;
    if (kept > 0)
      report.notes.push(`${lockfile}: ${kept} known vulnerabilities were there before this change`);
  }
  return report;
}

/** The same audit on the base's files; the workspace is at the head again afterwards. */
async function auditBase(
  context: GateContext,
  lockfile: string,
  change: TextChange,
): Promise<Audit | undefined> {
  if (change.status === 'added') return undefined;
  const { workspace, baseSha, headSha } = context;
  await workspace.reset(baseSha);
  try {
    return await auditDependencies(context, lockfile);
  } finally {
    await workspace.reset(headSha);
  }
}

function toKey({ id, name }: Advisory): string {
  return `${name} ${id}`;
}

function toFinding({ severity, name, title, id }: Advisory, lockfile: string): Finding {
  return { severity, rule: 'advisory', path: lockfile, message: `${name}: ${title} (${id})` };
}
