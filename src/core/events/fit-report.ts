import type { Finding, Report } from './parts.ts';

/**
 * A report in at most about `maxBytes` of JSON, so that the event that holds it may be recorded: the end of the output is
 * what tells most, then as many findings as there is room for. What was left out is said in the last finding.
 */
export function fitReport(report: Report, maxBytes: number): Report {
  const { summary, output } = report;
  const kept = output === undefined ? {} : { output: cutStart(output, Math.floor(maxBytes / 4)) };
  const findings: Finding[] = [];
  let room = maxBytes - sizeOf({ summary, ...kept }) - sizeOf(describeRest(report.findings.length));
  for (const finding of report.findings) {
    room -= sizeOf(finding) + 1;
    if (room < 0) break;
    findings.push(finding);
  }
  const left = report.findings.length - findings.length;
  return { summary, findings: left > 0 ? [...findings, describeRest(left)] : findings, ...kept };
}

function describeRest(count: number): Finding {
  return { severity: 'info', message: `${count} more findings are too long to be kept here` };
}

/** The end of a text: as many characters as may be in so many bytes of JSON. */
function cutStart(text: string, maxBytes: number): string {
  let end = text.slice(-maxBytes);
  while (sizeOf(end) > maxBytes) end = end.slice(Math.ceil(end.length / 8));
  return end;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
