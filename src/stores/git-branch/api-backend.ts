import { createHash } from 'node:crypto';
import { TammaError } from '../../core/errors.ts';
import { createTree, formatOf } from '../../lib/git-object-format.ts';
import type { ApiComparison, ApiObject, BranchApi } from '../../ports/branch-api.ts';
import { toApiFiles } from './api-files.ts';
import type { BranchMove, GitObject, LogBackend, PublishOutcome, Sync } from './log-backend.ts';
import type { SeenHead } from './seen-head.ts';
import { toRewritten } from './tip.ts';

export type ApiBackendOptions = {
  api: BranchApi;
  branch: string;
  /** What this machine saw of the branch last. */
  seen: SeenHead;
  /** The same branch through git: nothing else has a whole history. */
  openGit: () => LogBackend;
};

/** The branch through the API of its platform, which makes the commits: for networks where git is closed. Nothing is parked. */
export function createApiBackend(options: ApiBackendOptions): LogBackend {
  const { api, branch, openGit } = options;
  const place = `branch ${branch} of ${api.place}`;
  const commits = new Map<string, GitObject>();
  const context: Context = { ...options, place, commits };
  const translate = <T>(act: Promise<T>): Promise<T> =>
    act.catch((error: unknown) => {
      throw toApiLogError(error, place);
    });
  return {
    place,
    sync: (known) => translate(sync(context, known)),
    read: (ids, more) => translate(read(context, ids, more?.below ?? false)),
    findFormat: () => Promise.resolve('sha1'),
    publish: (move) => publish(context, move),
    clone: (commit) => openGit().clone(commit),
    close() {},
  };
}

type Context = ApiBackendOptions & {
  place: string;
  /** The head that was seen last, and those before it that came along. */
  commits: Map<string, GitObject>;
};

async function sync({ api, branch, seen, place, commits }: Context, known: string | null): Promise<Sync> {
  const head = await api.findHead(branch);
  const before = known ?? (await seen.read());
  if (!head) {
    if (before !== null) throw toRewritten(place, before, null);
    return { commit: null, parked: [] };
  }
  if (head.id !== known) {
    const between = before === null || before === head.id ? undefined : await api.compare(before, head.id);
    if (between) checkFollows(between, { before: before ?? '', commit: head.id, place });
    commits.clear();
    for (const [id, commit] of [...(between?.commits ?? []), [head.id, head.commit] as const])
      commits.set(id, toGitObject(id, commit, place));
    await seen.write(head.id);
  }
  return { commit: head.id, parked: [] };
}

/** A replica that lags behind shows an older head for a moment. */
function checkFollows(
  { relation }: ApiComparison,
  { before, commit, place }: { before: string; commit: string; place: string },
): void {
  if (relation === 'apart' || relation === 'behind')
    throw toRewritten(place, before, commit, { transient: relation === 'behind' });
}

async function read({ api, place, commits }: Context, ids: readonly string[], below: boolean) {
  const found = new Map<string, GitObject>();
  for (let wanted = [...ids]; wanted.length > 0; ) {
    const missing = wanted.filter((id) => !commits.has(id));
    const fetched = missing.length === 0 ? new Map<string, ApiObject>() : await api.read(missing);
    const next: string[] = [];
    for (const id of wanted) {
      const object = fetched.get(id);
      const whole = commits.get(id) ?? (object && toGitObject(id, object, place));
      if (whole) found.set(id, whole);
      if (object?.type === 'tree') next.push(...object.entries.map((entry) => entry.id));
    }
    wanted = below ? next.filter((id) => !found.has(id)) : [];
  }
  return found;
}

/** Trees and blobs are checked by their id. Of a commit the API tells less than what its id is made of. */
function toGitObject(id: string, object: ApiObject, place: string): GitObject {
  if (object.type === 'commit') return { id, type: 'commit', content: toCommitContent(object) };
  const format = formatOf(id);
  const content =
    object.type === 'tree' ? createTree(object.entries, format).content : Buffer.from(object.content);
  const actual = createHash(format)
    .update(`${object.type} ${content.length}\0`)
    .update(content)
    .digest('hex');
  if (actual === id) return { id, type: object.type, content };
  throw new TammaError('LOG_CORRUPT', `${place}: the platform gave something else as ${object.type} ${id}.`);
}

function toCommitContent({ tree, parents, message }: Extract<ApiObject, { type: 'commit' }>): Buffer {
  const header = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`)];
  return Buffer.from(`${header.join('\n')}\n\n${message.replace(/\n*$/, '\n')}`);
}

async function publish(context: Context, move: BranchMove): Promise<PublishOutcome> {
  const { api, branch, place, seen } = context;
  try {
    const files = await toApiFiles(move, async (ids) => read(context, ids, false));
    const outcome = await api.write({ branch, expected: move.from, message: move.message, files });
    if (outcome.status === 'moved') return { status: 'raced', reason: 'another append was first' };
    if (outcome.status === 'unknown') return outcome;
    await seen.write(outcome.commit);
    // It has our tree and our message, on the same parent.
    const ours = move.objects.find(({ id }) => id === move.to);
    if (ours) context.commits.set(outcome.commit, { ...ours, id: outcome.commit });
    return { status: 'published', commit: outcome.commit };
  } catch (thrown) {
    const error = toApiLogError(thrown, place);
    if (error.details.transient === true) return { status: 'unknown', reason: error.message };
    throw error;
  }
}

const CREDENTIALS = 'Check that the token is set, has not expired and may write contents.';

/** What the platform's refusals mean for the log. */
function toApiLogError(thrown: unknown, place: string): TammaError {
  if (!(thrown instanceof TammaError)) throw thrown;
  const toError = (code: 'LOG_UNREACHABLE' | 'LOG_REFUSED', help: string | undefined, transient: boolean) =>
    new TammaError(code, `${place}: ${thrown.message}`, {
      ...(help ? { help } : {}),
      details: { transient },
      ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
      cause: thrown,
    });
  if (thrown.code === 'PLATFORM_AUTH') return toError('LOG_UNREACHABLE', CREDENTIALS, false);
  if (thrown.code === 'PLATFORM_RATE_LIMITED') return toError('LOG_UNREACHABLE', thrown.help, true);
  if (thrown.code === 'PLATFORM_UNREACHABLE') return toError('LOG_UNREACHABLE', undefined, true);
  return thrown.code === 'PLATFORM_REFUSED' ? toError('LOG_REFUSED', undefined, false) : thrown;
}
