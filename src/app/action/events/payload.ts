/** What can be taken out of a payload nobody vouches for: numbers, ids, and whether they are what they should be. */

export function at(value: unknown, ...path: readonly string[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, key)) return undefined;
    inner = (inner as Record<string, unknown>)[key];
  }
  return inner;
}

/** Numbers of issues and pull requests, also as text. */
export function toNumber(value: unknown): number | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).replace(/^#/, '') : '';
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

export function toId(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? String(value) : undefined;
}

export function isBot(payload: unknown): boolean {
  return at(payload, 'sender', 'type') !== 'User';
}

/** The issue of a pull request from a branch of ours in this very repository. */
export function findOwnIssue(payload: unknown): number | undefined {
  const head = toId(at(payload, 'pull_request', 'head', 'repo', 'id'));
  const isHere = head !== undefined && head === toId(at(payload, 'repository', 'id'));
  return isHere ? issueOfBranch(at(payload, 'pull_request', 'head', 'ref')) : undefined;
}

/** `tamma/<number>-<slug>` → the number. */
export function issueOfBranch(branch: unknown): number | undefined {
  return typeof branch === 'string'
    ? toNumber(/^tamma\/([1-9]\d{0,9})-[a-z0-9][a-z0-9-]{0,47}$/.exec(branch)?.[1])
    : undefined;
}
