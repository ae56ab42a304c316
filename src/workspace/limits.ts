/** What a workspace takes. */
export type WorkspaceLimits = {
  /** A text that is read or written. */
  fileBytes: number;
  /** A report of a tool, such as coverage. */
  reportBytes: number;
  /** A new or changed file in a snapshot. */
  snapshotFileBytes: number;
  /** Files written by one workspace. */
  writtenFiles: number;
  /** New and changed files in a snapshot: more means that something was installed or built where git sees it. */
  snapshotFiles: number;
  /** Time of one search, in milliseconds. */
  searchMs: number;
};

const MIB = 1024 * 1024;

export const defaultWorkspaceLimits: WorkspaceLimits = {
  fileBytes: MIB,
  reportBytes: 32 * MIB,
  snapshotFileBytes: 16 * MIB,
  writtenFiles: 200,
  snapshotFiles: 2000,
  searchMs: 5000,
};
