import { createHash } from 'node:crypto';
import type { NewEvent } from '../src/core/events/event.ts';
import { stepIds } from '../src/core/loop.ts';

export const EVENTS_PER_BATCH = 5;
export const BATCHES_PER_ISSUE = 30;
/** Issues under way at once: their batches alternate. */
const ACTIVE = 12;
const YEAR_MS = 365 * 24 * 3600 * 1000;

export type MadeBatch = { issue: number; now: Date; events: NewEvent[] };

/**
 * What loops would write in a year, in batches of five: whole issues, twelve at once, events of some 950 bytes with ids,
 * digests and times as real ones have them. The same `total` gives the same events.
 */
export function* makeBatches(total: number, start = Date.parse('2025-11-20T00:00:00.000Z')) {
  const batches = Math.ceil(total / EVENTS_PER_BATCH);
  const gap = Math.min(60_000, YEAR_MS / batches);
  for (let index = 0; index < batches; index += 1) {
    const group = Math.floor(index / (ACTIVE * BATCHES_PER_ISSUE));
    const within = index % (ACTIVE * BATCHES_PER_ISSUE);
    const issue = group * ACTIVE + (within % ACTIVE) + 1;
    const round = Math.floor(within / ACTIVE);
    const now = new Date(start + Math.floor(index * gap));
    yield { issue, now, events: makeEvents(issue, round, now) } satisfies MadeBatch;
  }
}

/** One step of one issue, as a run records it. `round` counts the batches of the issue from 0. */
export function makeEvents(issue: number, round: number, now: Date): NewEvent[] {
  const stepId = stepIds[Math.floor((round * stepIds.length) / BATCHES_PER_ISSUE)] ?? 'MERGE';
  const run = `1700${String(issue).padStart(4, '0')}${String(round).padStart(2, '0')}`;
  const seed = `${issue}/${round}`;
  const isLast = round === BATCHES_PER_ISSUE - 1;
  const bodies: Pick<NewEvent, 'type' | 'data'>[] = [
    {
      type: 'WORKFLOW.STEP_STARTED',
      data: {
        stepId,
        run: 1 + (round % 2),
        holder: {
          runId: run,
          host: `fv-az${issue % 977}-${round}`,
          pid: 1800 + round,
          startedAt: now.toISOString(),
        },
        leaseUntil: new Date(now.getTime() + 3_660_000).toISOString(),
        because: `the step before it is done, and nothing waits for a person (state ${round * 5})`,
        onPosition: round * 5,
      },
    },
    {
      type: 'AI.REQUEST.SENT',
      data: {
        requestId: `${run}-1`,
        task: 'generateCode',
        turn: 1,
        requestDigest: digest(`${seed}q`),
        messages: 3 + round,
        estimatedUsd: 0.0431,
      },
    },
    {
      type: 'AI.RESPONSE.RECEIVED',
      data: {
        requestId: `${run}-1`,
        task: 'generateCode',
        turn: 1,
        responseDigest: digest(`${seed}a`),
        stopReason: 'tool_use',
        usage: {
          inputTokens: 4211 + issue,
          outputTokens: 811 + round,
          cacheReadTokens: 3000,
          cacheWriteTokens: 120,
        },
        costUsd: 0.0234,
        priceAsOf: '2026-11-01',
        durationMs: 8431 + issue,
      },
    },
    {
      type: 'COMMENT.PUBLISHED.SUCCESS',
      data: { number: issue, marker: `tamma:issue:${issue}:status`, bodyDigest: digest(`${seed}c`) },
    },
    isLast
      ? {
          type: 'WORKFLOW.COMPLETED',
          data: {
            issue,
            mergeSha: digest(`${seed}m`).slice(0, 40),
            costUsd: 1.2,
            steps: 15,
            summary: `Issue ${issue} was merged and closed; the branch is deleted.`,
          },
        }
      : {
          type: 'WORKFLOW.STEP_COMPLETED',
          data: {
            stepId,
            run: 1 + (round % 2),
            outcome: 'completed',
            summary: `Four files were read and two changed, 31 tests pass; the gate has nothing to say about issue ${issue}.`,
            durationMs: 61_234 + round,
          },
        },
  ];
  return bodies.map(
    (body, index) =>
      ({
        id: toId(now, `${seed}/${index}`),
        timestamp: new Date(now.getTime() + index).toISOString(),
        tags: {
          issueId: String(issue),
          runId: run,
          stepId,
          mode: 'dev',
          ...(body.type.startsWith('AI.') ? { provider: 'anthropic', model: 'claude-sonnet-4-5' } : {}),
        },
        metadata: {
          schemaVersion: 1,
          workflowVersion: '1',
          eventSource: 'system',
          actor: body.type.startsWith('AI.')
            ? { kind: 'ai', id: 'anthropic', login: 'claude-sonnet-4-5' }
            : { kind: 'system', id: 'tamma', login: 'tamma', via: 'github' },
          correlationId: `issue-${issue}`,
          causationId: toId(now, `${seed}/cause`),
          idempotencyKey: `${run}/1/${stepId}/${index}`,
        },
        ...body,
      }) as NewEvent,
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A UUIDv7 (RFC 9562, section 5.7) whose random part comes from the seed. */
function toId(now: Date, seed: string): string {
  const time = now.getTime().toString(16).padStart(12, '0');
  const random = digest(seed);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-a${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
