import { TammaError } from '../core/errors.ts';
import type { Finding } from '../core/events/parts.ts';
import type { CommandRequest } from '../ports/sandbox.ts';
import type { GateContext } from './context.ts';

export type Advisory = { id: string; name: string; severity: Finding['severity']; title: string };

/** "Could not audit" is a result of its own: it is never "clean". */
export type Audit =
  | { status: 'audited'; tool: string; advisories: Advisory[] }
  | { status: 'not-audited'; tool: string; reason: string };

type Auditor = {
  tool: string;
  lockfile: string;
  argv: CommandRequest['argv'];
  /** The advisories in the tool's JSON; undefined where it is an error message or something else. */
  parse(json: Record<string, unknown>): Advisory[] | undefined;
};

/** One row an ecosystem, each with the tool its own registry offers. They read the lockfile and run nothing of the project. */
const auditors: readonly Auditor[] = [
  {
    tool: 'npm audit',
    lockfile: 'package-lock.json',
    argv: ['npm', 'audit', '--json', '--package-lock-only', '--fetch-retries=0', '--fetch-timeout=20000'],
    parse: parseNpm,
  },
  { tool: 'pnpm audit', lockfile: 'pnpm-lock.yaml', argv: ['pnpm', 'audit', '--json'], parse: parsePnpm },
  {
    tool: 'pip-audit',
    lockfile: 'requirements.txt',
    argv: ['pip-audit', '--requirement', 'requirements.txt', '--format', 'json', '--progress-spinner', 'off'],
    parse: parsePip,
  },
  { tool: 'cargo audit', lockfile: 'Cargo.lock', argv: ['cargo', 'audit', '--json'], parse: parseCargo },
  {
    tool: 'composer audit',
    lockfile: 'composer.lock',
    argv: ['composer', 'audit', '--format=json', '--locked'],
    parse: parseComposer,
  },
];

const TIMEOUT_MS = 120_000;

/** The lockfiles at the root of the project that can be audited. */
export function listAuditable(files: readonly string[]): string[] {
  return auditors.map(({ lockfile }) => lockfile).filter((lockfile) => files.includes(lockfile));
}

/** What asks for advisories in a project with these files at its root, and the program it takes. */
export function listAuditTools(
  files: readonly string[],
): { tool: string; lockfile: string; program: string }[] {
  return auditors
    .filter(({ lockfile }) => files.includes(lockfile))
    .map(({ tool, lockfile, argv }) => ({ tool, lockfile, program: argv[0] ?? tool }));
}

/** Asks for known vulnerabilities of what this lockfile holds, as it stands in the workspace. Needs the network. */
export async function auditDependencies(
  context: Pick<GateContext, 'workspace' | 'sandbox' | 'signal'>,
  lockfile: string,
): Promise<Audit> {
  const auditor = auditors.find((row) => row.lockfile === lockfile);
  if (!auditor) throw new TammaError('UNEXPECTED', `nothing audits ${lockfile}`);
  const { tool, argv, parse } = auditor;
  const { workspace, sandbox, signal } = context;
  const { exitCode, output, timedOut } = await sandbox.run({
    argv,
    directory: workspace.directory,
    network: true,
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (timedOut) return { status: 'not-audited', tool, reason: 'it did not end in time' };
  if (exitCode === 127) return { status: 'not-audited', tool, reason: 'it is not installed' };
  const json = findJson(output);
  const advisories = json && parse(json);
  if (advisories) return { status: 'audited', tool, advisories };
  return {
    status: 'not-audited',
    tool,
    reason: describeError(json) ?? `it ended with exit code ${exitCode} and no report`,
  };
}

/** Tools print warnings around their JSON: from the first brace to the last one. */
function findJson(output: string): Record<string, unknown> | undefined {
  const start = output.search(/^\s*\{/m);
  const end = output.lastIndexOf('}');
  if (start < 0 || end < start) return undefined;
  try {
    return toRecord(JSON.parse(output.slice(start, end + 1)));
  } catch {
    return undefined;
  }
}

/** npm: `{ message, statusCode }` or `{ error: { code, summary } }`. */
function describeError(json: Record<string, unknown> | undefined): string | undefined {
  const error = toRecord(json?.error);
  const text = error.summary ?? error.message ?? error.code ?? json?.message;
  return typeof text === 'string' && text !== '' ? text.slice(0, 200) : undefined;
}

/** https://docs.npmjs.com/cli/commands/npm-audit, report version 2. */
function parseNpm(json: Record<string, unknown>): Advisory[] | undefined {
  if (json.auditReportVersion === undefined) return undefined;
  return Object.values(toRecord(json.vulnerabilities)).flatMap((entry) =>
    toList(toRecord(entry).via)
      .map(toRecord)
      .filter((via) => via.title !== undefined)
      .map((via) => toAdvisory(via.url ?? via.source, via.name, via.severity, via.title)),
  );
}

/** The report of npm 6, which pnpm kept. */
function parsePnpm(json: Record<string, unknown>): Advisory[] | undefined {
  if (json.advisories === undefined) return undefined;
  return Object.values(toRecord(json.advisories))
    .map(toRecord)
    .map((row) => toAdvisory(row.github_advisory_id ?? row.url, row.module_name, row.severity, row.title));
}

/** pip-audit knows no severities: what it names counts as high. */
function parsePip(json: Record<string, unknown>): Advisory[] | undefined {
  if (!Array.isArray(json.dependencies)) return undefined;
  return json.dependencies.map(toRecord).flatMap((row) =>
    toList(row.vulns)
      .map(toRecord)
      .map((vuln) => toAdvisory(vuln.id, row.name, 'high', vuln.description ?? vuln.id)),
  );
}

/** cargo-audit gives a CVSS vector instead of a word: what it names counts as high. */
function parseCargo(json: Record<string, unknown>): Advisory[] | undefined {
  const { list } = toRecord(json.vulnerabilities);
  if (!Array.isArray(list)) return undefined;
  return list
    .map((row) => toRecord(toRecord(row).advisory))
    .map((advisory) => toAdvisory(advisory.id, advisory.package, 'high', advisory.title));
}

function parseComposer(json: Record<string, unknown>): Advisory[] | undefined {
  if (json.advisories === undefined) return undefined;
  return Object.values(toRecord(json.advisories))
    .flatMap((rows) => (Array.isArray(rows) ? rows : Object.values(toRecord(rows))))
    .map(toRecord)
    .map((row) => toAdvisory(row.advisoryId ?? row.cve, row.packageName, row.severity ?? 'high', row.title));
}

/** The words of npm and GitHub advisories as ours. An unknown word counts as high. */
const severities: Readonly<Record<string, Finding['severity']>> = {
  critical: 'critical',
  high: 'major',
  moderate: 'minor',
  medium: 'minor',
  low: 'info',
  info: 'info',
};

function toAdvisory(id: unknown, name: unknown, severity: unknown, title: unknown): Advisory {
  const text = (value: unknown, max: number) => String(value ?? '').slice(0, max);
  return {
    id: text(id, 200),
    name: text(name, 200),
    severity: severities[text(severity, 20).toLowerCase()] ?? 'major',
    title: text(title, 300),
  };
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
