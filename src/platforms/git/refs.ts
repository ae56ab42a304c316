/** Moves one ref. `null` is "does not exist": `from: null` creates, `to: null` deletes. */
export type Swap = {
  ref: string;
  from: string | null;
  to: string | null;
  /** Another ref that must be where it is for the move to happen, where the repository can promise that. */
  verify?: { ref: string; at: string };
};

export type SwapResult = { status: 'done' } | { status: 'moved'; head: string | null };

/** The refs that count: the local repository's own, or those of its remote. The commits of what is read are local. */
export interface Refs {
  /** For people, without credentials. */
  readonly place: string;
  readonly isRemote: boolean;
  /** Throws REPOSITORY_EMPTY. */
  findDefault(): Promise<{ name: string; head: string }>;
  find(ref: string): Promise<string | undefined>;
  /**
   * Compare-and-swap. `done` means the ref was seen to take the value. May be repeated. Throws CHECKOUT_DIRTY before
   * anything is written, and the PLATFORM_* errors.
   */
  swap(swap: Swap): Promise<SwapResult>;
  /** Gets the history of these refs that a shallow clone does not have; false where there was none to get. */
  deepen(refs: readonly string[]): Promise<boolean>;
  /** Makes a commit be here, with its files and some of its history; false where it is nowhere. May be repeated. */
  bring(sha: string): Promise<boolean>;
}

export const branchPattern = /^tamma\/([0-9]{1,10})-[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/;

/** The issue a branch belongs to; undefined for a branch that is not ours. */
export function findIssueOfBranch(branch: string): number | undefined {
  const digits = branchPattern.exec(branch)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
