import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { git } from '../../src/lib/git.ts';
import type { Repository, TreeEntry } from '../../src/ports/repository.ts';
import type { WorkspaceLimits } from '../../src/workspace/limits.ts';
import { openRepository } from '../../src/workspace/repository.ts';
import { createWorkspace } from '../../src/workspace/workspace.ts';

type Mode = Exclude<TreeEntry['mode'], '160000'>;
type File = string | Buffer | { mode: TreeEntry['mode']; text: string };

/** A bare repository with one commit of these files, and a workspace of it. */
async function arrange(files: Record<string, File>, limits: Partial<WorkspaceLimits> = {}) {
  const base = mkdtempSync(join(tmpdir(), 'tamma-workspace-'));
  onTestFinished(() => {
    execFileSync('chmod', ['-R', 'u+rwX', base]);
    rmSync(base, { recursive: true, force: true });
  });
  const bare = join(base, 'repository.git');
  await git(['init', '--quiet', '--bare', bare]);
  const repository = await openRepository({ directory: bare });
  const commit = await commitFiles(repository, files);
  const workspace = await createWorkspace({ repository, directory: join(base, 'work'), limits });
  const outside = join(base, 'outside');
  mkdirSync(outside);
  return { repository, workspace, commit, outside, at: (path: string) => join(workspace.directory, path) };
}

async function commitFiles(repository: Repository, files: Record<string, File>): Promise<string> {
  const entries = Object.entries(files).map(
    async ([path, file]): Promise<[string, { mode: Mode; sha: string }]> => {
      const { mode, text } =
        typeof file === 'string' || Buffer.isBuffer(file) ? { mode: '100644' as const, text: file } : file;
      // A submodule is the id of a commit elsewhere; the index takes any.
      const sha = mode === '160000' ? '1'.repeat(40) : await repository.writeBlob(Buffer.from(text));
      return [path, { mode: mode as Mode, sha }];
    },
  );
  const changes = new Map(await Promise.all(entries));
  const tree = await repository.writeTree(null, changes);
  const author = { name: 'Test', email: 'test@example.org' };
  return repository.commit({ tree, parents: [], message: 'x', author, date: '2026-11-20T12:00:00Z' });
}

/** Every entry below the folder with what it is. */
function listAll(directory: string, prefix = ''): string[] {
  return readdirSync(join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = `${prefix}${entry.name}`;
    return entry.isDirectory() ? [`${path}/`, ...listAll(directory, `${path}/`)] : [path];
  });
}

const PROJECT = {
  '.gitignore': 'node_modules/\n*.log\n',
  'README.md': '# Project\n',
  'src/index.js': 'export {};\n',
  'run.sh': { mode: '100755', text: '#!/bin/sh\n' },
} as const satisfies Record<string, File>;

