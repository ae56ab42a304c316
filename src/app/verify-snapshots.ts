import { toCanonical } from '../core/events/chain.ts';
import { activityProjection } from '../core/projections/activity.ts';
import { issuesProjection } from '../core/projections/issues.ts';
import type { Projection } from '../core/projections/projection.ts';
import { openSealed } from '../core/projections/seal.ts';
import type { EventStore, LogProblem, Snapshot } from '../ports/event-store.ts';

/** Of several kinds, which go through the log together. */
type Kept = { projection: Projection<unknown>; snapshot: Snapshot; state: unknown };

/**
 * Folds a log that verifies anew and compares the snapshots that are kept beside it: a wrong one would answer questions
 * wrongly. Those of another version, or without a seal, nobody uses.
 */
export async function verifySnapshots(store: EventStore): Promise<LogProblem[]> {
  const kept = await loadKept(store);
  const problems: LogProblem[] = [];
  const last = Math.max(0, ...kept.map(({ snapshot }) => snapshot.position));
  const folded = kept.map(({ projection, snapshot }) => ({
    projection,
    snapshot,
    state: projection.create(),
  }));
  const passed = new Set<Snapshot>();
  if (last > 0) {
    for await (const event of store.read({ items: [] }, { until: last, asSeen: true, unchecked: true })) {
      for (const { projection, snapshot, state } of folded) {
        if (event.position <= snapshot.position) projection.take(state, event);
        if (event.position === snapshot.position && event.hash === snapshot.hash) passed.add(snapshot);
      }
    }
  }
  for (const [index, { projection, snapshot, state }] of kept.entries()) {
    const expected = projection.toJson(folded[index]?.state);
    const isSame = toCanonical(expected) === toCanonical(projection.toJson(state));
    if (isSame && passed.has(snapshot)) continue;
    const message = passed.has(snapshot)
      ? 'the snapshot is not the fold of the log up to there'
      : 'the snapshot is that of another log';
    problems.push({
      kind: 'index',
      position: snapshot.position,
      place: `snapshot ${projection.name}`,
      message,
    });
  }
  return problems;
}

async function loadKept(store: EventStore): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const projection of [issuesProjection, activityProjection] as Projection<unknown>[]) {
    const snapshot = await store.snapshots.load(projection.name).catch(() => undefined);
    const state = snapshot && openSealed(projection, snapshot);
    if (snapshot && state !== undefined) kept.push({ projection, snapshot, state });
  }
  return kept;
}
