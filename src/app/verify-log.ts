import type { Anchor, VerifyReport } from '../ports/event-store.ts';
import { readPlatformAnchors } from './check-anchors.ts';
import type { Runtime } from './runtime.ts';
import { verifySnapshots } from './verify-snapshots.ts';

export type VerifiedLog = { report: VerifyReport; anchors: Anchor[] };

/** Of so many issues, the newest ones, it is read what is noted about them on the platform. */
const ISSUES = 5;

/** Verifies all of the log and its snapshots, against every head that is noted elsewhere: given, in the anchor file, on the platform. */
export async function verifyRuntimeLog(
  runtime: Runtime,
  given: readonly Anchor[] = [],
): Promise<VerifiedLog> {
  const anchors = [...given, ...(await runtime.anchors.read()), ...(await readNoted(runtime))];
  const now = new Date(runtime.clock.now().getTime() + CLOCK_SKEW_MS).toISOString();
  const report = await runtime.store.verify({ anchors, now });
  // Snapshots are folds of the lines: where those are damaged, there is nothing to compare with.
  const snapshots = report.ok ? await verifySnapshots(runtime.store) : [];
  const problems = [...snapshots, ...report.problems];
  return { report: { ...report, ok: report.ok && snapshots.length === 0, problems }, anchors };
}

/** Clocks of different machines may disagree this much before it is worth a note. */
const CLOCK_SKEW_MS = 60_000;

/** What cannot be read is told: the log itself is verified all the same. */
async function readNoted(runtime: Runtime): Promise<Anchor[]> {
  if (runtime.platform.capabilities.issueWrites !== 'api') return [];
  try {
    const issues = await runtime.projections.issues();
    const newest = issues.toSorted((a, b) => b.state.position - a.state.position).slice(0, ISSUES);
    const found = await Promise.all(newest.map((subject) => readPlatformAnchors(runtime, subject)));
    return found.flat();
  } catch (error) {
    const why = runtime.redactor.redact(error instanceof Error ? error.message : String(error));
    const text = `the log was not compared with what is noted on issues and pull requests: ${why}`;
    runtime.host.report({ kind: 'note', level: 'warning', text });
    return [];
  }
}
