import { type EventRequest, type EventSource, idle, type Sender } from '../event-request.ts';
import { at, findOwnIssue, isBot, toId, toNumber } from './payload.ts';

/** A label makes an issue eligible; an edited dashboard may have a box ticked. */
export function readIssues(payload: unknown, { mayMatter }: EventSource): EventRequest {
  const action = at(payload, 'action');
  const issue = toNumber(at(payload, 'issue', 'number'));
  const by = toSender(at(payload, 'sender'));
  if (!issue || !by) return idle('no person did it');
  if (at(payload, 'issue', 'pull_request')) return idle('it is a pull request');
  if (action === 'labeled') {
    const label = at(payload, 'label', 'name');
    const isOpen = at(payload, 'issue', 'state') === 'open';
    return isOpen && typeof label === 'string' && mayMatter(label)
      ? { kind: 'label', issue }
      : idle('the label means nothing to Tamma');
  }
  const body = at(payload, 'issue', 'body');
  const isDashboard = action === 'edited' && typeof body === 'string' && isTicked(body);
  return isDashboard && body.startsWith('<!-- tamma:')
    ? { kind: 'dashboard', number: issue, by }
    : idle('nothing was asked for');
}

export function readComment(payload: unknown): EventRequest {
  const number = toNumber(at(payload, 'issue', 'number'));
  const id = toId(at(payload, 'comment', 'id'));
  if (!number || !id) return idle('the comment has no number');
  return findMute(payload) ?? { kind: 'comment', on: 'comment', number, id };
}

export function readReviewComment(payload: unknown): EventRequest {
  const number = toNumber(at(payload, 'pull_request', 'number'));
  const id = toId(at(payload, 'comment', 'id'));
  if (!number || !id || !findOwnIssue(payload)) return idle('the pull request is not Tamma’s');
  return findMute(payload) ?? { kind: 'comment', on: 'review-comment', number, id };
}

/**
 * Why a comment asks for nothing; undefined where its first line is a command, given just now. Who may not give it is
 * refused on record, bots and apps too: nothing we write begins like this.
 */
function findMute(payload: unknown): EventRequest | undefined {
  if (at(payload, 'action') !== 'created') return idle('only new comments count');
  const body = at(payload, 'comment', 'body');
  return typeof body === 'string' && /^\/tamma(?:[ \t]|\r?\n|$)/.test(body)
    ? undefined
    : idle('it is no command');
}

/** Approvals, requests for changes and comments on lines are answers; of others' pull requests they are not ours. Bots review all day. */
export function readReview(payload: unknown): EventRequest {
  if (at(payload, 'action') !== 'submitted') return idle('only new reviews count');
  const issue = findOwnIssue(payload);
  const pull = toNumber(at(payload, 'pull_request', 'number'));
  const id = toId(at(payload, 'review', 'id'));
  if (!issue || !pull || !id) return idle('the pull request is not Tamma’s');
  const isApproval = at(payload, 'review', 'state') === 'approved';
  return isApproval || !isBot(payload) ? { kind: 'review', issue, pull, id } : idle('a bot wrote it');
}

/** A box of the dashboard somebody has ticked: its line is a command of ours. */
function isTicked(body: string): boolean {
  return /^ {0,4}- \[x\] `[a-z-]+(?: #\d+)?`/im.test(body);
}

function toSender(value: unknown): Sender | undefined {
  const id = toId(at(value, 'id'));
  const login = at(value, 'login');
  const isPerson = at(value, 'type') === 'User' && typeof login === 'string' && /^[\w-]{1,100}$/.test(login);
  return id && isPerson ? { id, login } : undefined;
}
