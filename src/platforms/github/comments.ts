import type { Comment, CommentPlace, CommentPort, Said } from '../../ports/platform/issues.ts';
import { toActor } from './actors.ts';
import { anything, comment, type RawComment } from './answers.ts';
import { converge, createOnce } from './converge.ts';
import { refusedWith } from './failure.ts';
import { addMarker, hasMarker, splitMarker } from './markers.ts';
import type { Api } from './request.ts';
import type { Self } from './self.ts';

export type CommentReader = (raw: readonly RawComment[]) => Promise<Comment[]>;

/**
 * Comments as the port has them. Who we are is asked for only where something that looks like one of ours is by the
 * account of a person: what an app has marked so is nobody's input, whichever app it is.
 */
export function createCommentReader(self: () => Promise<Pick<Self, 'id'>>): CommentReader {
  return async (raw) => {
    const isUnclear = raw.some(({ body, user }) => hasMarker(body) && user?.type !== 'Bot');
    const own = isUnclear ? (await self()).id : undefined;
    return raw.map((entry) => toComment(entry, own));
  };
}

export function toComment(raw: RawComment, own: string | undefined): Comment {
  const author = toActor(raw.user, raw.performed_via_github_app);
  const isOurs = author.id === own || raw.user?.type === 'Bot';
  const { marker, body } = isOurs ? splitMarker(raw.body) : { marker: null, body: raw.body };
  return {
    id: String(raw.id),
    author: marker === null ? author : { ...author, kind: 'system' },
    createdAt: raw.created_at,
    editedAt: raw.updated_at === raw.created_at ? null : raw.updated_at,
    body,
    marker,
  };
}

const routes = {
  comment: {
    one: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
    all: 'GET /repos/{owner}/{repo}/issues/comments',
  },
  'review-comment': {
    one: 'GET /repos/{owner}/{repo}/pulls/comments/{comment_id}',
    all: 'GET /repos/{owner}/{repo}/pulls/comments',
  },
} as const satisfies Record<CommentPlace['kind'], Record<string, string>>;

type Kind = CommentPlace['kind'];

export function createCommentPort(
  api: Api,
  read: CommentReader,
  self: () => Promise<Pick<Self, 'id'>>,
): CommentPort {
  const toSaid = async (kind: Kind, raw: readonly RawComment[]): Promise<Said[]> => {
    const comments = await read(raw);
    return comments.flatMap((entry, index) => {
      const [, where, digits] = PLACE.exec(raw[index]?.html_url ?? '') ?? [];
      if (!digits) return [];
      return [{ ...entry, place: { kind, number: Number(digits), id: entry.id }, onPull: where === 'pull' }];
    });
  };
  const listSince = async (kind: Kind, since: string) =>
    toSaid(kind, await api.list(comment, routes[kind].all, { since, sort: 'created', direction: 'desc' }));
  return {
    async get({ kind, id, number }) {
      if (!/^[1-9]\d{0,18}$/.test(id)) return undefined;
      const raw = await api.find(comment, routes[kind].one, { comment_id: id });
      const [said] = raw ? await toSaid(kind, [raw]) : [];
      return said?.place.number === number ? said : undefined;
    },
    async since(time) {
      const all = [await listSince('comment', time), await listSince('review-comment', time)].flat();
      return all.sort((a, b) => a.createdAt.localeCompare(b.createdAt) || Number(a.id) - Number(b.id));
    },
    async keep(number, { marker, body }) {
      const { id: own } = await self();
      await converge(api, async () => {
        await writeSticky(api, await listComments(api, number), { number, marker, body, own });
      });
    },
  };
}

/** The page of a comment says where it stands: `…/issues/7#issuecomment-1`, `…/pull/12#discussion_r1`. */
const PLACE = /\/(issues|pull)\/([1-9]\d{0,9})#[^/]*$/;

export function listComments(api: Api, number: number): Promise<RawComment[]> {
  return api.list(comment, 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    issue_number: number,
  });
}

type Sticky = { number: number; marker: string; body: string; own: string };

/**
 * Brings our comment of this marker to this text and answers with all comments as they are then; the same list where
 * nothing had to be written. A second one, made by a run that was not told of the first, goes.
 */
export async function writeSticky(
  api: Api,
  known: readonly RawComment[],
  { number, marker, body, own }: Sticky,
): Promise<readonly RawComment[]> {
  const text = addMarker(marker, body);
  const isOurs = (raw: RawComment) =>
    String(raw.user?.id) === own && splitMarker(raw.body).marker === marker.trim();
  const [first, ...others] = known.filter(isOurs);
  for (const { id } of others) await remove(api, id);
  const rest = others.length === 0 ? known : known.filter((entry) => !others.includes(entry));
  if (!first) {
    const created = await createOnce(api, {
      create: () =>
        api.write(comment, 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          issue_number: number,
          body: text,
        }),
      find: async () => (await listComments(api, number)).find(isOurs),
    });
    return [...rest, created];
  }
  if (first.body === text) return rest;
  const edited = await api.write(comment, 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
    comment_id: first.id,
    body: text,
  });
  return rest.map((entry) => (entry === first ? edited : entry));
}

async function remove(api: Api, id: number): Promise<void> {
  try {
    await api.write(anything, 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      comment_id: id,
    });
  } catch (error) {
    if (refusedWith(error) !== 404) throw error;
  }
}
