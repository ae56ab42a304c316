import type { Folds } from './fold.ts';
import type { Evidence } from './types.ts';

/** The change itself: its commits, the evidence of its tests, its branch, and what the gates say of it. */
export const changeFolds = {
  'CODE.TESTS_WRITTEN.SUCCESS': (state, { data }) => ({
    head: { sha: data.headSha, tree: data.treeSha },
    frozenTests: data.testFiles,
    redHead: data.headSha,
    passedGates: {},
    evidence: [...state.evidence, toEvidence('tests', data)],
  }),
  'CODE.GENERATED.SUCCESS': (state, { data, timestamp }) => ({
    head: { sha: data.headSha, tree: data.treeSha },
    headSince: state.claim?.startedAt ?? timestamp,
    implemented: true,
    rounds: Math.max(state.rounds, data.round),
    passedGates: {},
    evidence: [...state.evidence, toEvidence(data.phase, data)],
  }),
  'CODE.REFACTORED.SUCCESS': (state, { data }) => ({
    head: { sha: data.headSha, tree: data.treeSha },
    passedGates: {},
    evidence: [...state.evidence, toEvidence('refactor', data)],
  }),
  'CODE.GENERATED.FAILED': (_, { data }) => {
    if (data.reason === 'no-change') return { stuck: true };
    return data.reason === 'tests-pass-already'
      ? { handOver: { reason: data.reason, summary: data.message } }
      : {};
  },
  'BRANCH.CREATED.SUCCESS': (_, { data }) => ({ branch: data.branch }),
  'BRANCH.DELETED.SUCCESS': () => ({ branch: null }),
  'GATE.PASSED': (state, { data }) => ({ passedGates: { ...state.passedGates, [data.gateId]: data } }),
  'GATE.FAILED': (state, { data }) => {
    const { gateId, treeSha, findingsDigest, report } = data;
    const again = state.failures.some(
      (failure) =>
        failure.gateId === gateId && failure.treeSha === treeSha && failure.findingsDigest === findingsDigest,
    );
    const attempt = (state.failedAttempts[gateId] ?? 0) + 1;
    return {
      failures: [...state.failures, { gateId, attempt, treeSha, findingsDigest, report }],
      failedAttempts: { ...state.failedAttempts, [gateId]: attempt },
      stuck: state.stuck || again,
    };
  },
} as const satisfies Folds;

function toEvidence(
  phase: Evidence['phase'],
  data: { headSha: string; exitCode: number | null; failingTests?: readonly string[] },
): Evidence {
  return { phase, headSha: data.headSha, exitCode: data.exitCode, failingTests: data.failingTests ?? [] };
}
