import { type EventRequest, type EventSource, idle, MAX_LINEAGE } from '../event-request.ts';
import { at, isBot, toNumber } from './payload.ts';

/** What begins a round, or the step of one issue: a clock, a push, a person, a run of our own. */

export function readDispatch(payload: unknown): EventRequest {
  const issue = at(payload, 'inputs', 'issue') ?? '';
  const lineage = toLineage(at(payload, 'inputs', 'lineage'));
  if (lineage > MAX_LINEAGE) return idle(`the chain has ${lineage} links; the schedule goes on from here`);
  if (isBot(payload) && lineage === 0)
    return idle('a bot started it, and no chain of Tamma’s own leads here');
  if (issue === '') return { kind: 'orchestrate' };
  const number = toNumber(issue);
  return number ? { kind: 'step', issue: number, lineage } : idle('the input issue is no number');
}

/** Whoever may send one may write: `event_type` begins with `tamma`, `client_payload.issue` is a number or not there. */
export function readRepositoryDispatch(payload: unknown): EventRequest {
  const type = at(payload, 'action');
  if (typeof type !== 'string' || !/^tamma(?:[-_:.]|$)/.test(type))
    return idle('it is meant for somebody else');
  if (isBot(payload)) return idle('a bot sent it');
  const issue = at(payload, 'client_payload', 'issue');
  if (issue === undefined || issue === null || issue === '') return { kind: 'orchestrate' };
  const number = toNumber(issue);
  return number ? { kind: 'step', issue: number, lineage: 0 } : idle('client_payload.issue is no number');
}

export function readPush(payload: unknown): EventRequest {
  if (payload === undefined) return { kind: 'orchestrate' };
  const branch = at(payload, 'repository', 'default_branch');
  const isDefault = typeof branch === 'string' && at(payload, 'ref') === `refs/heads/${branch}`;
  if (!isDefault || at(payload, 'deleted') === true) return idle('the push is not to the default branch');
  return isBot(payload) ? idle('a bot pushed it') : { kind: 'orchestrate' };
}

/** How many runs of our own led to this one; 0 where a person or the schedule began. */
export function readLineage({ name, payload }: Pick<EventSource, 'name' | 'payload'>): number {
  return name === 'workflow_dispatch' ? toLineage(at(payload, 'inputs', 'lineage')) : 0;
}

function toLineage(value: unknown): number {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : 0;
}
