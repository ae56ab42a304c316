/** A commit or tree id: 40 or 64 lower-case hex digits. */
export type Sha = string;

export type TreeEntry = {
  path: string;
  mode: '100644' | '100755' | '120000' | '160000';
  sha: Sha;
  size: number;
};

/** One path of a comparison; renames are a delete and an add. Modes are git's; `000000` where there is no such side. */
export type FileChange = {
  status: 'added' | 'modified' | 'deleted' | 'type-changed';
  path: string;
  oldMode: string;
  newMode: string;
  oldSha: Sha;
  newSha: Sha;
};

export type CommitSummary = { sha: Sha; subject: string; body: string; authorName: string; date: string };

export type CommitDraft = {
  tree: Sha;
  parents: readonly Sha[];
  message: string;
  author: { name: string; email: string };
  /** ISO 8601. */
  date: string;
};

/** On a conflict, `tree` holds the files with git's conflict markers in them. */
export type TreeMerge =
  | { status: 'clean'; tree: Sha }
  | { status: 'conflict'; tree: Sha; files: readonly string[] };

/**
 * The local object database: git through typed functions, fixed argv templates, no hooks, no filters, no user
 * configuration. Reads and writes objects only; refs are the platform's and the store's.
 */
export interface Repository {
  /** The git directory (`.git` of a checkout, or the bare repository itself). */
  readonly gitDirectory: string;
  /** A private folder inside `gitDirectory` for what must survive this process and never be committed. */
  readonly stateDirectory: string;
  /** Throws REALITY_DISAGREES if the object is not there. */
  treeOf(commit: Sha): Promise<Sha>;
  /** Regular files, links and submodules of a commit or tree, by path. */
  listFiles(treeish: Sha): Promise<TreeEntry[]>;
  /** Undefined where the path is no file of that commit. */
  readFile(treeish: Sha, path: string): Promise<Buffer | undefined>;
  readBlobs(shas: readonly Sha[]): Promise<Map<Sha, Buffer>>;
  writeBlob(content: Buffer): Promise<Sha>;
  /** A tree that is `base` with these paths set or, where null, removed. */
  writeTree(
    base: Sha | null,
    changes: ReadonlyMap<string, { mode: '100644' | '100755' | '120000'; sha: Sha } | null>,
  ): Promise<Sha>;
  commit(draft: CommitDraft): Promise<Sha>;
  log(commit: Sha, options: { limit: number; exclude?: Sha }): Promise<CommitSummary[]>;
  changes(from: Sha, to: Sha): Promise<FileChange[]>;
  /** A unified diff for people and models, cut at `maxBytes`; never parsed by us. */
  patch(from: Sha, to: Sha, options: { maxBytes: number; paths?: readonly string[] }): Promise<string>;
  isAncestor(ancestor: Sha, descendant: Sha): Promise<boolean>;
  mergeBase(a: Sha, b: Sha): Promise<Sha | undefined>;
  /** The three-way merge of two commits, in memory. */
  mergeTrees(ours: Sha, theirs: Sha): Promise<TreeMerge>;
}