describe('making the folder a commit', () => {
  it('writes the exact bytes and modes, and no .git', async () => {
    const bytes = Buffer.from([0, 13, 10, 255, 10, 13]);
    const { workspace, commit, at } = await arrange({
      ...PROJECT,
      '.gitattributes': '* text eol=crlf filter=lfs\n',
      bytes,
      empty: '',
    });
    await workspace.reset(commit);
    expect(readFileSync(at('bytes'))).toEqual(bytes);
    expect(readFileSync(at('README.md'), 'utf8')).toBe('# Project\n');
    expect(statSync(at('run.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(at('src/index.js')).mode & 0o777).toBe(0o644);
    expect(listAll(workspace.directory)).toEqual([
      '.gitattributes',
      '.gitignore',
      'README.md',
      'bytes',
      'empty',
      'run.sh',
      'src/',
      'src/index.js',
    ]);
  });

  it('touches nothing that is right already', async () => {
    const { workspace, commit, at } = await arrange(PROJECT);
    await workspace.reset(commit);
    const old = new Date('2001-01-01T00:00:00Z');
    for (const path of ['README.md', 'src/index.js', 'run.sh']) utimesSync(at(path), old, old);
    writeFileSync(at('src/index.js'), 'changed');
    await workspace.reset(commit);
    expect(statSync(at('README.md')).mtime).toEqual(old);
    expect(statSync(at('run.sh')).mtime).toEqual(old);
    expect(readFileSync(at('src/index.js'), 'utf8')).toBe('export {};\n');
  });

  it('keeps what is ignored and removes everything else that is not of the commit', async () => {
    const { workspace, commit, at } = await arrange(PROJECT);
    await workspace.reset(commit);
    mkdirSync(at('node_modules/pkg/.git'), { recursive: true });
    writeFileSync(at('node_modules/pkg/index.js'), 'installed');
    writeFileSync(at('src/debug.log'), 'log');
    mkdirSync(at('new/deep'), { recursive: true });
    writeFileSync(at('new/deep/file'), 'x');
    mkdirSync(at('empty/er'), { recursive: true });
    symlinkSync('/etc/passwd', at('link'));
    execFileSync('mkfifo', [at('pipe')]);
    mkdirSync(at('sub/.git'), { recursive: true });
    writeFileSync(at('sub/file'), 'x');
    mkdirSync(at('.git/hooks'), { recursive: true });
    chmodSync(at('run.sh'), 0o644);
    rmSync(at('README.md'));
    await workspace.reset(commit);
    expect(listAll(workspace.directory).filter((path) => !path.startsWith('node_modules'))).toEqual([
      '.gitignore',
      'README.md',
      'run.sh',
      'src/',
      'src/debug.log',
      'src/index.js',
    ]);
    expect(existsSync(at('node_modules/pkg/index.js'))).toBe(true);
    expect(statSync(at('run.sh')).mode & 0o777).toBe(0o755);
  });

  it('goes from one commit to another where files, folders and links change places', async () => {
    const { repository, workspace, commit, at } = await arrange({
      a: 'file',
      'b/c': 'file',
      'd/e': 'x',
      l: { mode: '120000', text: 'a' },
    });
    const next = await commitFiles(repository, {
      'a/inner': 'x',
      b: 'file now',
      d: { mode: '120000', text: 'b' },
      l: 'a file',
    });
    await workspace.reset(commit);
    await workspace.reset(next);
    expect(listAll(workspace.directory)).toEqual(['a/', 'a/inner', 'b', 'd', 'l']);
    expect(readlinkSync(at('d'))).toBe('b');
    expect(readFileSync(at('l'), 'utf8')).toBe('a file');
    await workspace.reset(commit);
    expect(listAll(workspace.directory)).toEqual(['a', 'b/', 'b/c', 'd/', 'd/e', 'l']);
  });

  it('puts a file where ignored things, hard links or pipes stand', async () => {
    const { repository, workspace, commit, outside, at } = await arrange(PROJECT);
    const next = await commitFiles(repository, {
      ...PROJECT,
      'node_modules/own.js': 'tracked',
      'x.log': 'tracked too',
      'build.log/file': 'deep',
    });
    await workspace.reset(commit);
    writeFileSync(at('node_modules'), 'a file in the way');
    mkdirSync(at('x.log'));
    writeFileSync(at('x.log/inner'), 'ignored');
    writeFileSync(join(outside, 'victim'), 'victim');
    linkSync(join(outside, 'victim'), at('build.log'));
    await workspace.reset(next);
    expect(readFileSync(at('node_modules/own.js'), 'utf8')).toBe('tracked');
    expect(readFileSync(at('x.log'), 'utf8')).toBe('tracked too');
    expect(readFileSync(at('build.log/file'), 'utf8')).toBe('deep');
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('victim');
    expect(await workspace.snapshot()).toBe(await repository.treeOf(next));
  });

  it('never writes through a link that stands where a folder was', async () => {
    const { workspace, commit, outside, at } = await arrange(PROJECT);
    await workspace.reset(commit);
    rmSync(at('src'), { recursive: true });
    symlinkSync(outside, at('src'));
    await workspace.reset(commit);
    expect(lstatSync(at('src')).isDirectory()).toBe(true);
    expect(readdirSync(outside)).toEqual([]);
  });

  it('opens up folders that a command has locked', async () => {
    const { repository, workspace, commit, at } = await arrange(PROJECT);
    await workspace.reset(commit);
    chmodSync(at('src'), 0o000);
    await workspace.reset(commit);
    expect(await workspace.snapshot()).toBe(await repository.treeOf(commit));
  });

  it('makes links that stay inside and leaves out the others, with a note', async () => {
    const link = (text: string) => ({ mode: '120000', text }) as const;
    const { repository, workspace, commit, at } = await arrange({
      'dir/file': 'x',
      good: link('dir/file'),
      'dir/up': link('../good'),
      absolute: link('/etc/passwd'),
      out: link('../outside/x'),
      'dir/winding': link('../dir/../../x'),
      config: link('.git/config'),
      module: { mode: '160000', text: '' },
    });
    await workspace.reset(commit);
    expect(readFileSync(at('good'), 'utf8')).toBe('x');
    expect(readlinkSync(at('dir/up'))).toBe('../good');
    expect(listAll(workspace.directory)).toEqual(['dir/', 'dir/file', 'dir/up', 'good']);
    expect(workspace.notes()).toEqual([
      'the link "absolute" is left out: it leads out of the repository',
      'the link "config" is left out: it leads into the git directory',
      'the link "dir/winding" is left out: it climbs after it has descended',
      'the link "out" is left out: it leads out of the repository',
    ]);
    expect(await workspace.snapshot(), 'what was left out is not a change').toBe(
      await repository.treeOf(commit),
    );
    expect(await workspace.listFiles()).toEqual(['dir/file']);
  });

  it('writes files with any name git takes', async () => {
    const names = ['with blank', 'colon:name', 'back\\slash', 'new\nline', 'ünïcödé/ß', '-dash', '*glob?'];
    const { repository, workspace, commit, at } = await arrange(
      Object.fromEntries(names.map((name) => [name, name])),
    );
    await workspace.reset(commit);
    for (const name of names) expect(readFileSync(at(name), 'utf8')).toBe(name);
    expect(await workspace.snapshot()).toBe(await repository.treeOf(commit));
  });

  it('writes more than fits into one batch', async () => {
    const files = Object.fromEntries(
      [1, 2, 3].map((digit) => [`big${digit}`, Buffer.alloc(12 * 1024 * 1024, digit)]),
    );
    const { repository, workspace, commit, at } = await arrange(files);
    await workspace.reset(commit);
    expect(readFileSync(at('big3')).equals(Buffer.alloc(12 * 1024 * 1024, 3))).toBe(true);
    expect(await workspace.snapshot()).toBe(await repository.treeOf(commit));
  }, 60_000);

  it('says REALITY_DISAGREES for a commit that is not there', async () => {
    const { workspace } = await arrange(PROJECT);
    await expect(workspace.reset('a'.repeat(40))).rejects.toMatchObject({ code: 'REALITY_DISAGREES' });
  });
});

describe('taking a snapshot', () => {
  it('is the tree of the commit while nothing has changed', async () => {
    const { repository, workspace, commit } = await arrange(PROJECT);
    await workspace.reset(commit);
    expect(await workspace.snapshot()).toBe(await repository.treeOf(commit));
  });

  it('holds what was added, changed, deleted, moved and made executable', async () => {
    const { repository, workspace, commit, at } = await arrange(PROJECT);
    await workspace.reset(commit);
    await workspace.writeText('src/new/file.js', 'new');
    await workspace.writeText('src/index.js', 'changed');
    await workspace.deleteFile('README.md');
    chmodSync(at('run.sh'), 0o644);
    writeFileSync(at('tool'), '#!/bin/sh\n', { mode: 0o755 });
    const tree = await workspace.snapshot();
    const changes = await repository.changes(commit, tree);
    expect(changes.map(({ status, path, newMode }) => `${status} ${path} ${newMode}`)).toEqual([
      'deleted README.md 000000',
      'modified run.sh 100644',
      'modified src/index.js 100644',
      'added src/new/file.js 100644',
      'added tool 100755',
    ]);
    expect((await repository.readFile(tree, 'src/index.js'))?.toString()).toBe('changed');
    expect(await workspace.snapshot()).toBe(tree);
  });

  it('leaves out what is ignored, by .gitignore or as what builds leave behind, but not files of the commit', async () => {
    const { repository, workspace, commit, at } = await arrange({
      ...PROJECT,
      'kept.log': 'tracked though ignored',
    });
    await workspace.reset(commit);
    for (const path of [
      'node_modules/a.js',
      'x.log',
      'app/__pycache__/a.pyc',
      '.venv/bin/python',
      'coverage/lcov.info',
      'lib/node_modules/b.js',
    ]) {
      mkdirSync(join(at(path), '..'), { recursive: true });
      writeFileSync(at(path), 'x');
    }
    expect(await workspace.snapshot()).toBe(await repository.treeOf(commit));
    await workspace.writeText('kept.log', 'changed');
    expect(
      (await repository.changes(commit, await workspace.snapshot())).map((change) => change.path),
    ).toEqual(['kept.log']);
  });

  it('obeys a .gitignore that the change itself brings, and no ignore file of the machine', async () => {
    const { repository, workspace, commit } = await arrange({ a: 'x' });
    await git(['config', 'core.excludesFile', join(workspace.directory, 'a')], {
      gitDirectory: repository.gitDirectory,
    });
    await workspace.reset(commit);
    await workspace.writeText('x', 'not ignored: the file that would say so is not read');
    await workspace.writeText('dist/out.js', 'x');
    await workspace.writeText('.gitignore', 'dist/\n');
    const files = await repository.listFiles(await workspace.snapshot());
    expect(files.map((file) => file.path)).toEqual(['.gitignore', 'a', 'x']);
  });

  it('refuses new links, changed links and repositories inside', async () => {
    const { workspace, commit, at } = await arrange({
      ...PROJECT,
      link: { mode: '120000', text: 'README.md' },
    });
    await workspace.reset(commit);
    symlinkSync('README.md', at('src/new-link'));
    await expect(workspace.snapshot()).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: expect.stringContaining('src/new-link'),
    });
    rmSync(at('src/new-link'));
    rmSync(at('link'));
    symlinkSync('run.sh', at('link'));
    await expect(workspace.snapshot()).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: expect.stringContaining('links cannot be part'),
    });
    await workspace.reset(commit);
    mkdirSync(at('vendor'));
    await git(['init', '--quiet', at('vendor')]);
    await expect(workspace.snapshot()).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: expect.stringContaining('"vendor" is a repository'),
    });
  });

  it('refuses hard links, and names no tool may write', async () => {
    const { workspace, commit, outside, at } = await arrange(PROJECT);
    await workspace.reset(commit);
    writeFileSync(join(outside, 'secret'), 'secret');
    linkSync(join(outside, 'secret'), at('copy'));
    await expect(workspace.snapshot()).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: expect.stringContaining('hard link'),
    });
    rmSync(at('copy'));
    writeFileSync(at('evil\u202egnp.js'), 'x');
    await expect(workspace.snapshot()).rejects.toMatchObject({ code: 'PATH_REFUSED' });
  });

  it('never reads through a link that stands where a folder was', async () => {
    const { repository, workspace, commit, outside, at } = await arrange(PROJECT);
    await workspace.reset(commit);
    writeFileSync(join(outside, 'index.js'), 'secret of the machine');
    rmSync(at('src'), { recursive: true });
    symlinkSync(outside, at('src'));
    await expect(workspace.snapshot()).rejects.toMatchObject({ code: 'PATH_REFUSED' });
    const { stdout } = await git(['cat-file', '--batch-all-objects', '--batch'], {
      gitDirectory: repository.gitDirectory,
    });
    expect(stdout.toString()).not.toContain('secret of the machine');
  });

  it('passes over pipes and sockets, as git does', async () => {
    const { repository, workspace, commit, at } = await arrange(PROJECT);
    await workspace.reset(commit);
    execFileSync('mkfifo', [at('pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    expect(await workspace.snapshot()).toBe(await repository.treeOf(commit));
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses a change that is too large for one', async () => {
    const { workspace, commit, at } = await arrange(PROJECT, { snapshotFileBytes: 1000, snapshotFiles: 10 });
    await workspace.reset(commit);
    writeFileSync(at('big'), Buffer.alloc(1001));
    await expect(workspace.snapshot()).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: expect.stringContaining('1001 bytes'),
    });
    rmSync(at('big'));
    for (let index = 0; index < 11; index += 1) writeFileSync(at(`file${index}`), '');
    await expect(workspace.snapshot()).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: expect.stringContaining('.gitignore'),
    });
  });

  it('works before the first reset, as a tree of its own', async () => {
    const { repository, workspace } = await arrange(PROJECT);
    await workspace.writeText('only.txt', 'x');
    expect((await repository.listFiles(await workspace.snapshot())).map((file) => file.path)).toEqual([
      'only.txt',
    ]);
  });

  it('works in a folder inside the git directory, where a checkout keeps it', async () => {
    const { repository, commit } = await arrange(PROJECT);
    const directory = join(repository.stateDirectory, 'work', '7');
    const workspace = await createWorkspace({ repository, directory });
    await workspace.reset(commit);
    mkdirSync(join(directory, 'node_modules'));
    writeFileSync(join(directory, 'node_modules/x'), 'installed');
    await workspace.writeText('new', 'x');
    const changes = await repository.changes(commit, await workspace.snapshot());
    expect(changes.map((change) => change.path)).toEqual(['new']);
  });

  it('leaves the user’s index, checkout and configuration alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tamma-checkout-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await git(['init', '--quiet', folder]);
    await git(['config', 'core.splitIndex', 'true'], { cwd: folder });
    writeFileSync(join(folder, 'staged'), 'x');
    await git(['add', 'staged'], { cwd: folder });
    const repository = await openRepository({ directory: folder });
    const commit = await commitFiles(repository, PROJECT);
    const before = listAll(folder).filter((path) => !/^\.git\/(?:objects|tamma)/.test(path));
    const index = readFileSync(join(folder, '.git/index'));
    const directory = join(repository.stateDirectory, 'work', '7');
    const workspace = await createWorkspace({ repository, directory });
    await workspace.reset(commit);
    await workspace.writeText('x', 'y');
    await workspace.snapshot();
    expect(listAll(folder).filter((path) => !/^\.git\/(?:objects|tamma)/.test(path))).toEqual(before);
    expect(readFileSync(join(folder, '.git/index'))).toEqual(index);
  });
});

