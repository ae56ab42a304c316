import { execFileSync } from 'node:child_process';
import {
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readBytes, removeFile, withFile, writeBytes } from '../../src/workspace/file-access.ts';
import { createRoot, type Root } from '../../src/workspace/place.ts';

const isRoot = process.getuid?.() === 0;

function arrange(hasDescriptors: boolean) {
  const base = mkdtempSync(join(tmpdir(), 'tamma-access-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));
  const [directory, outside] = [join(base, 'work'), join(base, 'outside')];
  mkdirSync(directory);
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret');
  const root: Root = { ...createRoot(directory), hasDescriptors };
  return { root, directory, outside, at: (path: string) => join(directory, path) };
}

const refused = expect.objectContaining({ code: 'PATH_REFUSED' });

function codeOf(work: () => unknown): unknown {
  try {
    return work() ?? 'done';
  } catch (error) {
    return error;
  }
}

/** Without descriptors is how it works where there is no procfs. */
const kinds = [true, false].filter((hasDescriptors) => !hasDescriptors || createRoot('/').hasDescriptors);

describe.each(kinds)('files below a folder (open folders: %s)', (hasDescriptors) => {
  it('are read and written at any depth', () => {
    const { root, at } = arrange(hasDescriptors);
    writeBytes(root, 'a/b/c', Buffer.from('text'));
    expect(readFileSync(at('a/b/c'), 'utf8')).toBe('text');
    expect(readBytes(root, 'a/b/c', 100)?.toString()).toBe('text');
    writeBytes(root, 'a/b/c', Buffer.from('run'), { isExecutable: true });
    expect(statSync(at('a/b/c')).mode & 0o777).toBe(0o755);
    writeBytes(root, 'a/b/c', Buffer.from('run again'));
    expect(statSync(at('a/b/c')).mode & 0o777).toBe(0o755);
    expect(removeFile(root, 'a/b/c')).toBe(true);
    expect(removeFile(root, 'a/b/c')).toBe(false);
    expect(removeFile(root, 'x/y')).toBe(false);
    expect(readBytes(root, 'a/b/c', 100)).toBeUndefined();
    expect(readdirSync(at('a/b'))).toEqual([]);
  });

  it('are not reached through a link, be it the last part or one before', () => {
    const { root, outside, at } = arrange(hasDescriptors);
    symlinkSync(join(outside, 'secret'), at('link'));
    symlinkSync(outside, at('folder-link'));
    symlinkSync('nowhere', at('dangling'));
    mkdirSync(at('real'));
    symlinkSync('../folder-link', at('real/chain'));
    for (const path of ['link', 'folder-link/secret', 'real/chain/secret', 'dangling']) {
      expect(
        codeOf(() => readBytes(root, path, 100)),
        path,
      ).toEqual(refused);
      expect(
        codeOf(() => writeBytes(root, path, Buffer.from('x'))),
        path,
      ).toEqual(refused);
      expect(
        codeOf(() => removeFile(root, path)),
        path,
      ).toEqual(refused);
    }
    expect(codeOf(() => writeBytes(root, 'folder-link/new/deep', Buffer.from('x')))).toEqual(refused);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it('are not reached by a second name, nor as folders, pipes, sockets or devices', async () => {
    const { root, outside, at } = arrange(hasDescriptors);
    linkSync(join(outside, 'secret'), at('hard'));
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    if (isRoot) execFileSync('mknod', [at('device'), 'c', '1', '3']);
    for (const path of ['hard', 'folder', 'pipe', 'socket', ...(isRoot ? ['device'] : [])]) {
      expect(
        codeOf(() => readBytes(root, path, 100)),
        path,
      ).toEqual(refused);
      expect(
        codeOf(() => writeBytes(root, path, Buffer.from('x'))),
        path,
      ).toEqual(refused);
      expect(
        codeOf(() => removeFile(root, path)),
        path,
      ).toEqual(refused);
    }
    expect(codeOf(() => readBytes(root, 'pipe/x', 100))).toEqual(refused);
    expect(codeOf(() => writeBytes(root, 'pipe/x', Buffer.from('x')))).toEqual(refused);
    await new Promise((resolve) => server.close(resolve));
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('are not read beyond the limit', () => {
    const { root, at } = arrange(hasDescriptors);
    writeFileSync(at('file'), 'x'.repeat(101));
    expect(codeOf(() => readBytes(root, 'file', 100))).toMatchObject({
      code: 'PATH_REFUSED',
      message: '"file" has 101 bytes, 100 is the limit',
    });
    expect(readBytes(root, 'file', 101)).toHaveLength(101);
  });

  it('show what they are without being read', () => {
    const { root } = arrange(hasDescriptors);
    writeBytes(root, 'tool', Buffer.from('12345'), { isExecutable: true });
    expect(withFile(root, 'tool', (_, facts) => facts)).toEqual({ size: 5, isExecutable: true });
    expect(withFile(root, 'none', () => true)).toBeUndefined();
  });

  it('leave nothing behind where they cannot be put in place', () => {
    const { root, directory, at } = arrange(hasDescriptors);
    mkdirSync(at('folder'));
    expect(codeOf(() => writeBytes(root, 'folder', Buffer.from('x')))).toEqual(refused);
    expect(codeOf(() => writeBytes(root, 'n'.repeat(300), Buffer.from('x')))).toBeInstanceOf(Error);
    expect(readdirSync(directory)).toEqual(['folder']);
  });

  it.runIf(isRoot)(
    'belong to whom their folder belongs, so that a sandbox with another user can go on',
    () => {
      const { root, directory, at } = arrange(hasDescriptors);
      chownSync(directory, 12_345, 12_346);
      writeBytes(root, 'new/deep/file', Buffer.from('x'));
      for (const path of ['new', 'new/deep', 'new/deep/file'])
        expect(statSync(at(path))).toMatchObject({ uid: 12_345, gid: 12_346 });
    },
  );

  it('say what the system says about anything else', () => {
    const { root, directory } = arrange(hasDescriptors);
    rmSync(directory, { recursive: true });
    expect(codeOf(() => readBytes(root, 'x', 100))).toMatchObject({ code: 'ENOENT' });
  });
});
