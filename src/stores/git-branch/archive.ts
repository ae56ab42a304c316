import { TammaError } from '../../core/errors.ts';
import { sealOf, toArchivedPart, toArchiveName } from '../../core/events/archived-part.ts';
import { toCanonical } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import type { TreeChange } from '../../lib/git-tree-edit.ts';
import type { ArchivedPart, ArchiveRequest, LogArchive } from '../../ports/log-archive.ts';
import { writePart } from '../archive/part-file.ts';
import { type AppendContext, findFormat } from './append-context.ts';
import { findSeal, listArchived, MANIFEST } from './archived.ts';
import { type BuiltAppend, findRepository, toCommit } from './build-append.ts';
import { toArchiveMessage } from './commit-message.ts';
import { listFolders } from './folders.ts';
import { FORMAT } from './layout.ts';
import { loadFolders } from './load-batches.ts';
import type { LogView } from './log-view.ts';
import { createBuild, file } from './new-objects.ts';
import { parseBatch } from './read-events.ts';
import { type TimeRange, toTimeRange, unite } from './times.ts';
import { findTrees, type Tip } from './tip.ts';

type ArchiveContext = Omit<AppendContext, 'look' | 'retry' | 'files'> & {
  log: LogView;
  patience(): AppendContext['retry'];
};

export function createLogArchive(context: ArchiveContext): LogArchive {
  const { objects, log, patience } = context;
  const look = () => log.look({ fresh: true, retry: patience() });
  return {
    parts: async () => listArchived(objects, (await look()).root),
    plan: async (before) => listMonths(context, await look(), before),
    async move(request) {
      const moved: ArchivedPart[] = [];
      const tip = await look();
      for (const { month } of await listMonths(context, tip, request.before))
        moved.push(await packMonth(context, tip, { month, request, before: moved }));
      if (moved.length > 0) await log.change((fresh) => takeOut(context, fresh, moved));
      return moved;
    },
  };
}

type Month = { month: string; first: number; last: number };

/** Oldest first. The month that is written to stays, whatever is asked for. */
async function listMonths({ objects }: ArchiveContext, tip: Tip, before: string): Promise<Month[]> {
  const folders = await listFolders(objects, tip, { after: (await findSeal(objects, tip)).position });
  const months = new Map<string, Month>();
  for (const { name, first, end } of folders) {
    const month = name.slice(0, 7);
    if (month >= before || month >= tip.month) continue;
    months.set(month, { month, first: months.get(month)?.first ?? first, last: end - 1 });
  }
  return [...months.values()];
}

type Packing = { month: string; request: ArchiveRequest; before: readonly ArchivedPart[] };

async function packMonth(
  { objects, clock }: ArchiveContext,
  tip: Tip,
  { month, request, before }: Packing,
): Promise<ArchivedPart> {
  const seal = sealOf([...(await listArchived(objects, tip.root)), ...before]);
  const all = await listFolders(objects, tip, { after: seal.position });
  const folders = all.filter(({ name }) => name.startsWith(`${month}/`));
  const first = folders[0]?.first ?? 0;
  const last = (folders.at(-1)?.end ?? 0) - 1;
  let times: TimeRange | undefined;
  let previous: Pick<LoggedEvent, 'position' | 'hash'> = seal;
  async function* readLines(): AsyncGenerator<string> {
    for await (const batch of loadFolders(objects, folders)) {
      const events = parseBatch(batch, { head: tip.head, previous });
      previous = events.at(-1) ?? previous;
      times = unite(times, toTimeRange(events));
      yield* (batch.content?.toString() ?? '').split('\n').slice(0, events.length);
    }
  }
  const written = await writePart(request.files, toArchiveName(month, first, last), readLines());
  if (!times || first !== seal.position + 1 || previous.position !== last)
    throw new TammaError(
      'LOG_CORRUPT',
      `The log is damaged: ${month} does not follow from what was archived.`,
    );
  const tree = tip.root && (await objects.resolve(tip.root, `log/${month}`))?.id;
  return toArchivedPart({
    month,
    first,
    last,
    prevHash: seal.hash,
    hash: previous.hash,
    times: [...times],
    ...(tree ? { tree } : {}),
    archivedAt: clock.now().toISOString(),
    ...written,
  });
}

/** Compare-and-swap until it holds, as every append. What somebody else archived meanwhile stays as they did it. */
async function takeOut(
  context: ArchiveContext,
  look: AppendContext['look'],
  moved: readonly ArchivedPart[],
): Promise<{ result: undefined; tip: Tip }> {
  const { backend, objects } = context;
  const retry = context.patience();
  let tip = await look({ fresh: false, retry });
  for (;;) {
    const known = await listArchived(objects, tip.root);
    const rest = moved.filter(({ last }) => last > sealOf(known).position);
    if (rest.length === 0) return { result: undefined, tip };
    const built = await buildArchive(context, tip, { known, rest });
    const outcome = await backend.publish(built.move);
    if (outcome.status === 'published')
      return { result: undefined, tip: { ...built.tip, commit: outcome.commit ?? built.tip.commit } };
    await retry.wait(
      () =>
        new TammaError(
          'LOG_UNREACHABLE',
          `The archive cannot be noted at ${backend.place}: ${outcome.reason}`,
        ),
    );
    tip = await look({ fresh: true, retry });
  }
}

type Parts = { known: readonly ArchivedPart[]; rest: readonly ArchivedPart[] };

/** A commit like that of an append: the months leave `log/`, their lines enter the manifest, and no event is touched. */
async function buildArchive(
  { backend, objects, clock, identity, sign }: ArchiveContext,
  tip: Tip,
  { known, rest }: Parts,
): Promise<BuiltAppend> {
  const { folder } = tip;
  if (!folder || !tip.isIndexed || tip.format !== FORMAT)
    throw new TammaError('ARCHIVE_FAILED', `${backend.place} is not in the form of this version`, {
      help: 'The next append brings it there: repeat the command after that.',
    });
  const build = createBuild(await findFormat(backend, tip));
  const manifest = [...known, ...rest].map((part) => `${toCanonical(part)}\n`).join('');
  const changes = new Map<string, TreeChange>([
    [MANIFEST, file(build.add('blob', manifest))],
    ...rest.map(({ month }): [string, TreeChange] => [`log/${month}`, null]),
  ]);
  const root = (await build.edit(objects, tip.root, changes)) ?? '';
  objects.keep(build.objects);
  const now = clock.now();
  const trees = await findTrees(objects, root, tip);
  const repository = sign ? await findRepository(objects, root) : undefined;
  const { head, month, number } = tip;
  const message = toArchiveMessage({
    head,
    hash: head.hash,
    month,
    number,
    trees,
    folder,
    appendId: clock.newId(),
    signature: sign && repository ? sign({ ...head, repository }) : undefined,
    parts: rest,
  });
  const commit = build.add('commit', toCommit({ tip, now, identity }, root, message));
  return {
    move: { from: tip.commit, to: commit, objects: build.objects, changes, message, taken: [] },
    tip: { ...tip, commit, root, trees },
  };
}
