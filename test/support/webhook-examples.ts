import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export type WebhookExample = { name: string; payload: unknown };

/** The example payloads GitHub has published, by the name of their event: 329 of them. */
export function readWebhookExamples(): WebhookExample[] {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
  const definitions = JSON.parse(readFileSync(file, 'utf8')) as { name: string; examples: unknown[] }[];
  return definitions.flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));
}
