import { createHmac, randomUUID } from 'node:crypto';
import type { ForgeEvent, Json } from './state.ts';

export type Delivery = {
  id: string;
  event: string;
  action: string | undefined;
  repository: string;
  payload: Json;
  body: string;
  /** `X-Hub-Signature-256` */
  signature: string;
  /** By whom, and with what kind of token. */
  cause: ForgeEvent;
  url: string | null;
};

export type DeliveryRule = { event: string; action?: string; copies: number; times?: number };
export type Listener = (delivery: Delivery) => void | Promise<void>;
export type Webhooks = {
  /** Every delivery, also where nobody listens. A delivery that a rule suppressed is not here. */
  deliveries: Delivery[];
  /** Sends deliveries of these events (all without names) to a URL, signed. */
  send(url: string, events?: readonly string[]): void;
  /** Called with each delivery, in this process. */
  listen(listener: Listener): void;
  /** How often deliveries of an event arrive: 0 never, 2 twice. */
  rule(rule: DeliveryRule): void;
  /** `onCopy` is called as often as the event arrives, before anybody else learns of it. */
  tell(event: ForgeEvent, payload: Json, onCopy?: () => Promise<void>): Promise<void>;
  settled(): Promise<void>;
};

/** Queues each event, signs it, and brings it to whoever listens, as often as the rules say. */
export function createWebhooks(secret: string): Webhooks {
  const deliveries: Delivery[] = [];
  const targets: { url: string; events: readonly string[] | undefined }[] = [];
  const listeners: Listener[] = [];
  const rules: { rule: DeliveryRule; left: number }[] = [];
  const running = new Set<Promise<unknown>>();

  function takeCopies({ event, action }: ForgeEvent): number {
    const found = rules.find(
      ({ rule, left }) =>
        left > 0 && rule.event === event && (rule.action === undefined || rule.action === action),
    );
    if (found) found.left -= 1;
    return found?.rule.copies ?? 1;
  }

  function run(work: Promise<unknown>): void {
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  return {
    deliveries,
    send: (url, events) => void targets.push({ url, events }),
    listen: (listener) => void listeners.push(listener),
    rule: (rule) => void rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }),
    async tell(cause, payload, onCopy) {
      const { event, action, repository } = cause;
      const body = JSON.stringify(payload);
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      const id = randomUUID();
      const delivery = {
        id,
        event,
        action,
        repository: repository.fullName,
        payload,
        body,
        signature,
        cause,
        url: null,
      };
      for (let copy = takeCopies(cause); copy > 0; copy -= 1) {
        deliveries.push(delivery);
        await onCopy?.();
        for (const listener of listeners) run(Promise.resolve(listener(delivery)));
        for (const { url, events } of targets) {
          if (!events || events.includes(event)) run(post(url, delivery));
        }
      }
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** A receiver that is not there misses it, as at GitHub. */
async function post(url: string, { id, event, body, signature }: Delivery): Promise<void> {
  const request = fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/forge',
      'x-github-delivery': id,
      'x-github-event': event,
      'x-hub-signature-256': signature,
    },
  });
  await request.catch(() => undefined);
}
