import { createDraft } from '../core/events/event.ts';
import type { Intent } from '../core/intents.ts';
import { getRow, isStepId, stepIds } from '../core/loop.ts';
import { formatCount } from '../lib/quantities.ts';
import { parseAnswers } from './answers.ts';
import { checkApproval } from './approval-check.ts';
import { decideHere } from './claim.ts';
import { describeState } from './describe-state.ts';
import { completionEvents } from './end-events.ts';
import type { CommandRequest, Ruling } from './ruling.ts';

type Rule = (request: CommandRequest) => Ruling | Promise<Ruling>;

/** One row a command people give: when it is accepted, and what it then means. */
export const commandRules = {
  approve: async (request) => {
    const { state, permission } = request;
    const check = await checkApproval(request);
    if (!check.ok) return refuse(check.reason);
    const { kind, digest } = check;
    return accept(
      `approved: ${kind} ${digest.slice(0, 16)}`,
      [createDraft('APPROVAL.GRANTED', { kind, digest, by: 'person', permission })],
      relabel(request, state.wait?.for === 'approval' ? { remove: ['tamma:needs-input'] } : {}),
    );
  },

  revise: ({ state, argument, issue }) => {
    const requested = state.requestedApproval;
    if (!requested) return refuse(describeState(state, issue));
    if (!argument) return refuse('say what should be different: tamma revise --issue N "…"');
    const { kind, digest } = requested;
    const rejected = createDraft('APPROVAL.REJECTED', { kind, digest, feedback: argument.slice(0, 4000) });
    return accept(`${kind} goes back with your remark`, [rejected], []);
  },

  answer: (request) => {
    const { state, argument, issue } = request;
    if (state.wait?.for !== 'answers') return refuse(describeState(state, issue));
    if (argument === 'split' && state.split.length > 0) return splitIssue(request);
    const parsed = parseAnswers(argument, state.questions);
    if (!parsed.ok) return refuse(parsed.reason);
    const answered = createDraft('QUESTIONS.ANSWERED', { answers: parsed.answers, byDefault: false });
    return accept(
      `${formatCount(parsed.answers.length, 'answer')} taken`,
      [answered],
      relabel(request, { remove: ['tamma:needs-input'] }),
    );
  },

  retry: (request) => {
    const { runtime, state, issue } = request;
    const isStuck = decideHere(runtime, state).kind === 'escalate';
    if (state.status !== 'escalated' && !state.stepErrors && !isStuck)
      return refuse(describeState(state, issue));
    const resolved = createDraft('ESCALATION.RESOLVED', { command: 'retry' });
    return accept(`${state.cursor} starts again with fresh attempts`, [resolved], relabel(request, ACTIVE));
  },

  resume: async (request) => {
    const { state, issue, runtime } = request;
    const isResumable = ['escalated', 'taken-over', 'stopped'].includes(state.status) || state.stepErrors;
    if (!isResumable) return refuse(describeState(state, issue));
    const head = state.branch ? await runtime.platform.branches.find(state.branch) : undefined;
    if (state.branch && !head) return refuse(`${state.branch} is gone: restore it, or stop the issue`);
    const tree = head ? await runtime.repository.treeOf(head) : undefined;
    const resumed = createDraft('WORKFLOW.RESUMED', {
      from: state.status,
      ...(head && tree ? { head: { sha: head, tree } } : {}),
    });
    const moved =
      head && head !== state.head?.sha ? `; your commits up to ${head.slice(0, 12)} are judged next` : '';
    const resolved = state.escalation
      ? [createDraft('ESCALATION.RESOLVED', { command: 'resume' as const })]
      : [];
    return accept(`goes on${moved}`, [...resolved, resumed], relabel(request, ACTIVE));
  },

  skip: (request) => {
    const { state, argument, issue } = request;
    const stepId = argument.toUpperCase();
    if (!isStepId(stepId))
      return refuse(`there is no step ${argument || '(none given)'}; steps: ${stepIds.join(', ')}`);
    if (!getRow(stepId).skippable) return refuse(`${stepId} can be tightened, never skipped`);
    if (state.cursor !== stepId || state.status === 'done') return refuse(describeState(state, issue));
    const run = Math.max(1, state.steps[stepId].runs);
    const reason = 'a person said so';
    return accept(
      `${stepId} is passed over`,
      [
        createDraft('ESCALATION.RESOLVED', { command: 'skip' }),
        createDraft('WORKFLOW.STEP_SKIPPED', { stepId, run, reason }),
        ...completionEvents(state, stepId, reason),
      ],
      relabel(request, ACTIVE),
    );
  },

  'take-over': (request) => {
    const { state, issue } = request;
    if (state.status === 'done' || state.status === 'taken-over') return refuse(describeState(state, issue));
    const where = state.branch ? `the work is on ${state.branch}` : 'there is no branch yet';
    return accept(
      `it is yours: ${where}; \`tamma resume\` gives it back`,
      [createDraft('WORKFLOW.TAKEN_OVER', {})],
      relabel(request, IDLE),
    );
  },

  stop: (request) => {
    const { state, issue } = request;
    if (state.status === 'done' || state.status === 'stopped') return refuse(describeState(state, issue));
    const cancelled = createDraft('WORKFLOW.CANCELLED', {
      reason: request.argument.slice(0, 500) || 'a person said so',
    });
    return accept('stopped; `tamma resume` goes on', [cancelled], relabel(request, IDLE));
  },
} as const satisfies Record<string, Rule>;

export type CommandName = keyof typeof commandRules;

const ACTIVE = { add: ['tamma:active'], remove: ['needs-human-review'] };
const IDLE = { remove: ['tamma:active', 'tamma:needs-input', 'needs-human-review'] };

/** The parts become issues of their own, eligible like any other; the whole is left to them. */
function splitIssue(request: CommandRequest): Ruling {
  const { state, issue, runtime } = request;
  const label = runtime.config.labels.include[0];
  const parts = state.split.map(
    ({ title, body }, index): Intent => ({
      kind: 'create-issue',
      marker: `split-${issue}-${index + 1}`,
      title: title.slice(0, 120),
      body,
      labels: label ? [label] : [],
    }),
  );
  const cancelled = createDraft('WORKFLOW.CANCELLED', { reason: `split into ${parts.length} issues` });
  return accept(cancelled.data.reason, [cancelled], [...parts, ...relabel(request, IDLE)]);
}

function accept(
  message: string,
  events: Extract<Ruling, { accepted: true }>['events'],
  intents: Intent[],
): Ruling {
  return { accepted: true, message, events, intents };
}

function refuse(message: string): Ruling {
  return { accepted: false, message };
}

function relabel(
  { issue, state }: CommandRequest,
  { add, remove }: { add?: string[]; remove?: string[] },
): Intent[] {
  if (!state.issue || (!add && !remove)) return [];
  return [
    {
      kind: 'issue',
      number: issue,
      ...(add ? { addLabels: add } : {}),
      ...(remove ? { removeLabels: remove } : {}),
    },
  ];
}
