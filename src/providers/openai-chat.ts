import { TammaError } from '../core/errors.ts';
import type { ModelLimits, Provider } from '../ports/provider.ts';
import { estimateUsage } from './message-parts.ts';
import { type ChatQuirks, toChatRequest } from './openai-request.ts';
import { addChunk, createChatDraft, describeDraft, finishChat } from './openai-stream.ts';
import { defaultTimes } from './stream-guard.ts';
import { type WireOptions, watchCall } from './watch-call.ts';

/** `engines` of openai 7. */
export const NEEDED_NODE = 22;

export type OpenAIOptions = WireOptions & { limits: ModelLimits; quirks: ChatQuirks; nodeVersion?: string };

/**
 * Chat Completions through OpenAI's SDK, at any base URL: OpenAI, the gateways, Gemini's compatible endpoint, servers of
 * one's own. The SDK's own retries and log are off. Throws NODE_TOO_OLD below the Node its SDK is made for.
 */
export async function createOpenAIChat(options: OpenAIOptions): Promise<Provider> {
  const { name, vendor, model, baseUrl, apiKey, tokens, limits, quirks } = options;
  const { times = defaultTimes, now = () => new Date(), nodeVersion = process.versions.node } = options;
  checkNode(name, nodeVersion);
  const { OpenAI } = await import('openai');
  return {
    name,
    vendor,
    model,
    limits: () => limits,
    async chat(request, { signal, onText } = {}) {
      const token = await tokens?.get();
      const body = toChatRequest(request, quirks);
      const draft = createChatDraft(request.model);
      return await watchCall({ name, apiKey: token ?? apiKey, times, now }, signal, {
        async run(guard) {
          // A client for each call, because its fetch carries the clocks of this call.
          const client = new OpenAI({
            apiKey: token ?? apiKey ?? 'none',
            baseURL: baseUrl,
            // Null keeps the variables of OpenAI's own account from reaching other servers.
            adminAPIKey: null,
            organization: null,
            project: null,
            webhookSecret: null,
            maxRetries: 0,
            timeout: times.wall,
            fetch: (input, init) => fetchUnlisted(guard.fetch, input, init),
            defaultHeaders: { ...quirks.headers },
            logLevel: 'off',
          });
          const call = client.chat.completions.create(body, { signal: guard.signal });
          const { data: stream, request_id: requestId } = await call.withResponse();
          for await (const chunk of stream) addChunk(draft, chunk, onText);
          // The SDK ends an aborted stream quietly.
          guard.signal.throwIfAborted();
          return { ...finishChat(draft, body, quirks), ...(requestId ? { requestId } : {}) };
        },
        findUsage: () => estimateUsage(body, describeDraft(draft)),
      });
    },
  };
}

function checkNode(name: string, version: string): void {
  if (Number.parseInt(version, 10) >= NEEDED_NODE) return;
  throw new TammaError(
    'NODE_TOO_OLD',
    `${name} speaks the openai-chat wire, whose SDK needs Node ${NEEDED_NODE} or newer; this is Node ${version}`,
  );
}

/** Gemini wraps its errors in a list, which the SDK reads as "no body". */
async function fetchUnlisted(
  fetch: typeof globalThis.fetch,
  ...call: Parameters<typeof fetch>
): Promise<Response> {
  const response = await fetch(...call);
  if (response.ok) return response;
  const text = await response.text();
  const inner = /^\s*\[([\s\S]*)\]\s*$/.exec(text)?.[1];
  return new Response(inner ?? text, response);
}
