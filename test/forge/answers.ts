import type { Actor, Json, Repository, Role, Scopes, Token, World } from './state.ts';

export type Call = {
  world: World;
  token: Token;
  actor: Actor;
  /** As it was asked, for links to other pages. */
  path: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  body: Json;
  headers: Readonly<Record<string, string | undefined>>;
};
export type RepositoryCall = Call & { repository: Repository };

/** `body` undefined: none. `text` goes out as it is. */
export type Answer = { status: number; body?: unknown; text?: string; headers?: Record<string, string> };

/** One operation. `needs` are the token permissions of GitHub's documentation, any one of the sets. */
export type Route<C extends Call = RepositoryCall> = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/repos/{owner}/{repo}` where it is an operation on a repository. */
  path: string;
  needs: readonly Scopes[];
  /** What a person must be here; by default `read` to read and `write` to write. */
  role?: Role;
  handle(call: C): Answer | Promise<Answer>;
};

/** An operation GitHub refuses; becomes the answer of the request. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Json;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, more: Json = {}, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.headers = headers;
    this.body = {
      message,
      ...more,
      documentation_url: 'https://docs.github.com/rest',
      status: String(status),
    };
  }
}

export const notFound = () => new Refusal(404, 'Not Found');

export const invalid = (resource: string, field: string, code: string, message?: string) =>
  new Refusal(422, 'Validation Failed', {
    errors: [{ resource, field, code, ...(message === undefined ? {} : { message }) }],
  });

export const ok = (body: unknown, headers?: Record<string, string>): Answer => ({
  status: 200,
  body,
  ...(headers ? { headers } : {}),
});
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent = (): Answer => ({ status: 204 });

/** One page of a list, with GitHub's Link header. `per_page` is 30 unless told, 100 at most. */
export function page<T>(call: Call, all: readonly T[]): { items: T[]; headers: Record<string, string> } {
  const size = Math.min(100, Math.max(1, Number(call.query.per_page ?? 30)));
  const current = Math.max(1, Number(call.query.page ?? 1));
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (number: number, rel: string) => {
    const query = new URLSearchParams({ ...call.query, page: String(number) });
    return `<${call.world.url}${call.path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(current > 1 ? [link(current - 1, 'prev'), link(1, 'first')] : []),
    ...(current < last ? [link(current + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    items: all.slice((current - 1) * size, current * size),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

/** A page as the whole answer; `view` makes each item, `wrap` the body around them where GitHub counts. */
export async function list<T>(
  call: RepositoryCall,
  all: readonly T[],
  view: (item: T) => unknown,
  wrap: (items: unknown[], total: number) => unknown = (items) => items,
): Promise<Answer> {
  const { items, headers } = page(call, all);
  return ok(wrap(await Promise.all(items.map(view)), all.length), headers);
}

export function readText(body: Json, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string')
    throw new Refusal(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(value)} is not a string.`);
  return value;
}

export function needText(body: Json, name: string): string {
  const value = readText(body, name);
  if (value === undefined) throw new Refusal(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
  return value;
}

export function readList(body: Json, name: string): string[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value))
    throw new Refusal(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(value)} is not an array.`);
  return value.map((item) => (typeof item === 'string' ? item : String((item as { name?: unknown }).name)));
}