describe('what a model does with files', () => {
  it('lists files by glob, sorted, without folders, links and ignored files', async () => {
    const { workspace, commit, at } = await arrange({ ...PROJECT, 'src/.hidden.js': '', 'a/b/c.ts': '' });
    await workspace.reset(commit);
    symlinkSync('README.md', at('link.md'));
    writeFileSync(at('x.log'), '');
    await workspace.writeText('src/fresh.js', '');
    expect(await workspace.listFiles()).toEqual([
      '.gitignore',
      'README.md',
      'a/b/c.ts',
      'run.sh',
      'src/.hidden.js',
      'src/fresh.js',
      'src/index.js',
    ]);
    expect(await workspace.listFiles('**/*.js')).toEqual(['src/.hidden.js', 'src/fresh.js', 'src/index.js']);
    expect(await workspace.listFiles('*.md')).toEqual(['README.md']);
    expect(await workspace.listFiles('{a,src}/**/*.{ts,js}')).toHaveLength(4);
    expect(await workspace.listFiles('../**')).toEqual([]);
  });

  it('reads, writes, replaces and deletes text, and keeps what a file was', async () => {
    const { workspace, commit, at } = await arrange({ ...PROJECT, bom: '\ufeffx\r\n' });
    await workspace.reset(commit);
    expect(await workspace.readText('bom')).toBe('\ufeffx\r\n');
    await workspace.writeText('run.sh', '#!/bin/sh\necho ü\n');
    expect(statSync(at('run.sh')).mode & 0o777).toBe(0o755);
    expect(await workspace.readText('run.sh')).toBe('#!/bin/sh\necho ü\n');
    expect(await workspace.hasFile('run.sh')).toBe(true);
    await workspace.deleteFile('run.sh');
    await workspace.deleteFile('run.sh');
    expect(await workspace.hasFile('run.sh')).toBe(false);
    expect(await workspace.hasFile('no/such/folder')).toBe(false);
    expect(readdirSync(workspace.directory).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('refuses what is not there, is no text, or is too large', async () => {
    const { workspace, commit } = await arrange(
      { binary: Buffer.from([0xc3, 0x28]), big: 'x'.repeat(2000) },
      { fileBytes: 1000 },
    );
    await workspace.reset(commit);
    await expect(workspace.readText('nowhere')).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: '"nowhere" is not there',
    });
    await expect(workspace.readText('binary')).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: '"binary" is not UTF-8 text',
    });
    await expect(workspace.readText('big')).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: '"big" has 2000 bytes, 1000 is the limit',
    });
    await expect(workspace.writeText('new', 'ü'.repeat(501))).rejects.toMatchObject({ code: 'PATH_REFUSED' });
    await expect(workspace.readText('')).rejects.toMatchObject({ code: 'PATH_REFUSED' });
  });

  it('writes a limited number of files, each as often as it likes', async () => {
    const { workspace, commit } = await arrange(PROJECT, { writtenFiles: 2 });
    await workspace.reset(commit);
    for (const path of ['a', 'b', 'a', 'b']) await workspace.writeText(path, path);
    await expect(workspace.writeText('c', 'x')).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: expect.stringContaining('file number 3'),
    });
  });

  it('reads reports that git ignores, and answers undefined where there is none', async () => {
    const { workspace, commit, at } = await arrange(PROJECT, { reportBytes: 100 });
    await workspace.reset(commit);
    mkdirSync(at('coverage'));
    writeFileSync(at('coverage/lcov.info'), 'TN:\n');
    expect(await workspace.readReport('coverage/lcov.info')).toBe('TN:\n');
    expect(await workspace.readReport('coverage/none')).toBeUndefined();
    writeFileSync(at('coverage/huge'), 'x'.repeat(101));
    await expect(workspace.readReport('coverage/huge')).rejects.toMatchObject({ code: 'PATH_REFUSED' });
    await expect(workspace.readReport('../x')).rejects.toMatchObject({ code: 'PATH_REFUSED' });
  });
});

