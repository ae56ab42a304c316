import { z } from 'zod';
import {
  answer,
  approvalKind,
  digest,
  evidence,
  gateId,
  holder,
  line,
  milliseconds,
  path,
  plan,
  question,
  refusalCode,
  report,
  sha,
  stepId,
  usage,
  usd,
} from './parts.ts';

/**
 * Every event Tamma writes: its type and the schema of its `data`. Published versions are never edited: an added
 * optional field keeps the version, anything else is a new version and an upcaster. `events-schema/` is generated
 * from this table.
 */
export const eventData = {
  'ISSUE.SELECTED': z.strictObject({
    number: z.int().min(1),
    title: line,
    url: line.optional(),
    labels: z.array(z.string().max(100)).max(100),
    issueDigest: digest,
    selectedBy: z.enum(['given', 'queue']),
  }),
  'ISSUE.ASSIGNED.SUCCESS': z.strictObject({ number: z.int().min(1), assignee: line }),
  'ISSUE.LABELED.SUCCESS': z.strictObject({
    number: z.int().min(1),
    labels: z.array(z.string().max(100)).max(100),
  }),
  'ISSUE.CREATED.SUCCESS': z.strictObject({ number: z.int().min(1), title: line }),
  'ISSUE.CLOSED.SUCCESS': z.strictObject({ number: z.int().min(1), reason: line }),
  'COMMENT.PUBLISHED.SUCCESS': z.strictObject({ number: z.int().min(1), marker: line, bodyDigest: digest }),

  'CONTEXT.GATHERED.SUCCESS': z.strictObject({
    baseBranch: line,
    baseSha: sha,
    contextDigest: digest,
    issueDigest: digest,
    configDigest: digest,
    commands: z.strictObject({
      install: line.nullable(),
      build: line.nullable(),
      test: line.nullable(),
      lint: line.nullable(),
      coverage: line.nullable(),
    }),
    project: line,
    files: z.int().min(0),
    /** Hidden text taken out of what the model and the approver see, counted by kind. */
    removed: z.record(z.string().max(60), z.int().min(0)),
    sandbox: line,
  }),
  /** The issue or the configuration was changed after the context was gathered: context, plan and approvals no longer hold. */
  'CONTEXT.OUTDATED': z.strictObject({ was: digest, now: digest }),
  'RESEARCH.COMPLETED.SUCCESS': z.strictObject({
    findings: z
      .array(
        z.strictObject({
          topic: line,
          finding: z.string().max(1500),
          sources: z.array(z.string().max(300)).max(10),
        }),
      )
      .max(12),
    cached: z.boolean(),
  }),
  'AMBIGUITY.SCORED': z.strictObject({
    score: z.number().min(0).max(100),
    threshold: z.number().min(0).max(100),
    reasons: z.array(line).max(8),
    skippedBy: line.optional(),
  }),
  'QUESTIONS.ASKED': z.strictObject({ questions: z.array(question).min(1).max(5), round: z.int().min(1) }),
  'QUESTIONS.ANSWERED': z.strictObject({ answers: z.array(answer).min(1).max(5), byDefault: z.boolean() }),
  'SPLIT.PROPOSED': z.strictObject({
    issues: z
      .array(z.strictObject({ title: line, body: z.string().max(4000) }))
      .min(2)
      .max(6),
  }),
  'DESIGN.PROPOSED': z.strictObject({ digest, plan, revision: z.int().min(1), model: line }),

  'APPROVAL.REQUESTED': z.strictObject({
    kind: approvalKind,
    /** The plan's digest, or the head SHA for a merge. */
    digest: z.string().max(64),
    reasons: z.array(line).max(12),
    expiresAt: z.string().max(30),
  }),
  'APPROVAL.GRANTED': z.strictObject({
    kind: approvalKind,
    digest: z.string().max(64),
    by: z.enum(['person', 'rule']),
    permission: line.optional(),
    reason: line.optional(),
    /** Name of the plan's option that was chosen. */
    option: line.optional(),
  }),
  /** It was given, and no longer holds at the moment of its use. */
  'APPROVAL.WITHDRAWN': z.strictObject({
    kind: approvalKind,
    digest: z.string().max(64),
    code: refusalCode,
    reason: line,
  }),
  'APPROVAL.REJECTED': z.strictObject({
    kind: approvalKind,
    digest: z.string().max(64),
    feedback: z.string().max(4000),
  }),

  'AI.REQUEST.SENT': z.strictObject({
    requestId: line,
    task: line,
    turn: z.int().min(1),
    requestDigest: digest,
    messages: z.int().min(0),
    estimatedUsd: usd,
    /** Kept beside the log: what was sent, redacted. */
    content: digest.optional(),
  }),
  'AI.RESPONSE.RECEIVED': z.strictObject({
    requestId: line,
    task: line,
    turn: z.int().min(1),
    responseDigest: digest,
    stopReason: line,
    usage,
    costUsd: usd,
    priceAsOf: line,
    durationMs: milliseconds,
    /** Kept beside the log: what was answered, redacted. */
    content: digest.optional(),
  }),
  'AI.REQUEST.FAILED': z.strictObject({
    requestId: line,
    task: line,
    turn: z.int().min(1),
    code: line,
    message: line,
    tries: z.int().min(1),
    costUsd: usd,
  }),

  'CODE.TESTS_WRITTEN.SUCCESS': z.strictObject({
    headSha: sha,
    treeSha: sha,
    /** Frozen from here on: path → sha256 of the content. */
    testFiles: z.record(path, digest),
    exitCode: z.int(),
    failingTests: z.array(line).max(100),
    turns: z.int().min(0),
    ...evidence,
  }),
  'CODE.GENERATED.SUCCESS': z.strictObject({
    phase: z.enum(['implement', 'repair']),
    headSha: sha,
    treeSha: sha,
    files: z.array(path).max(200),
    /** Exit code of the test command on this tree; null where it was not run in this phase. */
    exitCode: z.int().nullable(),
    round: z.int().min(1),
    turns: z.int().min(0),
    ...evidence,
  }),
  'CODE.GENERATED.FAILED': z.strictObject({
    phase: z.enum(['tests', 'implement', 'refactor', 'repair']),
    reason: z.enum([
      'no-change',
      'tests-pass-already',
      'tests-changed',
      'outside-policy',
      'gave-up',
      'refactor-dropped',
    ]),
    message: line,
    files: z.array(path).max(200),
    ...evidence,
  }),
  'CODE.REFACTORED.SUCCESS': z.strictObject({
    headSha: sha,
    treeSha: sha,
    files: z.array(path).max(200),
    exitCode: z.int(),
    turns: z.int().min(0),
    ...evidence,
  }),
  'COMMIT.CREATED.SUCCESS': z.strictObject({ sha, message: line, branch: line }),
  'BRANCH.CREATED.SUCCESS': z.strictObject({ branch: line, sha, baseSha: sha }),
  'BRANCH.UPDATED.SUCCESS': z.strictObject({ branch: line, from: sha, sha }),
  'BRANCH.DELETED.SUCCESS': z.strictObject({ branch: line, sha }),

  'GATE.PASSED': z.strictObject({
    gateId,
    attempt: z.int().min(1),
    headSha: sha,
    summary: line,
    /** Some gates pass with something a person should know: nothing measured, could not audit. */
    notes: z.array(line).max(20),
    measured: z.record(z.string().max(60), z.number()),
    durationMs: milliseconds,
    log: evidence.log,
  }),
  'GATE.FAILED': z.strictObject({
    gateId,
    attempt: z.int().min(1),
    maxAttempts: z.int().min(1),
    headSha: sha,
    treeSha: sha,
    findingsDigest: digest,
    report,
    durationMs: milliseconds,
    log: evidence.log,
  }),

  'PR.CREATED.SUCCESS': z.strictObject({
    number: z.int().min(1),
    url: line,
    branch: line,
    headSha: sha,
    draft: z.boolean(),
  }),
  'PR.UPDATED.SUCCESS': z.strictObject({
    number: z.int().min(1),
    url: line,
    headSha: sha,
    draft: z.boolean(),
  }),
  'PR.MERGED.SUCCESS': z.strictObject({
    number: z.int().min(1),
    headSha: sha,
    mergeSha: sha,
    method: z.enum(['merge', 'squash', 'rebase']),
    baseBranch: line,
  }),
  'CI.STATUS_CHANGED': z.strictObject({
    status: z.enum(['none', 'pending', 'passed', 'failed']),
    headSha: sha,
    checks: z
      .array(
        z.strictObject({
          name: line,
          status: line,
          url: line.optional(),
          /** The platform has not begun with it: a person must allow it first. */
          needsApproval: z.literal(true).optional(),
          /** The rules of the default branch want it, and nothing reports it. */
          missing: z.literal(true).optional(),
        }),
      )
      .max(100),
  }),
  'DISPATCH.STARTED.SUCCESS': z.strictObject({
    purpose: z.enum(['ci', 'deployment']),
    workflow: line,
    ref: line,
    runId: line,
    url: line.optional(),
  }),
  'DEPLOYMENT.COMPLETED.FAILED': z.strictObject({
    workflow: line,
    ref: line,
    runId: line,
    url: line.optional(),
  }),
  'DEPLOYMENT.COMPLETED.SUCCESS': z.strictObject({
    workflow: line,
    ref: line,
    url: line.optional(),
    durationMs: milliseconds,
  }),

  'ESCALATION.TRIGGERED': z.strictObject({
    reason: z.enum([
      'attempts-exhausted',
      'no-progress',
      'tests-pass-already',
      'step-keeps-failing',
      'budget',
      'approval-expired',
      'protected-path',
      'conflict',
      'deployment-failed',
      'split-proposed',
    ]),
    stepId,
    gateId: gateId.optional(),
    summary: line,
    reports: z.array(z.strictObject({ attempt: z.int().min(1), report })).max(10),
    commands: z.array(line).min(1).max(8),
  }),
  'ESCALATION.RESOLVED': z.strictObject({
    command: z.enum(['retry', 'resume', 'skip', 'stop', 'take-over']),
    note: line.optional(),
  }),
  'TRIGGER.ACTIVATED': z.strictObject({ triggerName: line, event: line }),
  'PLUGIN.EXECUTED': z.strictObject({
    pluginName: line,
    method: line,
    outcome: line,
    durationMs: milliseconds,
  }),
  'BUDGET.EXCEEDED': z.strictObject({
    scope: z.enum(['step', 'issue', 'day', 'month']),
    limitUsd: usd,
    spentUsd: usd,
    neededUsd: usd,
  }),

  'COMMAND.RECEIVED': z.strictObject({ command: line, argument: z.string().max(2000), permission: line }),
  'COMMAND.REFUSED': z.strictObject({
    command: line,
    argument: z.string().max(2000),
    code: refusalCode.optional(),
    reason: line,
  }),

  'EFFECT.INTENDED': z.strictObject({ effects: z.array(line).min(1).max(10) }),
  'WORKFLOW.STEP_STARTED': z.strictObject({
    stepId,
    run: z.int().min(1),
    holder,
    leaseUntil: z.string().max(30),
    /** Why this step comes now: the decision, in words, and the position of the state it rested on. */
    because: line,
    onPosition: z.int().min(0),
  }),
  'WORKFLOW.STEP_COMPLETED': z.strictObject({
    stepId,
    run: z.int().min(1),
    outcome: z.enum(['completed', 'gate-failed']),
    summary: line,
    durationMs: milliseconds,
  }),
  'WORKFLOW.STEP_FAILED': z.strictObject({
    stepId,
    run: z.int().min(1),
    code: line,
    message: z.string().max(2000),
    help: line,
    retryable: z.boolean(),
    durationMs: milliseconds,
  }),
  'WORKFLOW.STEP_SKIPPED': z.strictObject({ stepId, run: z.int().min(1), reason: line }),
  'WORKFLOW.WAITING': z.strictObject({
    stepId,
    run: z.int().min(1),
    /** `platform`: it asked to come back later, so the step is taken up again after `until`. */
    for: z.enum(['answers', 'approval', 'ci', 'deployment', 'platform']),
    /** The exact command that ends the wait, where a person has to give it. */
    command: line.optional(),
    until: z.string().max(30).optional(),
    reason: line.optional(),
    durationMs: milliseconds,
  }),
  'WORKFLOW.RESUMED': z.strictObject({ from: line, head: z.strictObject({ sha, tree: sha }).optional() }),
  'WORKFLOW.TAKEN_OVER': z.strictObject({ note: line.optional() }),
  'WORKFLOW.COMPLETED': z.strictObject({
    issue: z.int().min(1),
    mergeSha: sha,
    costUsd: usd,
    steps: z.int().min(0),
    summary: line,
  }),
  'WORKFLOW.FAILED': z.strictObject({ code: line, message: line }),
  'WORKFLOW.CANCELLED': z.strictObject({ reason: line }),
} as const satisfies Record<string, z.ZodType>;

/** The current version of each event's `data`. A type that is not named here is at version 1. */
export const schemaVersions: Partial<Record<EventType, number>> = {};

export type EventType = keyof typeof eventData;
export type EventData = { [T in EventType]: z.infer<(typeof eventData)[T]> };

export const eventTypes = Object.keys(eventData) as EventType[];

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventData, type);
}
