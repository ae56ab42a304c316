import type { Finding, Report } from '../core/events/parts.ts';
import { toCode, toFence, toInline } from './untrusted.ts';

const MAX_FINDINGS = 12;
const MAX_OUTPUT = 2500;

/** What a gate reported, short enough for a comment: the rest stays in the log. */
export function renderReport(report: Report, maxFindings = MAX_FINDINGS): string {
  const shown = report.findings.slice(0, maxFindings).map(renderFinding);
  const more = report.findings.length - shown.length;
  if (more > 0) shown.push(`- … and ${more} more in the log`);
  return [
    toInline(report.summary),
    ...(shown.length > 0 ? ['', ...shown] : []),
    ...(report.output ? ['', toFence(report.output.slice(-MAX_OUTPUT))] : []),
  ].join('\n');
}

function renderFinding({ severity, path, line, rule, message }: Finding): string {
  const place = path ? ` ${toCode(line ? `${path}:${line}` : path)}` : '';
  return `- ${severity}${place} ${toInline(message, 300)}${rule ? ` (${toCode(rule)})` : ''}`;
}
