import type { Report } from '../events/parts.ts';
import type { Folds } from './fold.ts';
import { advance } from './transitions.ts';
import type { Approval, GateFailure, LoopState } from './types.ts';

/** What is to be done: the issue, what is known around it, the questions, the plan and who agreed to it. */
export const understandingFolds = {
  'ISSUE.SELECTED': (_, { data, metadata }) => ({
    issue: {
      number: data.number,
      title: data.title,
      url: data.url ?? '',
      digest: data.issueDigest,
      labels: data.labels,
    },
    correlationId: metadata.correlationId,
  }),
  'CONTEXT.GATHERED.SUCCESS': (_, { data }) => ({ context: data, outdated: false }),
  'CONTEXT.OUTDATED': () => ({
    outdated: true,
    research: null,
    design: null,
    requestedApproval: null,
    // Tests of the plan that is void prove nothing for the next one.
    head: null,
    frozenTests: null,
    redHead: null,
    evidence: [],
  }),
  'RESEARCH.COMPLETED.SUCCESS': (_, { data }) => ({ research: data }),
  'AMBIGUITY.SCORED': (_, { data }) => ({ ambiguity: { score: data.score, reasons: data.reasons } }),
  'QUESTIONS.ASKED': (state, { data }) => ({
    questions: data.questions,
    questionRounds: state.questionRounds + 1,
  }),
  'QUESTIONS.ANSWERED': (state, { data }) =>
    state.wait?.for === 'answers'
      ? { answers: [...state.answers, ...data.answers], ...advance(state, state.wait.stepId, 'answered') }
      : { answers: [...state.answers, ...data.answers] },
  'SPLIT.PROPOSED': (_, { data }) => ({ split: data.issues }),
  'DESIGN.PROPOSED': (_, { data }) => ({
    design: { digest: data.digest, plan: data.plan, revision: data.revision },
  }),
  'APPROVAL.REQUESTED': (_, { data }) => ({ requestedApproval: data }),
  'APPROVAL.GRANTED': (state, event) => {
    const { kind, digest, by, option } = event.data;
    const approval: Approval = {
      kind,
      digest,
      by,
      login: event.metadata.actor.login,
      position: event.position,
      ...(option ? { option } : {}),
    };
    const granted = { approvals: [...state.approvals, approval], requestedApproval: null };
    return state.wait?.for === 'approval'
      ? { ...granted, ...advance(state, state.wait.stepId, 'approved') }
      : granted;
  },
  'APPROVAL.WITHDRAWN': (state, { data: { kind, digest } }) => ({
    approvals: state.approvals.filter((approval) => approval.kind !== kind || approval.digest !== digest),
    requestedApproval: null,
    wait: null,
    status: 'active',
    cursor: kind === 'merge' ? ('APPROVAL_GATE' as const) : ('DESIGN' as const),
  }),
  'APPROVAL.REJECTED': (state, { data }) => ({
    feedback: [...state.feedback, data.feedback],
    requestedApproval: null,
    wait: null,
    status: 'active',
    ...(data.kind === 'merge'
      ? { cursor: 'CODE_GENERATION' as const, failures: [...state.failures, toFailure(state, data.feedback)] }
      : {}),
  }),
} as const satisfies Folds;

function toFailure(state: LoopState, feedback: string): GateFailure {
  const report: Report = {
    summary: 'A person asked for changes before the merge',
    findings: [{ severity: 'major', message: feedback.slice(0, 2000) }],
  };
  return { gateId: 'review', attempt: 1, treeSha: state.head?.tree ?? '', findingsDigest: '', report };
}
