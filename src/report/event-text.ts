import type { EventType } from '../core/events/catalogue.ts';
import { isKnown, type KnownEvent, type LoggedEvent } from '../core/events/event.ts';
import { gateTitles } from '../core/vocabulary.ts';
import { formatCount, formatDuration, formatUsd, shortenSha } from '../lib/quantities.ts';

type Tell<T extends EventType> = (event: KnownEvent<T>) => string;

/** What an event says, for somebody who reads a log and not its JSON: one row a type. Not neutralised. */
const texts: { [T in EventType]?: Tell<T> } = {
  'ISSUE.SELECTED': ({ data }) => data.title,
  'ISSUE.ASSIGNED.SUCCESS': ({ data }) => `to ${data.assignee}`,
  'ISSUE.LABELED.SUCCESS': ({ data }) => data.labels.join(', '),
  'ISSUE.CREATED.SUCCESS': ({ data }) => `#${data.number} ${data.title}`,
  'ISSUE.CLOSED.SUCCESS': ({ data }) => data.reason,
  'COMMENT.PUBLISHED.SUCCESS': ({ data }) => `the comment “${data.marker}” on #${data.number}`,
  'CONTEXT.GATHERED.SUCCESS': ({ data }) =>
    `${data.baseBranch} at ${shortenSha(data.baseSha)}, ${formatCount(data.files, 'file')}, sandbox ${data.sandbox}`,
  'CONTEXT.OUTDATED': () => 'the issue or the configuration is no longer what the plan was made from',
  'RESEARCH.COMPLETED.SUCCESS': ({ data }) => formatCount(data.findings.length, 'finding'),
  'AMBIGUITY.SCORED': ({ data }) =>
    `${data.score} of 100, asks above ${data.threshold}${data.skippedBy ? `; left out by ${data.skippedBy}` : ''}`,
  'QUESTIONS.ASKED': ({ data }) => data.questions.map(({ id, question }) => `${id} ${question}`).join(' '),
  'QUESTIONS.ANSWERED': ({ data }) =>
    data.answers.map(({ questionId, answer }) => `${questionId} ${answer}`).join('; '),
  'SPLIT.PROPOSED': ({ data }) => data.issues.map(({ title }) => title).join('; '),
  'DESIGN.PROPOSED': ({ data }) =>
    `revision ${data.revision}, ${data.plan.risk} risk: ${data.plan.summary} (${data.digest.slice(0, 16)})`,
  'APPROVAL.REQUESTED': ({ data }) => `${data.kind} ${data.digest.slice(0, 16)}: ${data.reasons.join('; ')}`,
  'APPROVAL.GRANTED': ({ data, metadata }) =>
    `${data.kind} ${data.digest.slice(0, 16)} by ${data.by === 'rule' ? `rule: ${data.reason ?? ''}` : metadata.actor.login}`,
  'APPROVAL.WITHDRAWN': ({ data }) => `${data.kind} ${data.digest.slice(0, 16)}: ${data.reason}`,
  'APPROVAL.REJECTED': ({ data, metadata }) => `${data.kind} by ${metadata.actor.login}: ${data.feedback}`,
  'AI.REQUEST.SENT': ({ data }) => `${data.task}, turn ${data.turn}`,
  'AI.RESPONSE.RECEIVED': ({ data }) =>
    `${data.task}, turn ${data.turn}: ${data.stopReason}, ${data.usage.outputTokens} tokens, ${formatUsd(data.costUsd)}`,
  'AI.REQUEST.FAILED': ({ data }) => `${data.task}, turn ${data.turn}: ${data.code}, ${data.message}`,
  'CODE.TESTS_WRITTEN.SUCCESS': ({ data }) =>
    `RED: exit ${data.exitCode}, ${formatCount(data.failingTests.length, 'failing test')} in ${Object.keys(data.testFiles).join(', ')}`,
  'CODE.GENERATED.SUCCESS': ({ data }) =>
    `${data.phase}, round ${data.round}: ${data.exitCode === null ? 'tests not run' : `exit ${data.exitCode}`}, ${data.files.join(', ')}`,
  'CODE.GENERATED.FAILED': ({ data }) => `${data.phase}: ${data.reason}, ${data.message}`,
  'CODE.REFACTORED.SUCCESS': ({ data }) => `exit ${data.exitCode}, ${data.files.join(', ')}`,
  'COMMIT.CREATED.SUCCESS': ({ data }) => `${shortenSha(data.sha)} ${data.message}`,
  'BRANCH.CREATED.SUCCESS': ({ data }) => `${data.branch} at ${shortenSha(data.sha)}`,
  'BRANCH.UPDATED.SUCCESS': ({ data }) =>
    `${data.branch} from ${shortenSha(data.from)} to ${shortenSha(data.sha)}`,
  'BRANCH.DELETED.SUCCESS': ({ data }) => data.branch,
  'GATE.PASSED': ({ data }) => `${gateTitles[data.gateId]}: ${[data.summary, ...data.notes].join('; ')}`,
  'GATE.FAILED': ({ data }) =>
    `${gateTitles[data.gateId]}, attempt ${data.attempt} of ${data.maxAttempts}: ${data.report.summary}`,
  'PR.CREATED.SUCCESS': ({ data }) => `#${data.number} of ${data.branch}${data.draft ? ', a draft' : ''}`,
  'PR.UPDATED.SUCCESS': ({ data }) => `#${data.number} at ${shortenSha(data.headSha)}`,
  'PR.MERGED.SUCCESS': ({ data }) =>
    `${shortenSha(data.headSha)} into ${data.baseBranch} as ${shortenSha(data.mergeSha)} by ${data.method}`,
  'CI.STATUS_CHANGED': ({ data }) =>
    [data.status, ...data.checks.map(({ name, status }) => `${name} ${status}`)].join(', '),
  'DISPATCH.STARTED.SUCCESS': ({ data }) => `${data.workflow} on ${data.ref}, run ${data.runId}`,
  'DEPLOYMENT.COMPLETED.SUCCESS': ({ data }) =>
    `${data.workflow} on ${data.ref} (${formatDuration(data.durationMs)})`,
  'DEPLOYMENT.COMPLETED.FAILED': ({ data }) => `${data.workflow} on ${data.ref}`,
  'ESCALATION.TRIGGERED': ({ data }) => `${data.reason} at ${data.stepId}: ${data.summary}`,
  'ESCALATION.RESOLVED': ({ data, metadata }) => `${data.command} by ${metadata.actor.login}`,
  'BUDGET.EXCEEDED': ({ data }) =>
    `${formatUsd(data.spentUsd)} of ${formatUsd(data.limitUsd)} per ${data.scope} spent, ${formatUsd(data.neededUsd)} more needed`,
  'COMMAND.RECEIVED': ({ data, metadata }) =>
    `${metadata.actor.login}: ${`${data.command} ${data.argument}`.trim()}`,
  'COMMAND.REFUSED': ({ data, metadata }) =>
    `${metadata.actor.login}: ${`${data.command} ${data.argument}`.trim()} — refused: ${data.reason}`,
  'EFFECT.INTENDED': ({ data }) => data.effects.join(', '),
  'WORKFLOW.STEP_STARTED': ({ data }) => `${data.stepId} (run ${data.run}) because ${data.because}`,
  'WORKFLOW.STEP_COMPLETED': ({ data }) =>
    `${data.stepId} ${data.outcome === 'completed' ? 'done' : 'sent back'}: ${data.summary} (${formatDuration(data.durationMs)})`,
  'WORKFLOW.STEP_FAILED': ({ data }) => `${data.stepId}: ${data.code}, ${data.message}`,
  'WORKFLOW.STEP_SKIPPED': ({ data }) => `${data.stepId}: ${data.reason}`,
  'WORKFLOW.WAITING': ({ data }) =>
    `${data.stepId} for ${data.for}${data.until ? ` until ${data.until}` : ''}${data.command ? `: ${data.command}` : ''}`,
  'WORKFLOW.RESUMED': ({ data }) => `was ${data.from}${data.head ? `, at ${shortenSha(data.head.sha)}` : ''}`,
  'WORKFLOW.COMPLETED': ({ data }) => `merged as ${shortenSha(data.mergeSha)}, ${formatUsd(data.costUsd)}`,
  'WORKFLOW.TAKEN_OVER': ({ data, metadata }) =>
    `by ${metadata.actor.login}${data.note ? `: ${data.note}` : ''}`,
  'WORKFLOW.CANCELLED': ({ data }) => data.reason,
};

/** One line about an event; its data as JSON where there is no better way to tell it. */
export function tellEvent(event: LoggedEvent): string {
  const tell = isKnown(event) ? (texts[event.type] as Tell<EventType> | undefined) : undefined;
  return tell && isKnown(event) ? tell(event) : JSON.stringify(event.data);
}
