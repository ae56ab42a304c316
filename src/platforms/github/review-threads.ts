import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import type { ReviewThread } from '../../ports/platform/pulls.ts';
import { toActor } from './actors.ts';
import { hasMarker, splitMarker } from './markers.ts';
import type { Api } from './request.ts';
import type { Self } from './self.ts';

const time = z.string().transform((text) => new Date(text).toISOString());
const author = z
  .object({ __typename: z.string(), login: z.string(), databaseId: z.number().nullish() })
  .nullable();

const thread = z.object({
  id: z.string(),
  isResolved: z.boolean(),
  path: z.string(),
  line: z.int().nullish(),
  comments: z.object({
    nodes: z.array(
      z.object({
        databaseId: z.number(),
        body: z.string(),
        createdAt: time,
        lastEditedAt: time.nullish(),
        author,
        pullRequestReview: z.object({ databaseId: z.number().nullish() }).nullish(),
      }),
    ),
  }),
});

const page = z.object({
  repository: z
    .object({
      pullRequest: z
        .object({
          reviewThreads: z.object({
            pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
            nodes: z.array(thread),
          }),
        })
        .nullable(),
    })
    .nullable(),
});

/** REST has no threads. A hundred threads a page, of each the first hundred comments. */
const QUERY = `query reviewThreads($owner: String!, $repo: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved path line
          comments(first: 100) {
            nodes {
              databaseId body createdAt lastEditedAt
              author { __typename login ... on User { databaseId } ... on Bot { databaseId } }
              pullRequestReview { databaseId }
            }
          }
        }
      }
    }
  }
}`;

const MAX_PAGES = 5;

type RawThread = z.infer<typeof thread>;
type ThreadComment = ReviewThread['comments'][number];

export async function readThreads(
  api: Api,
  self: () => Promise<Pick<Self, 'id'>>,
  number: number,
): Promise<ReviewThread[]> {
  const nodes = await listNodes(api, number);
  const isMarked = nodes.some(({ comments }) => comments.nodes.some(({ body }) => hasMarker(body)));
  const own = isMarked ? (await self()).id : undefined;
  return nodes.map((node) => toThread(node, own));
}

async function listNodes(api: Api, number: number): Promise<RawThread[]> {
  const found: RawThread[] = [];
  let after: string | null = null;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const variables: Record<string, unknown> = { owner: api.owner, repo: api.repo, number, after };
    const { repository }: z.infer<typeof page> = await api.query(page, QUERY, variables);
    const threads = repository?.pullRequest?.reviewThreads;
    if (!threads) throw new TammaError('REALITY_DISAGREES', `there is no pull request #${number}`);
    found.push(...threads.nodes);
    if (!threads.pageInfo.hasNextPage) break;
    after = threads.pageInfo.endCursor ?? null;
  }
  return found;
}

function toThread(
  { id, isResolved, path, line, comments }: RawThread,
  own: string | undefined,
): ReviewThread {
  const entries = comments.nodes.map((raw) => toComment(raw, own));
  return { id, path, line: line ?? null, resolved: isResolved, comments: entries };
}

function toComment(raw: RawThread['comments']['nodes'][number], own: string | undefined): ThreadComment {
  const who = toActor(toAccount(raw.author));
  const { marker, body } = who.id === own ? splitMarker(raw.body) : { marker: null, body: raw.body };
  const reviewId = raw.pullRequestReview?.databaseId;
  return {
    id: String(raw.databaseId),
    author: marker === null ? who : { ...who, kind: 'system' },
    createdAt: raw.createdAt,
    editedAt: raw.lastEditedAt ?? null,
    body,
    marker,
    reviewId: reviewId ? String(reviewId) : null,
  };
}

/** GraphQL leaves out the `[bot]` that REST appends. */
function toAccount(given: z.infer<typeof author>) {
  if (!given?.databaseId) return null;
  const { __typename: type, databaseId: id, login } = given;
  return { id, type, login: type === 'Bot' && !login.endsWith('[bot]') ? `${login}[bot]` : login };
}
