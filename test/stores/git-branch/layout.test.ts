import { describe, expect, it } from 'vitest';
import { GitError } from '../../../src/lib/git.ts';
import { isTransient, toLogError } from '../../../src/stores/git-branch/git-failures.ts';
import { parseBatchName, toBatchName, toIndexPath, toMonth } from '../../../src/stores/git-branch/layout.ts';
import { toPushOutcome } from '../../../src/stores/git-branch/push-outcome.ts';

describe('the name of a batch', () => {
  it.each([
    [{ month: '2026-11', number: 0, first: 1 }, '2026-11/00/0000_1'],
    [{ month: '2026-11', number: 12, first: 12_345 }, '2026-11/00/0012_12345'],
    [{ month: '2026-11', number: 199, first: 7 }, '2026-11/01/0199_7'],
    [{ month: '2026-12', number: 12_345, first: 1_000_000 }, '2026-12/123/12345_1000000'],
  ])('says month, number and first position, a hundred files a folder: %o', (batch, name) => {
    expect(toBatchName(batch)).toBe(name);
    expect(parseBatchName(name)).toEqual(batch);
  });

  it.each([
    '2026-13/00/0000_1',
    '2026-11/01/0000_1',
    '2026-11/0/0000_1',
    '2026-11/00/0_1',
    '2026-11/00/0000_0',
    '2026-11/00/0000_01',
    'notes',
    '',
  ])('is not %j', (name) => {
    expect(parseBatchName(name)).toBeUndefined();
  });

  it('never goes back a month, whatever the clock says', () => {
    expect(toMonth(new Date('2026-12-01T00:00:00Z'), '2026-11')).toBe('2026-12');
    expect(toMonth(new Date('2026-01-01T00:00:00Z'), '2026-11')).toBe('2026-11');
    expect(toMonth(new Date('2026-01-01T00:00:00Z'), '')).toBe('2026-01');
  });
});

describe('the place of an index', () => {
  it('is the number of the issue, and a digest for any other id', () => {
    expect(toIndexPath('42', false)).toBe('open/42.json');
    expect(toIndexPath('1042', true)).toBe('closed/42/1042.json');
    for (const issue of ['042', '../42', 'PROJ-1', 'x\ny', '']) {
      expect(toIndexPath(issue, false)).toMatch(/^open\/x[0-9a-f]{40}\.json$/);
      expect(toIndexPath(issue, true)).toMatch(/^closed\/\d\d\/x[0-9a-f]{40}\.json$/);
    }
  });
});

describe('what git says', () => {
  it.each([
    ['fatal: write error: No space left on device', 'LOG_DISK_FULL', false],
    ['fatal: not a git repository: /x', 'NOT_A_REPOSITORY', false],
    ["fatal: Authentication failed for 'https://example.org/'", 'LOG_UNREACHABLE', false],
    [
      "fatal: could not read Username for 'https://example.org': terminal prompts disabled",
      'LOG_UNREACHABLE',
      false,
    ],
    [
      'git@example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'LOG_UNREACHABLE',
      false,
    ],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'LOG_UNREACHABLE', false],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 429", 'LOG_UNREACHABLE', true],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 503", 'LOG_UNREACHABLE', true],
    [
      'error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: early EOF',
      'LOG_UNREACHABLE',
      true,
    ],
    ["fatal: Unable to create '/r/refs/heads/x.lock': Read-only file system", 'LOG_REFUSED', false],
    [
      'remote: error: insufficient permission for adding an object to repository database ./objects',
      'LOG_REFUSED',
      false,
    ],
    [
      "error: refs/heads/x: reference broken\nfatal: unable to resolve reference 'refs/heads/x': reference broken",
      'LOG_CORRUPT',
      false,
    ],
    ['', 'LOG_UNREACHABLE', true],
  ])('%j is %s', (text, code, transient) => {
    const error = toLogError(new GitError(['x'], 128, text), 'branch b of r');
    expect(error.code).toBe(code);
    expect(isTransient(error)).toBe(transient);
    expect(error.message).toContain('branch b of r');
  });

  it('is told apart from there being no git', () => {
    const missing = Object.assign(new Error('spawn git ENOENT'), { code: 'ENOENT', syscall: 'spawn git' });
    expect(toLogError(missing, 'x').code).toBe('GIT_MISSING');
  });

  it.each([
    ['[rejected] (stale info)', 'raced'],
    ['[rejected] (fetch first)', 'raced'],
    ['[remote rejected] (incorrect old value provided)', 'raced'],
    ["[remote rejected] (cannot lock ref 'refs/heads/x': is at a but expected b)", 'raced'],
    ['[remote rejected] (failed to update ref)', 'locked'],
    ['[remote failure] (remote failed to report status)', 'unknown'],
  ])('of a push: %s is %s', (summary, status) => {
    const outcome = toPushOutcome(
      new GitError(['push'], 1, ''),
      `To x\n!\tabc:refs/heads/x\t${summary}\nDone\n`,
      'x',
    );
    expect(outcome.status).toBe(status);
  });

  it.each([
    '[remote rejected] (pre-receive hook declined)',
    '[remote rejected] (protected branch hook declined)',
    '[remote rejected] (push declined due to repository rule violations)',
    '[remote rejected] (deny updating a hidden ref)',
  ])('of a push: %s is final', (summary) => {
    const push = () => toPushOutcome(new GitError(['push'], 1, 'remote: no'), `!\ta:b\t${summary}\n`, 'x');
    expect(push).toThrow(expect.objectContaining({ code: 'LOG_REFUSED' }));
  });
});
