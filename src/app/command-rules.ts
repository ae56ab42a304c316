import { createDraft } from '../core/events/event.ts';
import type { Intent } from '../core/intents.ts';
import { getRow, isStepId, stepIds } from '../core/loop.ts';
import { formatCount } from '../lib/quantities.ts';
import { parseAnswers } from './answers.ts';
import { checkApproval } from './approval-check.ts';
import { decideHere } from './claim.ts';
import { ACTIVE, IDLE, openParts, relabel, withdrawMerge } from './command-intents.ts';
import { describeState } from './describe-state.ts';
import { completionEvents } from './end-events.ts';
import { type CommandRequest, type Ruling, refuse } from './ruling.ts';

type Rule = (request: CommandRequest) => Ruling | Promise<Ruling>;

/** One row a command people give: when it is accepted, and what it then means. */
export const commandRules = {
  run: async ({ runtime, state, issue }) => {
    const decision = decideHere(runtime, state);
    if (decision.kind !== 'run')
      return refuse('wrong-moment', state.wait ? describeState(state, issue) : decision.because);
    if (state.status === 'new') {
      const { state: shown, isPull } = await runtime.platform.issues.get(issue);
      if (isPull) return refuse('not-ours', `#${issue} is a pull request, and Tamma works on issues`);
      if (shown === 'closed') return refuse('wrong-moment', `issue ${issue} is closed`);
    }
    return accept(`${decision.stepId} comes next`, [], []);
  },

  feedback: ({ argument }) =>
    /^(?:up|down)(?:\s|$)/.test(argument)
      ? accept('thank you: it is on record', [], [])
      : refuse('unclear', 'say `feedback up` or `feedback down`, and why if you like'),

  approve: async (request) => {
    const { state, permission } = request;
    const check = await checkApproval(request);
    if (!check.accepted) return check;
    const { kind, digest, option } = check;
    return accept(
      `approved: ${kind} ${digest.slice(0, 16)}`,
      [
        createDraft('APPROVAL.GRANTED', {
          kind,
          digest,
          by: 'person',
          permission,
          ...(option ? { option } : {}),
        }),
      ],
      relabel(request, state.wait?.for === 'approval' ? { remove: ['tamma:needs-input'] } : {}),
    );
  },

  revise: ({ state, argument, issue }) => {
    const requested = state.requestedApproval;
    if (!requested) return refuse('wrong-moment', describeState(state, issue));
    if (!argument) return refuse('unclear', 'say what should be different: tamma revise --issue N "…"');
    const { kind, digest } = requested;
    const rejected = createDraft('APPROVAL.REJECTED', { kind, digest, feedback: argument.slice(0, 4000) });
    return accept(`${kind} goes back with your remark`, [rejected], []);
  },

  answer: (request) => {
    const { state, argument, issue } = request;
    if (state.wait?.for !== 'answers') return refuse('wrong-moment', describeState(state, issue));
    if (argument === 'split' && state.split.length > 0) return splitIssue(request);
    const parsed = parseAnswers(argument, state.questions);
    if (!parsed.ok) return refuse('unclear', parsed.reason);
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
      return refuse('wrong-moment', describeState(state, issue));
    const resolved = createDraft('ESCALATION.RESOLVED', { command: 'retry' });
    return accept(`${state.cursor} starts again with fresh attempts`, [resolved], relabel(request, ACTIVE));
  },

  resume: async (request) => {
    const { state, issue, runtime } = request;
    const isResumable = ['escalated', 'taken-over', 'stopped'].includes(state.status) || state.stepErrors;
    if (!isResumable) return refuse('wrong-moment', describeState(state, issue));
    const head = state.branch ? await runtime.platform.branches.find(state.branch) : undefined;
    if (state.branch && !head)
      return refuse('wrong-moment', `${state.branch} is gone: restore it, or stop the issue`);
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
      return refuse(
        'unclear',
        `there is no step ${argument || '(none given)'}; steps: ${stepIds.join(', ')}`,
      );
    if (!getRow(stepId).skippable) return refuse('wrong-moment', `${stepId} can be tightened, never skipped`);
    if (state.cursor !== stepId || state.status === 'done')
      return refuse('wrong-moment', describeState(state, issue));
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
    if (state.status === 'done' || state.status === 'taken-over')
      return refuse('wrong-moment', describeState(state, issue));
    const where = state.branch ? `the work is on ${state.branch}` : 'there is no branch yet';
    return accept(
      `it is yours: ${where}; \`tamma resume\` gives it back`,
      [createDraft('WORKFLOW.TAKEN_OVER', {})],
      [...relabel(request, IDLE), ...withdrawMerge(request)],
    );
  },

  stop: (request) => {
    const { state, issue } = request;
    if (state.status === 'done' || state.status === 'stopped')
      return refuse('wrong-moment', describeState(state, issue));
    const cancelled = createDraft('WORKFLOW.CANCELLED', {
      reason: request.argument.slice(0, 500) || 'a person said so',
    });
    const intents = [...relabel(request, IDLE), ...withdrawMerge(request)];
    return accept('stopped; `tamma resume` goes on', [cancelled], intents);
  },
} as const satisfies Record<string, Rule>;

export type CommandName = keyof typeof commandRules;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commandRules, name);
}

/** The whole is left to its parts. */
function splitIssue(request: CommandRequest): Ruling {
  const parts = openParts(request);
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