describe('searching', () => {
  const FILES = {
    'a.js': 'const one = 1;\nfoo(bar);\n',
    'b/c.js': 'foo(baz);\nlet x;\nFOO();\n',
    'd.txt': 'foo(text)\n',
    binary: Buffer.from([0, 102, 111, 111]),
    big: `foo${'x'.repeat(5000)}`,
  };

  it('finds lines by expression and by plain text, in the order of the files, within a glob and a limit', async () => {
    const { workspace, commit } = await arrange(FILES, { fileBytes: 4000 });
    await workspace.reset(commit);
    expect(await workspace.search('foo\\((?<name>ba.)\\)')).toEqual([
      { path: 'a.js', line: 2, text: 'foo(bar);' },
      { path: 'b/c.js', line: 1, text: 'foo(baz);' },
    ]);
    expect((await workspace.search('foo(')).map(({ path }) => path)).toEqual(['a.js', 'b/c.js', 'd.txt']);
    expect(await workspace.search('foo', { glob: '**/*.txt' })).toHaveLength(1);
    expect(await workspace.search('.', { limit: 3 })).toHaveLength(3);
    expect(await workspace.search('[a-z\\-]+ = \\d')).toHaveLength(1);
    expect(await workspace.search('nothing like it')).toEqual([]);
  });

  it('ends a pattern that would never end', async () => {
    const { workspace, commit } = await arrange({ a: `${'a'.repeat(60)}!` }, { searchMs: 300 });
    await workspace.reset(commit);
    await expect(workspace.search('^(a+)+$')).rejects.toMatchObject({
      code: 'PATH_REFUSED',
      message: expect.stringContaining('takes too long'),
    });
  });
});
