import { TammaError } from '../../core/errors.ts';

/** What a failed request means. `status` 0: no answer came. */
export type Failure = {
  kind: 'auth' | 'limited' | 'refused' | 'unreachable';
  status: number;
  text: string;
  /** `limited` only: how long the platform wants us to wait. */
  waitMs?: number;
  /** Whether the throttling plugin has waited for this one already. */
  wasThrottled?: boolean;
  /** GraphQL's own error types, such as NOT_FOUND or STALE_DATA. */
  types?: readonly string[];
};

/** RequestError of @octokit/request-error and GraphqlResponseError of @octokit/graphql, as far as we rely on them. */
type Thrown = {
  status?: number;
  message?: string;
  errors?: readonly { type?: string; message?: string }[];
  headers?: Record<string, string | number | undefined>;
  response?: { headers?: Record<string, string | number | undefined>; data?: unknown };
};

/** GitHub waits at least a minute for after a secondary limit that names no time (docs, "Rate limits for the REST API"). */
const UNNAMED_WAIT_MS = 60_000;

/** Any error of a request, sorted. `now` is needed where the platform names a moment instead of a time to wait. */
export function toFailure(thrown: unknown, now: Date): Failure {
  const { status, message = '', errors, response, headers = response?.headers ?? {} } = thrown as Thrown;
  if (status === undefined && errors) return toGraphqlFailure(errors, headers, now);
  // An answer that is no HTTP answer: name resolution, a cut connection, our own time limit.
  if (status === undefined || !response) return { kind: 'unreachable', status: 0, text: message };
  const text = describe(message, response.data);
  if (status === 401) return { kind: 'auth', status, text };
  const isSecondary = /secondary rate|abuse detection/i.test(message);
  const isPrimary = String(headers['x-ratelimit-remaining']) === '0';
  const names = headers['retry-after'] !== undefined;
  if (status === 429 || (status === 403 && (isSecondary || isPrimary || names))) {
    const wasThrottled = /\bsecondary rate\b/i.test(message) || isPrimary;
    return { kind: 'limited', status, text, waitMs: findWait(headers, now), wasThrottled };
  }
  return { kind: status >= 500 || status === 408 ? 'unreachable' : 'refused', status, text };
}

function toGraphqlFailure(
  errors: readonly { type?: string; message?: string }[],
  headers: Record<string, string | number | undefined>,
  now: Date,
): Failure {
  const types = errors.map(({ type = '' }) => type);
  const text = errors.map(({ message }) => message).join('; ');
  if (types.includes('RATE_LIMITED'))
    return { kind: 'limited', status: 200, text, types, waitMs: findWait(headers, now), wasThrottled: true };
  // "Something went wrong while executing your query" has no type: GitHub's own failure.
  const isTheirs = types.every((type) => type === '') && /something went wrong|timeout/i.test(text);
  return { kind: isTheirs ? 'unreachable' : 'refused', status: isTheirs ? 502 : 200, text, types };
}

function findWait(headers: Record<string, string | number | undefined>, now: Date): number {
  const after = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(after)) return Math.max(0, after) * 1000;
  const reset = Number(headers['x-ratelimit-reset']);
  if (String(headers['x-ratelimit-remaining']) === '0' && Number.isFinite(reset))
    return Math.max(0, reset * 1000 - now.getTime()) + 1000;
  return UNNAMED_WAIT_MS;
}

/** The message and the reasons of a validation error, which are what tells. */
function describe(message: string, data: unknown): string {
  const { message: said, errors } = (data ?? {}) as { message?: unknown; errors?: unknown };
  const reasons = Array.isArray(errors)
    ? errors.map((error: { message?: string; code?: string; field?: string } | string) =>
        typeof error === 'string'
          ? error
          : (error.message ?? [error.field, error.code].filter((part) => part).join(' ')),
      )
    : [];
  return [typeof said === 'string' ? said : message, ...reasons]
    .filter((part) => part)
    .join('; ')
    .slice(0, 500);
}

const codes = {
  auth: 'PLATFORM_AUTH',
  limited: 'PLATFORM_RATE_LIMITED',
  refused: 'PLATFORM_REFUSED',
  unreachable: 'PLATFORM_UNREACHABLE',
} as const;

const WHERE_PERMISSIONS_ARE =
  'a job’s stand under `permissions` in the workflow, those of an App or a personal token in its settings';

/** What GitHub itself says that a refused request takes (docs, "Permissions required for fine-grained personal access tokens"); may be empty. */
export function describeNeeds(thrown: unknown): string {
  const { response } = (thrown ?? {}) as Thrown;
  return String(response?.headers?.['x-accepted-github-permissions'] ?? '')
    .split(';')
    .map((set) => set.trim().replaceAll('=', ': ').replaceAll('_', '-').replaceAll(',', ', '))
    .filter((set) => set !== '')
    .join(', or ');
}

/** `isWrite`: where no answer came, nobody knows whether it happened. */
export function toError(
  failure: Failure,
  what: string,
  { isWrite, cause }: { isWrite: boolean; cause: unknown },
) {
  const { kind, status, text, types = [], waitMs } = failure;
  const isAmbiguous = isWrite && kind === 'unreachable';
  const needs = status === 403 && /not accessible by/i.test(text) ? describeNeeds(cause) : '';
  const said = status === 0 ? text : `${status} ${text}${needs && ` (it takes ${needs})`}`;
  return new TammaError(codes[kind], `GitHub, ${what}: ${said}`.slice(0, 700), {
    details: { status, types: [...types], isAmbiguous },
    ...(needs ? { help: `Give the token the permission ${needs}: ${WHERE_PERMISSIONS_ARE}.` } : {}),
    ...(kind === 'limited' ? { retryAfterMs: waitMs ?? UNNAMED_WAIT_MS } : {}),
    cause,
  });
}

/** A write that may or may not have happened: only reading back tells. */
export function isAmbiguous(error: unknown): boolean {
  return error instanceof TammaError && error.details.isAmbiguous === true;
}

/** The HTTP status GitHub refused with; undefined for everything that is no refusal. */
export function refusedWith(error: unknown): number | undefined {
  const isRefusal = error instanceof TammaError && error.code === 'PLATFORM_REFUSED';
  return isRefusal && typeof error.details.status === 'number' ? error.details.status : undefined;
}

/** Whether GraphQL refused with this error type. */
export function hasType(error: unknown, type: string): boolean {
  const types = error instanceof TammaError ? error.details.types : undefined;
  return Array.isArray(types) && types.includes(type);
}
