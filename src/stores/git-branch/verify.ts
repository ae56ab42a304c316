import { GENESIS } from '../../core/events/chain.ts';
import type { CheckSignature } from '../../core/events/head-signature.ts';
import {
  createLogVerification,
  type VerifyOptions,
  type VerifyReport,
} from '../../core/events/verification.ts';
import { createGitObjectReader } from '../../lib/git-object-reader.ts';
import { type BranchObjects, createBranchObjects } from './branch-objects.ts';
import { parseCommit, parseCommitHeader } from './commit-message.ts';
import { toLogError } from './git-failures.ts';
import { parseBatchPath, parseFormatFile, parseHeadFile } from './layout.ts';
import type { LogBackend } from './log-backend.ts';
import { EMPTY, findTrees, type Tip } from './tip.ts';
import { createCommitCheck, type ReadObject } from './verify-commit.ts';
import { type HistoryEntry, readHistory } from './verify-history.ts';
import { createExpectedIndex, verifyIndex } from './verify-index.ts';

export type VerifyPlan = {
  backend: Pick<LogBackend, 'place' | 'clone'>;
  /** Null: there is no log. */
  commit: string | null;
  options: VerifyOptions;
  /** Signatures are asked for. */
  check?: CheckSignature | undefined;
};

/**
 * Everything about one log: how it came to be, commit by commit; each line as it was written, and what became of it; the
 * files beside the lines. Memory does not grow with the log but by some bytes an event: 40 for its id.
 */
export async function verifyLog({ backend, commit, options, check }: VerifyPlan): Promise<VerifyReport> {
  if (commit === null)
    return createLogVerification({ ...options, place: backend.place, stored: GENESIS }).finish();
  const { gitDirectory } = await backend.clone(commit);
  const reader = createGitObjectReader({ gitDirectory });
  const read: ReadObject = (name) => reader.read(name).catch((error) => toMissing(error, backend.place));
  try {
    return await verifyCommit({ gitDirectory, commit, read, place: backend.place, options, check });
  } finally {
    reader.close();
  }
}

/** A damaged object is a finding, not a failure: it reads as one that is not there. */
function toMissing(thrown: unknown, place: string): undefined {
  const error = toLogError(thrown, place);
  if (error.code !== 'LOG_CORRUPT') throw error;
}

type CommitPlan = Omit<VerifyPlan, 'backend' | 'commit'> & {
  gitDirectory: string;
  commit: string;
  read: ReadObject;
  place: string;
};

async function verifyCommit(plan: CommitPlan): Promise<VerifyReport> {
  const { commit, read, options, check } = plan;
  const objects = createBranchObjects({ read: (ids) => readAll(read, ids) });
  const { tip, repository, hasHead } = await openFiles(objects, commit);
  const verification = createLogVerification({
    ...options,
    place: 'head.json',
    ...(hasHead ? { stored: tip.head } : {}),
    ...(check ? { signatures: { repository: repository ?? '', check } } : {}),
  });
  if (!hasHead) {
    const message = 'head.json is missing or damaged';
    verification.addProblem({ kind: 'foreign', position: null, place: 'head.json', message });
  }
  const expected = createExpectedIndex();
  const commits = createCommitCheck({ verification, expected, read });
  await addHistory(plan, (entry, contents) => commits.add(entry, contents)).catch((thrown: unknown) => {
    const error = toLogError(thrown, plan.place);
    if (error.code !== 'LOG_CORRUPT') throw error;
    verification.addProblem({ kind: 'foreign', position: null, place: plan.place, message: error.message });
  });
  await commits.finish();
  // Of lines that stand elsewhere nobody knows which issue they are of.
  if (verification.isSound() && verification.isWhole() && hasHead && tip.format > 1) {
    for await (const problem of verifyIndex(objects, tip, expected)) verification.addProblem(problem);
  }
  const wrong = await findWrongTree(objects, commit);
  if (wrong)
    verification.addProblem({ kind: 'index', position: null, place: `commit ${commit}`, message: wrong });
  return verification.finish();
}

/** So many commits are looked at together: enough to keep git busy, few enough to keep memory small. */
const WINDOW = 64;

type AddCommit = (entry: HistoryEntry, contents: ReadonlyMap<string, Buffer>) => Promise<void>;

async function addHistory({ gitDirectory, commit, read }: CommitPlan, add: AddCommit): Promise<void> {
  let window: HistoryEntry[] = [];
  const addWindow = async () => {
    const ids = window.flatMap(({ changes }) =>
      changes.filter(({ status, path }) => status === 'A' && parseBatchPath(path)).map(({ to }) => to),
    );
    const found = await readAll(read, ids);
    const contents = new Map([...found].map(([id, { content }]) => [id, content]));
    for (const entry of window) await add(entry, contents);
    window = [];
  };
  for await (const entry of readHistory(gitDirectory, commit)) {
    window.push(entry);
    if (window.length === WINDOW) await addWindow();
  }
  await addWindow();
}

type Found = NonNullable<Awaited<ReturnType<ReadObject>>>;

async function readAll(read: ReadObject, ids: readonly string[]): Promise<Map<string, Found>> {
  const objects = await Promise.all(ids.map(read));
  return new Map(objects.flatMap((object) => (object ? [[object.id, object] as const] : [])));
}

/** The files of the branch say what there is; what the newest commit says of itself is compared with it below. */
async function openFiles(objects: BranchObjects, commit: string) {
  const object = await objects.find(commit);
  const root = object && parseCommit(object.content).tree;
  const [format, file] = await Promise.all(
    ['format.json', 'head.json'].map((path) => (root ? objects.findFile(root, path) : undefined)),
  );
  const head = file && parseHeadFile(file);
  const facts = format && parseFormatFile(format);
  const trees = root && head ? await findTrees(objects, root, head) : {};
  const tip: Tip = { ...EMPTY, commit, root, trees, format: facts?.format ?? 1 };
  return {
    tip: head ? { ...tip, head: { position: head.position, hash: head.hash } } : tip,
    repository: facts?.repository,
    hasHead: head !== undefined,
  };
}

/** A reader believes the message of the newest commit: it must name the trees that are there. */
async function findWrongTree(objects: BranchObjects, commit: string): Promise<string | undefined> {
  const object = await objects.find(commit);
  const { tree, message } = parseCommit(object?.content ?? Buffer.alloc(0));
  const header = parseCommitHeader(message);
  if (!header) return undefined;
  const trees = await findTrees(objects, tree, header);
  const names = new Set([...Object.keys(trees), ...Object.keys(header.trees)]) as Set<keyof typeof trees>;
  const wrong = [...names].filter((name) => trees[name] !== header.trees[name]);
  return wrong.length > 0 ? `it names another folder for ${wrong.join(', ')} than it has` : undefined;
}
