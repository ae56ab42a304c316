/** git's objects as a platform's API tells them: content that has an id, without the bytes that make it. */
export type ApiObject =
  | { type: 'commit'; tree: string; parents: readonly string[]; message: string }
  /** Modes as git writes them: `40000` is a tree, `100644` a file. */
  | { type: 'tree'; entries: readonly { mode: string; name: string; id: string }[] }
  | { type: 'blob'; content: Uint8Array };

export type ApiCommit = Extract<ApiObject, { type: 'commit' }>;

/** `behind`, `apart`: the first is not in the history of the second; `behind`, because the second comes before it. */
export type ApiComparison = {
  relation: 'same' | 'ahead' | 'behind' | 'apart';
  /** Those between the two, as far as the platform lists them at once. */
  commits: ReadonlyMap<string, ApiCommit>;
};

export type ApiWrite = {
  branch: string;
  /** The commit the branch must be at. Null: there must be no such branch, and the commit has no parent. */
  expected: string | null;
  message: string;
  /** Regular files whole, by path; null deletes one that is there. */
  files: ReadonlyMap<string, Uint8Array | null>;
};

export type ApiWritten =
  /** The platform made the commit, so its id is the platform's. */
  | { status: 'written'; commit: string }
  | { status: 'moved' }
  /** No answer: it may have happened or not. */
  | { status: 'unknown'; reason: string };

/**
 * Branches of a repository through the API of its platform alone, for networks where git is closed. Writing is a
 * compare-and-swap on the server. Throws the PLATFORM_* errors.
 */
export interface BranchApi {
  /** Host and repository, for people. */
  readonly place: string;
  /** The branch's commit now; null where there is no branch. */
  findHead(branch: string): Promise<{ id: string; commit: ApiCommit } | null>;
  compare(from: string, to: string): Promise<ApiComparison>;
  /** Those that are nowhere are not in the answer. Some dozens cost one request. */
  read(ids: readonly string[]): Promise<Map<string, ApiObject>>;
  write(order: ApiWrite): Promise<ApiWritten>;
}
