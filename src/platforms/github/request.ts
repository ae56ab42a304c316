import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import { once } from '../../lib/once.ts';
import type { Clock } from '../../ports/host.ts';
import type { PlatformUsage } from '../../ports/platform.ts';
import { type Failure, refusedWith, toError, toFailure } from './failure.ts';
import { createMeter, type ObservedCall } from './meter.ts';
import { type Answer, createOctokit, MAX_WAIT_MS, type Parameters } from './octokit.ts';
import type { TokenSource } from './tokens.ts';

export type ApiOptions = {
  owner: string;
  repo: string;
  token: string;
  /** In place of the token, where one does not do for the whole run. */
  tokens?: TokenSource | undefined;
  apiUrl: string;
  clock: Clock;
  fetch?: typeof fetch;
  /** Told of every request that left, also of those that are repeated. */
  observe?: (call: ObservedCall) => void;
  /** Length of a second in waits and time limits: a test has no time for real ones. Default 1000 ms. */
  secondMs?: number;
};

/** The one way to GitHub: every request of the platform goes through here. Throws the PLATFORM_* errors only. */
export interface Api {
  readonly owner: string;
  readonly repo: string;
  /** As it came, with its headers. Repeated where GitHub does not answer. */
  ask(route: string, parameters?: Parameters): Promise<Answer>;
  /** Repeated where GitHub does not answer. */
  get<T>(schema: z.ZodType<T>, route: string, parameters?: Parameters): Promise<T>;
  /** The same; undefined where there is no such thing. */
  find<T>(schema: z.ZodType<T>, route: string, parameters?: Parameters): Promise<T | undefined>;
  /** All pages up to `maxPages`, a hundred entries each; `pick` finds the list where it is inside an object. */
  list<T>(
    schema: z.ZodType<T>,
    route: string,
    parameters?: Parameters,
    options?: { maxPages?: number; pick?: string },
  ): Promise<T[]>;
  /** Sent once; where no answer came the error says so (`isAmbiguous`), and the caller reads back. */
  write<T>(schema: z.ZodType<T>, route: string, parameters?: Parameters): Promise<T>;
  query<T>(schema: z.ZodType<T>, query: string, variables?: Parameters): Promise<T>;
  mutate<T>(schema: z.ZodType<T>, query: string, variables?: Parameters): Promise<T>;
  /** An answer that is a text of any size: its end, at most so many bytes. */
  tail(route: string, parameters: Parameters, maxBytes: number): Promise<string>;
  /** Waits before look `attempt` + 1. */
  pause(attempt: number): Promise<void>;
  usage(): PlatformUsage;
}

type Job = { what: string; isWrite: boolean; run(signal: AbortSignal): Promise<Answer> };

/** What GitHub calls its versions; without the header an Enterprise Server and a later default would differ. */
const API_VERSION = '2022-11-28';
const MAX_TRIES = 4;
const TIMEOUT_S = 30;

export function createApi(options: ApiOptions): Api {
  const { owner, repo, clock, secondMs = 1000 } = options;
  const meter = createMeter(options.observe, clock);
  const octokit = once(() => createOctokit(options, meter.plugin));
  const headers = { 'x-github-api-version': API_VERSION };
  // What is no part of the address would be sent as part of the body.
  const toPlace = (route: string) => (route.includes('{repo}') ? { owner, repo, headers } : { headers });
  const wait = (milliseconds: number) => sleep((milliseconds / 1000) * secondMs);

  async function run({ what, isWrite, run: send }: Job): Promise<Answer> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await send(AbortSignal.timeout(TIMEOUT_S * secondMs));
      } catch (cause) {
        if (cause instanceof TammaError) throw cause; // no token could be made
        const failure = toFailure(cause, clock.now());
        const pauseMs = findPause(failure, { isWrite, attempt });
        if (pauseMs === undefined) throw toError(failure, what, { isWrite, cause });
        await wait(pauseMs);
      }
    }
  }

  const request = (route: string, parameters: Parameters, isWrite: boolean) =>
    run({
      what: route,
      isWrite,
      run: async (signal) =>
        (await octokit()).request(route, { ...toPlace(route), ...parameters, request: { signal } }),
    });

  const graphql = async (query: string, variables: Parameters, isWrite: boolean) => {
    const what = `GraphQL ${/^\s*(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? 'query'}`;
    const send = async (signal: AbortSignal) => ({
      data: await (await octokit()).graphql(query, { ...variables, request: { signal } }),
      headers: {},
    });
    return { what, answer: await run({ what, isWrite, run: send }) };
  };

  async function get<T>(schema: z.ZodType<T>, route: string, parameters: Parameters = {}): Promise<T> {
    return parse(schema, (await request(route, parameters, false)).data, route);
  }

  return {
    owner,
    repo,
    ask: (route, parameters = {}) => request(route, parameters, false),
    get,
    async find(schema, route, parameters) {
      try {
        return await get(schema, route, parameters);
      } catch (error) {
        if (refusedWith(error) === 404) return undefined;
        throw error;
      }
    },
    async list(schema, route, parameters = {}, { maxPages = 10, pick } = {}) {
      const found: z.infer<typeof schema>[] = [];
      for (let page = 1; page <= maxPages; page += 1) {
        const { data, headers } = await request(route, { per_page: 100, ...parameters, page }, false);
        const entries = pick ? (data as Record<string, unknown> | null)?.[pick] : data;
        found.push(...parse(schema.array(), entries, route));
        if (!/rel="next"/.test(String(headers.link ?? ''))) break;
      }
      return found;
    },
    async write(schema, route, parameters = {}) {
      return parse(schema, (await request(route, parameters, true)).data, route);
    },
    async query(schema, query, variables = {}) {
      const { answer, what } = await graphql(query, variables, false);
      return parse(schema, answer.data, what);
    },
    async mutate(schema, query, variables = {}) {
      const { answer, what } = await graphql(query, variables, true);
      return parse(schema, answer.data, what);
    },
    async tail(route, parameters, maxBytes) {
      const { data } = await run({
        what: route,
        isWrite: false,
        run: async (signal) =>
          (await octokit()).request(route, {
            ...toPlace(route),
            ...parameters,
            request: { signal, parseSuccessResponseBody: false },
          }),
      });
      return readTail(data as AsyncIterable<Uint8Array>, maxBytes);
    },
    pause: (attempt) => wait(500 * 2 ** attempt),
    usage: meter.usage,
  };
}

/** How long to wait before the next try; undefined where there is none. A write whose fate is unknown is never sent again. */
function findPause(
  { kind, waitMs = 0, wasThrottled }: Failure,
  { isWrite, attempt }: { isWrite: boolean; attempt: number },
): number | undefined {
  if (attempt + 1 >= MAX_TRIES) return undefined;
  if (kind === 'limited') return wasThrottled || waitMs > MAX_WAIT_MS ? undefined : waitMs;
  return kind === 'unreachable' && !isWrite ? 500 * 2 ** attempt : undefined;
}

/** What we rely on of an answer; anything else of it is not looked at. */
export function parse<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new TammaError(
    'PLATFORM_UNREACHABLE',
    `GitHub, ${what}: an answer of an unknown form (${first?.path.join('.')}: ${first?.message})`,
  );
}

/** The end of a stream; what does not fit is forgotten as it comes. */
async function readTail(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  let kept: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const joined = Buffer.concat([kept, chunk]);
    kept = joined.subarray(Math.max(0, joined.length - maxBytes));
  }
  return kept.toString('utf8');
}
