import { TammaError } from '../../core/errors.ts';
import { git } from '../../lib/git.ts';
import { readObjects, writeCommit, writeFiles } from '../../lib/git-objects.ts';
import { waitWithJitter } from '../../lib/jitter.ts';
import type { Clock } from '../../ports/host.ts';
import type { Refs, Swap } from '../git/refs.ts';
import {
  type FileOrigin,
  findIssueNumber,
  type IssueFile,
  issueFolder,
  issuePath,
  parseIssueFile,
} from './issue-file.ts';

/** Who commits; checked once at the start so that no write fails half way for want of a name. */
export type Identity = { name: string; email: string };

/** What the ports work with. */
export type PlainGit = {
  gitDirectory: string;
  refs: Refs;
  clock: Clock;
  /** Throws GIT_IDENTITY_MISSING. */
  identity(): Identity;
};

/** What a change came to: a new head to move the default branch to, or null where there was nothing to write. */
export type TrunkChange<T> = { head: string | null; verify?: NonNullable<Swap['verify']>; value: T };

/** Each costs a push where there is a remote. */
const triesOf = ({ isRemote }: Refs) => (isRemote ? 6 : 12);

/**
 * Builds on the newest default branch and moves it; where somebody else was first it is built again on what they
 * wrote, so nobody's change is lost. Throws REF_MOVED after many lost races.
 */
export async function changeTrunk<T>(
  { refs }: PlainGit,
  build: (base: { name: string; head: string }) => Promise<TrunkChange<T>>,
): Promise<T> {
  for (let attempt = 0; attempt < triesOf(refs); attempt += 1) {
    const base = await refs.findDefault();
    const { head, verify, value } = await build(base);
    if (head === null) return value;
    const swap = { ref: `refs/heads/${base.name}`, from: base.head, to: head, ...(verify ? { verify } : {}) };
    if ((await refs.swap(swap)).status === 'done') return value;
    await waitWithJitter(attempt, refs.isRemote ? 50 : 10, 250);
  }
  throw new TammaError(
    'REF_MOVED',
    `the default branch of ${refs.place} moved ${triesOf(refs)} times while we tried to write to it`,
  );
}

/** The issue as it stands in this commit; undefined where there is none. Throws ISSUE_INVALID. */
export async function findIssueFile(
  plain: PlainGit,
  head: string,
  number: number,
): Promise<IssueFile | undefined> {
  const name = `${head}:${issuePath(number)}`;
  const content = (await readObjects(plain.gitDirectory, [name])).get(name);
  return content && parseIssueFile(number, content, originsAt(plain, head).of(number));
}

export async function getIssueFile(plain: PlainGit, head: string, number: number): Promise<IssueFile> {
  const file = await findIssueFile(plain, head, number);
  if (file) return file;
  throw new TammaError(
    'ISSUE_NOT_FOUND',
    `${plain.refs.place} has no ${issuePath(number)} on its default branch`,
  );
}

/** Numbers and contents of all issue files of a commit. */
export async function readIssueFiles(plain: PlainGit, head: string): Promise<Map<number, Buffer>> {
  const listed = await git(['ls-tree', '--full-tree', '-z', '--name-only', head, `${issueFolder}/`], {
    gitDirectory: plain.gitDirectory,
  });
  const names = new Map<string, number>();
  for (const path of listed.stdout.toString().split('\0')) {
    const number = findIssueNumber(path);
    if (number !== undefined) names.set(`${head}:${path}`, number);
  }
  const contents = await readObjects(plain.gitDirectory, [...names.keys()]);
  return new Map([...contents].map(([name, content]) => [names.get(name) ?? 0, content]));
}

/**
 * A commit on top of `head` that holds the new text of one issue file, and the issue as it reads back. A text we could
 * not read again is an error here, before anything is moved.
 */
export async function commitIssueText(
  plain: PlainGit,
  head: string,
  change: { number: number; text: string; message: string },
): Promise<{ head: string; file: IssueFile }> {
  const { number, text, message } = change;
  const file = await parseIssueFile(number, Buffer.from(text), originsAt(plain, head).of(number));
  const tree = await writeFiles(plain.gitDirectory, head, new Map([[issuePath(number), text]]));
  const identity = plain.identity();
  const commit = await writeCommit(plain.gitDirectory, {
    tree,
    parents: [head],
    message: `${message}\n\nTamma-Issue: ${number}\n`,
    author: identity,
    committer: identity,
    date: plain.clock.now(),
  });
  return { head: commit, file };
}

/** First and last commit of every issue file, read from the history once and only if somebody asks. */
export function originsAt({ gitDirectory }: PlainGit, head: string) {
  let walk: Promise<Map<number, FileOrigin>> | undefined;
  return {
    of: (number: number) => async (): Promise<FileOrigin> => {
      walk ??= walkHistory(gitDirectory, head);
      return (
        (await walk).get(number) ?? {
          createdAt: new Date(0).toISOString(),
          updatedAt: new Date(0).toISOString(),
          author: '',
        }
      );
    },
    /** The highest number any issue file ever had: numbers are not given twice. */
    highest: async (): Promise<number> => {
      walk ??= walkHistory(gitDirectory, head);
      return Math.max(0, ...(await walk).keys());
    },
  };
}

async function walkHistory(gitDirectory: string, head: string): Promise<Map<number, FileOrigin>> {
  const args = [
    'log',
    '--no-renames',
    '--no-ext-diff',
    '-z',
    '--name-only',
    '--format=%x01%aI%x02%an',
    head,
    '--',
    issueFolder,
  ];
  const origins = new Map<number, FileOrigin>();
  for (const commit of (await git(args, { gitDirectory })).stdout.toString().split('\u0001').slice(1)) {
    const [heading = '', ...paths] = commit.split(/[\0\n]+/);
    const [date = '', author = ''] = heading.split('\u0002');
    const at = new Date(date).toISOString();
    for (const path of paths) {
      const number = findIssueNumber(path);
      if (number !== undefined)
        origins.set(number, { updatedAt: origins.get(number)?.updatedAt ?? at, createdAt: at, author });
    }
  }
  return origins;
}
