import { z } from 'zod';
import type { ProviderConfig } from '../../core/config/schema.ts';
import { vendors } from '../../core/config/vendors.ts';
import type { Environment } from '../compose.ts';
import { isOwnMachine } from './own-machine.ts';

type Search = {
  environment: Environment;
  /** Asked for by name; otherwise the first that the server lists. */
  model: string | undefined;
  fetch: typeof fetch;
};

/** A server on this machine answers at once; one that is not there refuses at once. */
const TIMEOUT_MS = 2_000;

const list = z.object({ data: z.array(z.object({ id: z.string().min(1).max(200) })) });

/**
 * A server of one's own that speaks OpenAI's API: at `TAMMA_BASE_URL`, else Ollama where it listens by itself
 * (docs.ollama.com, "OpenAI compatibility"). Nothing but the list of its models is asked for.
 */
export async function findLocalModel({
  environment,
  model,
  fetch,
}: Search): Promise<ProviderConfig | { reason: string }> {
  const given = environment.TAMMA_BASE_URL?.trim();
  if (given && !/^https?:\/\/[^/]/.test(given)) return { reason: 'TAMMA_BASE_URL is no http(s) address' };
  const ollama = environment.OLLAMA_BASE_URL?.trim() || vendors.ollama.baseUrl;
  const baseUrl = (given || ollama).replace(/\/+$/, '');
  const what = given ? 'TAMMA_BASE_URL' : 'Ollama';
  const models = await listModels(baseUrl, fetch);
  if (!models) return { reason: `${what} does not answer at ${new URL(baseUrl).host}` };
  const [first] = models;
  if (!first && !model) return { reason: `${what} has no model` };
  if (model && models.length > 0 && !models.includes(model))
    return { reason: `${what} has no model ${model}, but ${models.slice(0, 5).join(', ')}` };
  return {
    // Only what runs on this machine is known to cost nothing.
    vendor: !given ? 'ollama' : isOwnMachine(baseUrl) ? 'vllm' : 'openai-compatible',
    model: model ?? first ?? '',
    baseUrl,
    apiKeyEnv: null,
    priority: 100,
  };
}

/** Undefined where nobody answers. */
async function listModels(baseUrl: string, fetch: Search['fetch']): Promise<string[] | undefined> {
  try {
    const response = await fetch(`${baseUrl}/models`, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { data } = list.parse(await response.json());
    return data.map(({ id }) => id).filter((id) => /^[\w./:@+-]+$/.test(id));
  } catch {
    return undefined;
  }
}
