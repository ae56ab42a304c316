import { isOfType, type LoggedEvent } from '../events/event.ts';
import { upcast } from '../events/upcasters.ts';
import { issueOf, type Projection } from './projection.ts';
import { FOLD_VERSION } from './version.ts';

/** Who begins runs for issues of the queue: the trigger's name in the log. */
export const QUEUE_TRIGGER = 'queue';

/** Of one account the newest so many refusals are remembered, and of accounts those that were refused last. */
export const REFUSALS_KEPT = 50;
const ACCOUNTS = 1000;

/** So many sources of commands are remembered, the newest: what is older is looked up in its issue. */
const SOURCES = 500;

type Refusal = { timestamp: string; issue: number | null };

export type Activity = {
  /** US dollars by UTC day. */
  costs: Map<string, number>;
  /** By account, in no order. */
  refusals: Map<string, Refusal[]>;
  /** When a run was last begun for an issue that has not been selected since. */
  starts: Map<number, string>;
  /** Where commands were given that have been answered, oldest first. */
  sources: Set<string>;
};

/** What happens across issues: what they cost, who was refused, what was begun and what was heard. */
export const activityProjection: Projection<Activity> = {
  name: 'activity',
  version: FOLD_VERSION,
  every: 1000,
  create: () => ({ costs: new Map(), refusals: new Map(), starts: new Map(), sources: new Set() }),
  take(activity, event) {
    takers[event.type]?.(activity, upcast(event));
  },
  toJson: ({ costs, refusals, starts, sources }) => ({
    costs: [...costs],
    refusals: [...refusals].map(([account, list]) => [
      account,
      list.map(({ timestamp, issue }) => [timestamp, issue]),
    ]),
    starts: [...starts],
    sources: [...sources],
  }),
  fromJson(json) {
    const { costs, refusals, starts, sources } = json as ActivityJson;
    return {
      costs: new Map(costs),
      refusals: new Map(
        refusals.map(([account, list]) => [
          account,
          list.map(([timestamp, issue]) => ({ timestamp, issue })),
        ]),
      ),
      starts: new Map(starts),
      sources: new Set(sources),
    };
  },
};

type ActivityJson = {
  costs: [string, number][];
  refusals: [string, [string, number | null][]][];
  starts: [number, string][];
  sources: string[];
};

const takers: Readonly<Partial<Record<string, (activity: Activity, event: LoggedEvent) => void>>> = {
  'AI.RESPONSE.RECEIVED': addCost,
  'AI.REQUEST.FAILED': addCost,
  'COMMAND.RECEIVED': ({ sources }, event) => addSource(sources, event),
  'COMMAND.REFUSED'({ sources, refusals }, event) {
    addSource(sources, event);
    if (isOfType(event, 'COMMAND.REFUSED')) addRefusal(refusals, event);
  },
  'TRIGGER.ACTIVATED'({ starts }, event) {
    const issue = issueOf(event);
    if (issue === undefined || !isOfType(event, 'TRIGGER.ACTIVATED')) return;
    if (event.data.triggerName !== QUEUE_TRIGGER) return;
    const before = starts.get(issue) ?? '';
    starts.set(issue, event.timestamp > before ? event.timestamp : before);
  },
  'ISSUE.SELECTED'({ starts }, event) {
    const issue = issueOf(event);
    if (issue !== undefined && isOfType(event, 'ISSUE.SELECTED')) starts.delete(issue);
  },
};

function addCost({ costs }: Activity, event: LoggedEvent): void {
  if (!isOfType(event, 'AI.RESPONSE.RECEIVED') && !isOfType(event, 'AI.REQUEST.FAILED')) return;
  const day = event.timestamp.slice(0, 10);
  costs.set(day, (costs.get(day) ?? 0) + event.data.costUsd);
}

function addSource(sources: Activity['sources'], { tags: { source } }: LoggedEvent): void {
  if (source === undefined) return;
  sources.delete(source);
  sources.add(source);
  const [oldest] = sources;
  if (sources.size > SOURCES && oldest !== undefined) sources.delete(oldest);
}

/** The newest by their own time, so that a clock that was wrong once does not hide them. */
function addRefusal(refusals: Activity['refusals'], event: LoggedEvent): void {
  const { id } = event.metadata.actor;
  const list = [...(refusals.get(id) ?? []), { timestamp: event.timestamp, issue: issueOf(event) ?? null }];
  list.sort((a, b) => b.timestamp.localeCompare(a.timestamp));
  refusals.delete(id);
  refusals.set(id, list.slice(0, REFUSALS_KEPT));
  const [oldest] = refusals.keys();
  if (refusals.size > ACCOUNTS && oldest !== undefined) refusals.delete(oldest);
}
