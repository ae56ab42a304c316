import { findContract } from './contract-file.ts';
import { createFaults, type Faults, type RequestFacts } from './faults.ts';
import { mergeWhenReady } from './model/auto-merge.ts';
import { advanceQueues } from './model/merge-queue.ts';
import { startRunsOf } from './model/runs.ts';
import type { Contract } from './openapi-contract.ts';
import type { ForgeEvent, Json, Repository, TokenKind, World } from './state.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';
import { createWorld } from './world.ts';

export type RequestRecord = RequestFacts & {
  query: Readonly<Record<string, string>>;
  body: unknown;
  /** What the client got; 0: a cut connection, null: nothing yet. */
  status: number | null;
  /** What the forge did, where a fault hid it. */
  effect: number | null;
  token: TokenKind | null;
  login: string | null;
  isWrite: boolean;
  apiVersion: string;
  fault: string | null;
};

/** A request or an answer that contradicts GitHub's description, or an operation the forge does not have. */
export type Violation = Omit<RequestFacts, 'kind'> & {
  kind: RequestFacts['kind'] | 'event' | 'run';
  problems: string[];
};

/** What the parts of the forge share. */
export type ForgeCore = {
  world: World;
  faults: Faults;
  requests: RequestRecord[];
  violations: Violation[];
  contract: Contract | undefined;
  webhooks: Webhooks;
  /** Repositories before the newest write, kept while a stale read is wanted. */
  former: Map<string, Repository> | undefined;
  /** One after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Called when everything that has happened is told. */
  onEvents(): void;
  /** Tells what has happened since the last time. */
  tellEvents(): Promise<void>;
};

export type ForgeOptions = {
  /** An empty folder for the bare repositories. */
  root: string;
  now?: () => Date;
  /** Signs the webhooks. */
  webhookSecret?: string;
  /** Holds payloads of webhooks against the description too; the forge's own tests do, since it costs time. */
  checkEvents?: boolean;
};

export function createCore(options: ForgeOptions): ForgeCore {
  const world = createWorld(options.now ?? (() => new Date()));
  const webhooks = createWebhooks(options.webhookSecret ?? 'forge-secret');
  let tail: Promise<unknown> = Promise.resolve();
  const core: ForgeCore = {
    world,
    onEvents() {},
    faults: createFaults(),
    requests: [],
    violations: [],
    contract: findContract(),
    webhooks,
    former: undefined,
    inTurn(work) {
      const result = tail.then(work);
      tail = result.catch(() => {});
      return result;
    },
    async tellEvents() {
      await mergeWhenReady(world);
      await advanceQueues(world);
      for (let cause = world.events.shift(); cause; cause = world.events.shift()) {
        const event = cause;
        const payload = await event.build();
        if (options.checkEvents) checkPayload(core, event, payload);
        await webhooks.tell(event, payload, () => startRunsOf(world, event, payload));
      }
      core.onEvents();
    },
  };
  return core;
}

function checkPayload(
  { contract, violations }: ForgeCore,
  { event, action }: ForgeEvent,
  payload: Json,
): void {
  const problems = contract?.checkWebhook(event, action, payload) ?? [];
  const path = [event, action].filter(Boolean).join('.');
  if (problems.length > 0)
    violations.push({ kind: 'event', method: 'EVENT', path, operations: [], problems });
}
