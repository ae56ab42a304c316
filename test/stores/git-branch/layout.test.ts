import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../../../src/core/events/event.ts';
import { GitError } from '../../../src/lib/git.ts';
import {
  type CommitFacts,
  parseCommitHeader,
  toCommitMessage,
} from '../../../src/stores/git-branch/commit-message.ts';
import { parseSealed, toSealedLine } from '../../../src/stores/git-branch/folders.ts';
import { isTransient, toLogError } from '../../../src/stores/git-branch/git-failures.ts';
import {
  addToIndex,
  type IndexedBatch,
  NO_ISSUE,
  parseIndex,
  toEntry,
} from '../../../src/stores/git-branch/issue-index.ts';
import {
  parseBatchName,
  toBatchName,
  toBucketName,
  toIssueKey,
  toMonth,
} from '../../../src/stores/git-branch/layout.ts';
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

describe('the index of an issue', () => {
  it('is named after the number of the issue, and after a digest for any other id', () => {
    expect(toIssueKey('42')).toBe('42');
    for (const issue of ['042', '../42', 'PROJ-1', 'x\ny', '', 'none'])
      expect(toIssueKey(issue)).toMatch(/^x[0-9a-f]{40}$/);
  });

  it('is found in one of a hundred files once nobody writes to the issue any more', () => {
    expect(toBucketName('1042')).toBe('42.json');
    expect(toBucketName('7')).toBe('07.json');
    expect(toBucketName(toIssueKey('PROJ-1'))).toMatch(/^\d\d\.json$/);
  });

  it('names each batch with what is worth knowing before it is opened', () => {
    const id = 'a'.repeat(40);
    const batches: IndexedBatch[] = [
      { name: '2026-11/00/0099_7', id, first: 7, count: 3, times: [1_763_000_000_000, 1_763_000_000_500] },
      { name: '2026-11/123/12345_900', id, first: 900, count: 100, times: [0, 1] },
    ];
    expect(parseIndex(batches.map(toEntry).reverse())).toEqual(batches);
    expect(parseIndex([{ mode: '100644', name: 'notes.txt', id }])).toBeUndefined();
  });

  it('remembers of events without an issue only the newest two hundred batches', () => {
    let index: IndexedBatch[] = [];
    for (let first = 1; first <= 250; first += 1)
      index = addToIndex(index, NO_ISSUE, { name: '', id: '', first, count: 1, times: [0, 0] });
    expect([index.length, index[0]?.first, index.at(-1)?.first]).toEqual([200, 51, 250]);
  });
});

describe('the message of a commit', () => {
  const facts: CommitFacts = {
    last: {
      type: 'WORKFLOW.CANCELLED',
      tags: { issueId: '7' },
      position: 12,
      hash: 'c'.repeat(64),
    } as unknown as LoggedEvent,
    first: 11,
    events: 2,
    month: '2026-11',
    number: 5,
    appendId: '0199',
    trees: { log: '1'.repeat(40), state: '2'.repeat(40) },
    folder: [5, 9],
  };

  it('says to a machine all that opening the log needs', () => {
    expect(parseCommitHeader(toCommitMessage(facts))).toEqual({
      position: 12,
      hash: 'c'.repeat(64),
      month: '2026-11',
      number: 5,
      trees: { log: '1'.repeat(40), state: '2'.repeat(40) },
      folder: [5, 9],
    });
  });

  it('is not taken for one of ours where a line is missing, twice or of another form', () => {
    const message = toCommitMessage(facts);
    for (const line of message.split('\n').filter((text) => /^Tamma-(?:Pos|Batch|Hash|Times)/.test(text))) {
      expect(parseCommitHeader(message.replace(`${line}\n`, ''))).toBeUndefined();
      expect(parseCommitHeader(message.replace(line, `${line}\n${line}`))).toBeUndefined();
      expect(parseCommitHeader(message.replace(line, `${line.split(':')[0]}: x`))).toBeUndefined();
    }
    expect(parseCommitHeader('meddle\n')).toBeUndefined();
  });
});

describe('a list of complete folders', () => {
  const folder = { name: '2026-11/07', tree: 'd'.repeat(40), first: 8, end: 20, times: [1, 2] as const };

  it('holds a line for each, and is not believed where one of them is damaged', () => {
    const text = toSealedLine(folder);
    expect(parseSealed('2026-11', Buffer.from(text))).toEqual([folder]);
    expect(parseSealed('2026-11', Buffer.from(`${text}["08"]\n`))).toBeUndefined();
    expect(parseSealed('2026-11', Buffer.from(`${text}nothing\n`))).toBeUndefined();
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
