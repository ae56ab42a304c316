import { type ErrorCode, TammaError } from '../core/errors.ts';
import { maskTokens } from '../core/text/secret-patterns.ts';
import type { TokenUsage } from '../ports/provider.ts';
import { readRetryAfter } from './retry-after.ts';

/** What a failed call tells, whichever SDK or server told it. */
export type FailureFacts = {
  status: number | undefined;
  /** The vendor's own words for the kind of error: `type` and `code` of the body, as text. */
  type: string | undefined;
  code: string | undefined;
  message: string;
  headers: Headers | undefined;
  body: unknown;
  requestId: string | undefined;
};

export type FailureContext = {
  /** The provider's name, for the reader. */
  name: string;
  /** Masked wherever it appears: servers like to quote keys. */
  apiKey: string | undefined;
  now: Date;
  /** Whether the answer had begun: then a lost connection is a broken stream, not an unreachable server. */
  hasBegun: boolean;
  /** What the cut-off answer cost, as far as it is known. */
  usage?: TokenUsage;
};

type Rule = readonly [ErrorCode, (facts: FailureFacts) => boolean];

const QUOTA_CODES =
  /^(?:insufficient_quota|billing_\w+|(?:\w+_)?spend_limit_reached|organization_on_hold|linked_organization_billing_unavailable|insufficient_(?:credits|balance|funds)|1113)$/;
const REFUSAL_CODES = /^(?:content_filter|content_policy_violation|moderation_blocked|1301)$/;
const RATE_CODES = /^(?:rate_limit\w*|ramp_limit_exceeded|RESOURCE_EXHAUSTED|130[235])$/;
const OVERLOAD_CODES =
  /^(?:overloaded_error|server_error|server_is_overloaded|api_error|UNAVAILABLE|INTERNAL)$/;
const CONTEXT_WORDS =
  /prompt is too long|maximum context length|context (?:length|window|size)|too many (?:input )?tokens|input token count.*exceed/i;

const is = (pattern: RegExp, { type, code }: FailureFacts) =>
  pattern.test(type ?? '') || pattern.test(code ?? '');
const says = (pattern: RegExp, { message }: FailureFacts) => pattern.test(message);

/**
 * The first rule that holds names the error. Sources: apis.md A1 (Anthropic: spend limits are 429 and must not be
 * repeated), A2 (OpenAI), A4 (Gemini: one 429 for rate and for daily quota, a bad key is a 400), A6 (z.ai's numeric
 * codes), A8 (OpenRouter: moderation is a 403).
 */
const rules: readonly Rule[] = [
  ['PROVIDER_QUOTA', (facts) => facts.status === 402 || is(QUOTA_CODES, facts)],
  [
    'PROVIDER_QUOTA',
    (facts) => says(/credit balance is too low|insufficient (?:credits|balance|funds)/i, facts),
  ],
  ['PROVIDER_QUOTA', (facts) => facts.status === 429 && /PerDay/.test(JSON.stringify(facts.body ?? null))],
  ['PROVIDER_REFUSED', (facts) => is(REFUSAL_CODES, facts)],
  ['PROVIDER_REFUSED', (facts) => facts.status === 403 && says(/moderation|flagged/i, facts)],
  ['PROVIDER_AUTH', ({ status }) => status === 401 || status === 403],
  ['PROVIDER_AUTH', (facts) => is(/^(?:authentication_error|permission_error|invalid_api_key)$/, facts)],
  ['PROVIDER_AUTH', (facts) => says(/(?:invalid|incorrect) api key|api key not valid/i, facts)],
  ['PROVIDER_CONTEXT_OVERFLOW', (facts) => facts.status === 413 || is(/^context_length_exceeded$/, facts)],
  [
    'PROVIDER_CONTEXT_OVERFLOW',
    (facts) => isClientError(facts) && facts.status !== 429 && says(CONTEXT_WORDS, facts),
  ],
  ['PROVIDER_RATE_LIMITED', (facts) => facts.status === 429 || is(RATE_CODES, facts)],
  [
    'PROVIDER_OVERLOADED',
    (facts) => (facts.status ?? 0) >= 500 || (!facts.status && is(OVERLOAD_CODES, facts)),
  ],
  ['PROVIDER_UNREACHABLE', ({ status }) => status === 408],
  ['PROVIDER_INVALID_REQUEST', (facts) => isClientError(facts) || is(/^invalid_request_error$/, facts)],
];

function isClientError({ status }: FailureFacts): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

/** Any error of an SDK as one of ours. The key stands in none of its texts, and the SDK's own error is not kept: it may quote it. */
export function toProviderError(thrown: unknown, context: FailureContext): TammaError {
  const facts = readFacts(thrown);
  const lost: ErrorCode = context.hasBegun ? 'PROVIDER_STREAM_BROKEN' : 'PROVIDER_UNREACHABLE';
  const code = rules.find(([, holds]) => holds(facts))?.[0] ?? lost;
  const retryAfterMs = readRetryAfter(facts, context.now);
  return new TammaError(code, clean(`${context.name}: ${describe(facts)}`, context.apiKey), {
    details: {
      provider: context.name,
      ...(facts.status === undefined ? {} : { status: facts.status }),
      ...(facts.code === undefined ? {} : { code: clean(facts.code, context.apiKey) }),
      ...(facts.requestId === undefined ? {} : { requestId: facts.requestId }),
      ...(context.usage ? { usage: context.usage } : {}),
    },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Status, the vendor's word for it, and what it said, each once. */
function describe({ status, type, code, message }: FailureFacts): string {
  const word = type ?? (code === String(status) ? undefined : code);
  const kind = [status, word].filter((part) => part !== undefined).join(' ');
  const said = message.startsWith(`${status} `) ? message.slice(String(status).length + 1) : message;
  return kind ? `${kind}: ${said}` : said;
}

/** Reads both SDKs' APIError by its shape: they are alike but for where the body's `error` object hangs. */
function readFacts(thrown: unknown): FailureFacts {
  const error = toRecord(thrown);
  const body = toRecord(error.error);
  const inner = 'error' in body ? toRecord(body.error) : body;
  const code = toText(toRecord(inner.details).error_code) ?? toText(inner.code);
  const headers = error.headers instanceof Headers ? error.headers : undefined;
  return {
    // Inside a stream that began with 200 the gateways put the status into `code`.
    status: toStatus(error.status) ?? toStatus(inner.code),
    type: toText(inner.type) ?? toText(inner.status),
    code,
    message: toText(inner.message) ?? describeCause(thrown),
    headers,
    body: error.error,
    requestId: toText(error.requestID),
  };
}

function toStatus(value: unknown): number | undefined {
  const status = Number(value);
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** "fetch failed" says nothing; the innermost cause (ECONNREFUSED, ENOTFOUND, terminated) does. */
function describeCause(thrown: unknown): string {
  const words: string[] = [];
  for (let error = thrown; error instanceof Error && words.length < 4; error = error.cause) {
    if (error.message && !words.includes(error.message)) words.push(error.message);
  }
  return words.join(': ') || 'no further information';
}

/** One line, without control characters, without the key and what looks like one. The text is the server's: untrusted. */
function clean(text: string, apiKey: string | undefined): string {
  const masked = apiKey ? text.replaceAll(apiKey, '***') : text;
  return maskTokens(masked)
    .replace(/Bearer\s+\S+/gi, 'Bearer ***')
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .slice(0, 500);
}
