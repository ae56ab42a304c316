import { digestOf } from '../core/digest.ts';
import { fitReport } from '../core/events/fit-report.ts';
import type { Finding, Report } from '../core/events/parts.ts';
import type { GateId } from '../core/loop.ts';
import { normaliseNoise } from './normalise.ts';

/** What a gate found. A red gate is an outcome; a gate that cannot do its work throws. */
export type Verdict = {
  gateId: GateId;
  passed: boolean;
  summary: string;
  /** What a person should know although the gate passed. */
  notes: string[];
  /** Why a person must approve this change, whatever the configuration says; part of `notes` too. */
  needsPerson: string[];
  measured: Record<string, number>;
  report: Report;
  /** What its commands printed, for whoever looks into it; undefined where it ran none. */
  log?: string;
  /** The same for two runs that found the same, however long they took and wherever they ran. */
  findingsDigest: string;
  durationMs: number;
};

export type VerdictDraft = {
  gateId: GateId;
  passed: boolean;
  summary: string;
  findings?: readonly Finding[];
  /** An excerpt of what the command printed: neutral and redacted. */
  output?: string;
  notes?: readonly string[];
  needsPerson?: readonly string[];
  measured?: Readonly<Record<string, number>>;
  /** Neutral and redacted, in full. */
  log?: string;
  durationMs: number;
};

const MAX_FINDINGS = 50;
/** An event is at most 64 KiB, and a report is the longest part of it. */
const MAX_REPORT_BYTES = 40_000;
const PERSON = 'needs a person: ';

/** Brings a draft into the sizes that events allow and adds its digest. */
export function createVerdict(draft: VerdictDraft): Verdict {
  const findings = (draft.findings ?? []).map(capFinding);
  const needsPerson = (draft.needsPerson ?? []).map((reason) => capLine(reason));
  const notes = [
    ...needsPerson.map((reason) => capLine(`${PERSON}${reason}`)),
    ...(draft.notes ?? []).map(capLine),
  ];
  return {
    gateId: draft.gateId,
    passed: draft.passed,
    summary: capLine(draft.summary),
    notes: notes.slice(0, 20),
    needsPerson,
    measured: { ...draft.measured },
    report: fitReport(
      {
        summary: capLine(draft.summary),
        findings: findings.slice(0, MAX_FINDINGS),
        ...(draft.output ? { output: draft.output.slice(0, 8000) } : {}),
      },
      MAX_REPORT_BYTES,
    ),
    findingsDigest: digestFindings(findings, draft.output ?? ''),
    ...(draft.log ? { log: draft.log } : {}),
    durationMs: Math.max(0, Math.round(draft.durationMs)),
  };
}

/** Whether a note that came back from the log says that a person must approve. */
export function isPersonNote(note: string): boolean {
  return note.startsWith(PERSON);
}

/** Findings say it all where there are some; without any, what was printed has to stand for them. */
export function digestFindings(findings: readonly Finding[], output: string): string {
  const lines = findings.map(({ severity, path, rule, message }) =>
    JSON.stringify([severity, path ?? '', rule ?? '', normaliseNoise(message)]),
  );
  return digestOf({ findings: lines.sort(), output: findings.length > 0 ? '' : normaliseNoise(output) });
}

function capFinding(finding: Finding): Finding {
  return { ...finding, message: cut(finding.message, 2000) };
}

function capLine(text: string): string {
  return cut(text.replace(/\s+/g, ' ').trim(), 500);
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
