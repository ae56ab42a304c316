import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { chooseIdentity } from '../../../src/workspace/sandbox/identity.ts';
import { toPrlimitOptions } from '../../../src/workspace/sandbox/limits.ts';
import { findNamespaceInit } from '../../../src/workspace/sandbox/namespace.ts';
import { createOutputWindow } from '../../../src/workspace/sandbox/output-window.ts';
import { killByEnvironment } from '../../../src/workspace/sandbox/stragglers.ts';
import { findTools } from '../../../src/workspace/sandbox/tools.ts';
import { contractLimits } from '../../contracts/sandbox.ts';

function collect(limit: number, chunks: readonly string[]) {
  const window = createOutputWindow(limit);
  for (const chunk of chunks) window.push(Buffer.from(chunk));
  return { text: window.text(), isTruncated: window.isTruncated() };
}

describe('what is kept of an output', () => {
  it('is all of it, up to the limit', () => {
    expect(collect(10, [])).toEqual({ text: '', isTruncated: false });
    expect(collect(10, ['01234', '56789'])).toEqual({ text: '0123456789', isTruncated: false });
  });

  it('is the beginning and the end of more, however it is cut into pieces', () => {
    const whole = Array.from({ length: 50 }, (_, index) => String.fromCharCode(65 + (index % 26))).join('');
    const expected = {
      text: `${whole.slice(0, 5)}\n[… 40 bytes cut …]\n${whole.slice(-5)}`,
      isTruncated: true,
    };
    expect(collect(10, [whole])).toEqual(expected);
    for (const size of [1, 2, 3, 4, 5, 6, 7, 11, 49]) {
      const pieces = whole.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
      expect(collect(10, pieces), `pieces of ${size}`).toEqual(expected);
    }
  });
});

describe('the user of a command', () => {
  const everyUser = '         0          0 4294967295\n';

  it('is a user of its own for each process of root', () => {
    const first = chooseIdentity({ uid: 0, gid: 0, pid: 17 }, everyUser);
    expect(first).toEqual({ uid: 1_900_000_017, gid: 1_900_000_017, isDropped: true, isUnique: true });
  });

  it('is nobody in a container that maps few users', () => {
    const identity = chooseIdentity({ uid: 0, gid: 0, pid: 17 }, '0 1000 1\n1 100000 65536\n');
    expect(identity).toEqual({ uid: 65_534, gid: 65_534, isDropped: true, isUnique: false });
    expect(chooseIdentity({ uid: 0, gid: 0, pid: 17 }, '')).toMatchObject({ uid: 65_534 });
  });

  it('stays the same for anybody else', () => {
    expect(chooseIdentity({ uid: 1000, gid: 100, pid: 17 }, everyUser)).toEqual({
      uid: 1000,
      gid: 100,
      isDropped: false,
      isUnique: false,
    });
  });
});

describe('the pieces of a sandbox', () => {
  it('limit memory by what is used, not by what is reserved', () => {
    expect(toPrlimitOptions(contractLimits)).toEqual([
      '--data=805306368',
      '--nproc=128',
      '--fsize=4194304',
      '--core=0',
    ]);
  });

  it('are looked for in the folders of the system only', () => {
    expect(findTools([])).toEqual({});
    expect(findTools().sh).toMatch(/^\/(?:usr\/)?bin\/sh$/);
  });

  it('find no namespace where there is none', () => {
    expect(findNamespaceInit(process.pid)).toBeUndefined();
    expect(findNamespaceInit(2 ** 22 + 1)).toBeUndefined();
  });

  it('find processes by what they were started with', async () => {
    const setting = `TAMMA_STRAGGLER=${process.pid}`;
    const child = spawn('sleep', ['300'], {
      env: { PATH: process.env.PATH, TAMMA_STRAGGLER: String(process.pid) },
      detached: true,
    });
    await once(child, 'spawn');
    const [[, signal]] = await Promise.all([once(child, 'exit'), killByEnvironment(setting)]);
    expect(signal).toBe('SIGKILL');
  });
});
