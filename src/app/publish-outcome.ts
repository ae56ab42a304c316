import type { ErrorCode } from '../core/errors.ts';
import type { EventDraft } from '../core/events/event.ts';
import type { Intent } from '../core/intents.ts';
import type { LoopState } from '../core/state.ts';
import { toEvents } from '../publish/effect-events.ts';
import type { Effect, PublishResult } from '../publish/effects.ts';
import { publishIntents } from '../publish/publish.ts';
import { MERGE_SHA } from '../steps/merge.ts';
import type { Runtime } from './runtime.ts';

export type Published =
  | { status: 'published'; events: EventDraft[] }
  /** What was read back before the obstacle is still worth recording. */
  | { status: 'blocked'; events: EventDraft[]; code: ErrorCode; reason: string };

type Outcome = { issue: number; state: LoopState; intents: readonly Intent[] };

/**
 * Publishes what a step wants and answers with the events of what was read back. May be repeated. What comes after a
 * merge is published with the merge's own SHA in its texts.
 */
export async function publishOutcome(
  runtime: Runtime,
  { issue, state, intents }: Outcome,
): Promise<Published> {
  const afterMerge = intents.findIndex((intent) => intent.kind === 'merge') + 1;
  const first = await publish(runtime, {
    issue,
    state,
    intents: intents.slice(0, afterMerge || intents.length),
  });
  if (first.status === 'blocked' || afterMerge === 0) return toPublished(first);
  const rest = await publish(runtime, {
    issue,
    state,
    intents: withMergeSha(intents.slice(afterMerge), first.effects),
  });
  return toPublished({ ...rest, effects: [...first.effects, ...rest.effects] });
}

function publish(
  { config, platform, repository, redactor }: Runtime,
  { issue, state, intents }: Outcome,
): Promise<PublishResult> {
  if (intents.length === 0) return Promise.resolve({ status: 'published', effects: [] });
  const scope = {
    issue,
    pull: state.pull?.number ?? null,
    protectedPaths: config.protected.add,
    workflows: [config.ci.workflow, config.deploy.workflow].filter((name) => name !== null),
    hosts: [platform.repository.split('/')[0] ?? ''],
  };
  return publishIntents({ intents, platform, repository, redactor, scope });
}

function withMergeSha(intents: readonly Intent[], effects: readonly Effect[]): Intent[] {
  const merged = effects.find((effect) => effect.kind === 'pull-merged');
  return intents.map((intent) =>
    merged && intent.kind === 'issue' && intent.comment
      ? {
          ...intent,
          comment: { ...intent.comment, body: intent.comment.body.replaceAll(MERGE_SHA, merged.mergeSha) },
        }
      : intent,
  );
}

function toPublished(result: PublishResult): Published {
  const events = toEvents(result.effects);
  if (result.status === 'published') return { status: 'published', events };
  return { status: 'blocked', events, code: result.code, reason: result.reason };
}
