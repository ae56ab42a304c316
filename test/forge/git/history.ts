import type { CommitData } from './text.ts';

type ReadCommit = (sha: string) => Promise<CommitData | undefined>;

/** A commit and everything before it. */
async function closure(read: ReadCommit, starts: readonly string[]): Promise<Map<string, CommitData>> {
  const seen = new Map<string, CommitData>();
  for (let next = [...new Set(starts)]; next.length > 0; ) {
    const commits = await Promise.all(next.map(read));
    for (const commit of commits) if (commit) seen.set(commit.sha, commit);
    const parents = commits.flatMap((commit) => commit?.parents ?? []);
    next = [...new Set(parents)].filter((sha) => !seen.has(sha));
  }
  return seen;
}

/** Whether `wanted` is `start` or one of its ancestors. */
export async function reaches(read: ReadCommit, start: string, wanted: string): Promise<boolean> {
  return start === wanted || (await closure(read, [start])).has(wanted);
}

/** Of the commits both have, one that no other of them comes after: git-merge-base(1). */
export async function findMergeBase(read: ReadCommit, a: string, b: string): Promise<string | undefined> {
  const [ofA, ofB] = await Promise.all([closure(read, [a]), closure(read, [b])]);
  const common = [...ofB.values()].filter(({ sha }) => ofA.has(sha));
  const passed = await closure(
    read,
    common.flatMap(({ parents }) => parents),
  );
  return common.find(({ sha }) => !passed.has(sha))?.sha;
}

/** What `to` has and `from` has not, newest first and no commit before its children: git-rev-list(1). */
export async function listBetween(read: ReadCommit, from: string, to: string): Promise<CommitData[]> {
  const excluded = await closure(read, [from]);
  const wanted = [...(await closure(read, [to])).values()].filter(({ sha }) => !excluded.has(sha));
  const children = new Map(wanted.map(({ sha }) => [sha, 0]));
  const parents = wanted.flatMap((commit) => commit.parents);
  for (const sha of parents) if (children.has(sha)) children.set(sha, (children.get(sha) ?? 0) + 1);
  const list: CommitData[] = [];
  const ready = wanted.filter(({ sha }) => children.get(sha) === 0);
  while (ready.length > 0) {
    ready.sort((one, other) => other.committer.date.localeCompare(one.committer.date));
    const commit = ready.shift();
    if (!commit) break;
    list.push(commit);
    for (const sha of commit.parents) {
      const left = (children.get(sha) ?? 0) - 1;
      children.set(sha, left);
      const parent = wanted.find((entry) => entry.sha === sha);
      if (left === 0 && parent) ready.unshift(parent);
    }
  }
  return list;
}
