import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { git } from '../../src/lib/git.ts';
import type { Repository } from '../../src/ports/repository.ts';
import { openRepository } from '../../src/workspace/repository.ts';
import {
  createGitRepository,
  type TestRepository,
  type TestRepositoryOptions,
} from '../support/git-repository.ts';

const NOBODY = { name: 'Tamma', email: 'tamma@example.org' };
const MISSING = 'a'.repeat(40);

async function open(
  options: TestRepositoryOptions = {},
): Promise<{ made: TestRepository; repository: Repository }> {
  const made = await createGitRepository({ files: { 'a.txt': 'one\n', 'src/b.js': 'let b;\n' }, ...options });
  onTestFinished(() => made.remove());
  return { made, repository: await openRepository({ directory: made.directory }) };
}

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tamma-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function head({ git: run }: TestRepository): Promise<string> {
  return run(['rev-parse', 'main']);
}

function writeText(repository: Repository, text: string): Promise<string> {
  return repository.writeBlob(Buffer.from(text));
}

async function commitFiles(
  repository: Repository,
  base: string,
  files: Record<string, string | null>,
  message = 'Change',
): Promise<string> {
  const changes = new Map<string, { mode: '100644'; sha: string } | null>();
  for (const [path, text] of Object.entries(files)) {
    changes.set(path, text === null ? null : { mode: '100644', sha: await writeText(repository, text) });
  }
  const tree = await repository.writeTree(base, changes);
  return repository.commit({
    tree,
    parents: [base],
    message,
    author: NOBODY,
    date: '2026-11-20T12:00:00.000Z',
  });
}

describe('opening a repository', () => {
  it('works in a checkout, in a folder of it, in a bare repository and in a linked worktree', async () => {
    const { made, repository } = await open();
    expect(repository.gitDirectory).toBe(join(made.directory, '.git'));
    const inside = await openRepository({ directory: join(made.directory, 'src') });
    expect(inside.gitDirectory).toBe(repository.gitDirectory);
    const { made: bare, repository: opened } = await open({ bare: true });
    expect(opened.gitDirectory).toBe(bare.directory);
    const linked = join(createFolder(), 'linked');
    await made.git(['worktree', 'add', '--quiet', linked, '-b', 'other']);
    expect((await openRepository({ directory: linked })).gitDirectory).toBe(repository.gitDirectory);
  });

  it('says NOT_A_REPOSITORY for a folder without one and for no folder at all', async () => {
    const folder = createFolder();
    await expect(openRepository({ directory: folder })).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
    await expect(openRepository({ directory: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'NOT_A_REPOSITORY',
      message: expect.stringContaining('there is no folder'),
    });
  });

  describe('with another git', () => {
    afterEach(() => {
      vi.unstubAllEnvs();
    });

    it('says GIT_MISSING where there is no git', async () => {
      vi.stubEnv('PATH', createFolder());
      await expect(openRepository({ directory: tmpdir() })).rejects.toMatchObject({ code: 'GIT_MISSING' });
    });

    it('says GIT_MISSING for a git that cannot merge in memory', async () => {
      const folder = createFolder();
      writeFileSync(join(folder, 'git'), '#!/bin/sh\necho git version 2.37.7\n', { mode: 0o755 });
      vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
      await expect(openRepository({ directory: tmpdir() })).rejects.toMatchObject({
        code: 'GIT_MISSING',
        message: expect.stringContaining('git version 2.37.7 is too old'),
      });
    });
  });

  it('makes its state folder when it is first needed, for this user only', async () => {
    const { repository } = await open();
    expect(existsSync(join(repository.gitDirectory, 'tamma'))).toBe(false);
    expect(statSync(repository.stateDirectory).mode & 0o777).toBe(0o700);
    expect(repository.stateDirectory).toBe(join(repository.gitDirectory, 'tamma'));
  });
});

describe('reading', () => {
  it('lists files with mode, id and size, in every folder and with any name', async () => {
    const { made, repository } = await open();
    const names = ['ä b.txt', 'tab\there', 'new\nline', 'quo"te'];
    const base = await head(made);
    const sha = await writeText(repository, '12345');
    const tree = await repository.writeTree(
      base,
      new Map([
        ...names.map((name): [string, { mode: '100644' | '100755' | '120000'; sha: string }] => [
          name,
          { mode: '100644', sha },
        ]),
        ['run.sh', { mode: '100755', sha }],
        ['link', { mode: '120000', sha }],
      ]),
    );
    const files = await repository.listFiles(tree);
    expect(files.map((file) => file.path).sort()).toEqual(
      ['a.txt', 'src/b.js', 'run.sh', 'link', ...names].sort(),
    );
    expect(files.find((file) => file.path === 'run.sh')).toEqual({
      path: 'run.sh',
      mode: '100755',
      sha,
      size: 5,
    });
    expect(await repository.treeOf(base)).toBe(await made.git(['rev-parse', 'main^{tree}']));
  });

  it('reads a file of a commit byte by byte, and knows what is no file', async () => {
    const { made, repository } = await open();
    const bytes = Buffer.from([0, 255, 13, 10, 195]);
    const base = await head(made);
    const changes = new Map<string, { mode: '100644' | '120000'; sha: string }>([
      ['bytes', { mode: '100644', sha: await repository.writeBlob(bytes) }],
      ['link', { mode: '120000', sha: await writeText(repository, 'a.txt') }],
      ['odd[*]?name', { mode: '100644', sha: await writeText(repository, 'odd') }],
    ]);
    const tree = await repository.writeTree(base, changes);
    expect(await repository.readFile(tree, 'bytes')).toEqual(bytes);
    expect((await repository.readFile(tree, 'odd[*]?name'))?.toString()).toBe('odd');
    for (const path of ['link', 'src', 'src/', 'nowhere', 'a.txt/x', '../a.txt', ':a.txt', '*']) {
      expect(await repository.readFile(tree, path).catch(() => undefined), path).toBeUndefined();
    }
  });

  it('reads many blobs at once', async () => {
    const { repository } = await open();
    const shas = await Promise.all(
      ['', 'x', 'y\n'.repeat(100_000)].map((text) => writeText(repository, text)),
    );
    const blobs = await repository.readBlobs([...shas, ...shas.slice(0, 1)]);
    expect(shas.map((sha) => blobs.get(sha)?.length)).toEqual([0, 1, 200_000]);
    expect(await repository.readBlobs([])).toEqual(new Map());
  });

  it('says REALITY_DISAGREES for an object that is not there', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    const reads = [
      repository.treeOf(MISSING),
      repository.listFiles(MISSING),
      repository.readFile(MISSING, 'a.txt'),
      repository.readBlobs([MISSING]),
      repository.writeTree(MISSING, new Map()),
      repository.writeTree(base, new Map([['x', { mode: '100644', sha: MISSING }]])),
      repository.log(MISSING, { limit: 1 }),
      repository.changes(base, MISSING),
      repository.patch(base, MISSING, { maxBytes: 100 }),
      repository.isAncestor(base, MISSING),
      repository.mergeBase(base, MISSING),
      repository.mergeTrees(base, MISSING),
    ];
    const codes = await Promise.all(
      reads.map((read) =>
        read.then(
          () => 'fine',
          (error) => error.code,
        ),
      ),
    );
    expect(codes).toEqual(codes.map(() => 'REALITY_DISAGREES'));
  });

  it('takes only full object ids, so that nothing reaches git as an option or a name', async () => {
    const { repository } = await open();
    for (const id of ['main', 'HEAD', '--upload-pack=x', `${MISSING}^{tree}`, '', 'A'.repeat(40)]) {
      await expect(repository.treeOf(id), id).rejects.toMatchObject({ code: 'GIT_FAILED' });
      await expect(repository.log(id, { limit: 1 }), id).rejects.toMatchObject({ code: 'GIT_FAILED' });
    }
  });

  it('gives the log newest first, without what is excluded', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    const second = await commitFiles(
      repository,
      base,
      { 'a.txt': 'two\n' },
      'Second\n\nwith a body\n\nof two parts',
    );
    const third = await commitFiles(repository, second, { 'a.txt': 'three\n' }, 'Third');
    const log = await repository.log(third, { limit: 10 });
    expect(log.map((entry) => entry.subject)).toEqual(['Third', 'Second', 'Begin']);
    expect(log[1]).toEqual({
      sha: second,
      subject: 'Second',
      body: 'with a body\n\nof two parts',
      authorName: 'Tamma',
      date: '2026-11-20T12:00:00.000Z',
    });
    expect(await repository.log(third, { limit: 1 })).toHaveLength(1);
    expect((await repository.log(third, { limit: 10, exclude: base })).map((entry) => entry.sha)).toEqual([
      third,
      second,
    ]);
    expect(await repository.log(base, { limit: 10, exclude: third })).toEqual([]);
  });

  it('knows ancestors and common ground', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    const ours = await commitFiles(repository, base, { 'a.txt': 'ours\n' });
    const theirs = await commitFiles(repository, base, { 'a.txt': 'theirs\n' });
    expect(await repository.isAncestor(base, ours)).toBe(true);
    expect(await repository.isAncestor(ours, base)).toBe(false);
    expect(await repository.mergeBase(ours, theirs)).toBe(base);
    const tree = await repository.treeOf(base);
    const orphan = await repository.commit({
      tree,
      parents: [],
      message: 'x',
      author: NOBODY,
      date: '2026-11-20T12:00:00Z',
    });
    expect(await repository.mergeBase(ours, orphan)).toBeUndefined();
  });
});

describe('comparing', () => {
  it('names every changed path with both sides, a rename as two', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    const link = { mode: '120000' as const, sha: await writeText(repository, 'x') };
    const old = (await repository.listFiles(base)).find((file) => file.path === 'src/b.js')?.sha ?? '';
    const tree = await repository.writeTree(
      base,
      new Map<string, { mode: '100644' | '120000'; sha: string } | null>([
        ['src/b.js', null],
        ['src/c\n.js', { mode: '100644', sha: old }],
        ['a.txt', link],
      ]),
    );
    const changes = await repository.changes(base, tree);
    expect(changes.map(({ status, path, oldMode, newMode }) => [status, path, oldMode, newMode])).toEqual([
      ['type-changed', 'a.txt', '100644', '120000'],
      ['deleted', 'src/b.js', '100644', '000000'],
      ['added', 'src/c\n.js', '000000', '100644'],
    ]);
    expect(changes[2]).toMatchObject({ oldSha: '0'.repeat(40), newSha: old });
    expect(await repository.changes(base, base)).toEqual([]);
  });

  it('makes a patch for people, of all or of some paths, and cuts it at a line', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    const changed = await commitFiles(repository, base, { 'a.txt': 'two\n', 'src/b.js': 'let c;\n' });
    const patch = await repository.patch(base, changed, { maxBytes: 10_000 });
    expect(patch).toContain('-one\n+two\n');
    expect(patch).toContain('+let c;');
    expect(await repository.patch(base, changed, { maxBytes: 10_000, paths: ['a.txt'] })).not.toContain(
      'let c',
    );
    expect(await repository.patch(base, changed, { maxBytes: 10_000, paths: ['*'] })).toBe('');
    const long = await commitFiles(repository, base, { 'a.txt': 'a line of text\n'.repeat(200_000) });
    const cut = await repository.patch(base, long, { maxBytes: 1000 });
    expect(cut.length).toBeLessThan(1100);
    expect(cut).toMatch(/\n\+a line of text\n\[the diff is longer than 1000 bytes and is cut here\]\n$/);
  });
});

describe('writing', () => {
  it('writes a tree from a base, with files set, replaced by folders and removed, and nothing else touched', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    writeFileSync(join(made.directory, 'staged.txt'), 'mine');
    await made.git(['add', 'staged.txt']);
    const indexBefore = await made.git(['ls-files', '--stage']);
    const sha = await writeText(repository, 'new');
    const tree = await repository.writeTree(
      base,
      new Map([
        ['a.txt', null],
        ['a.txt/inner', { mode: '100644' as const, sha }],
        ['src/b.js', null],
        ['gone', null],
      ]),
    );
    expect((await repository.listFiles(tree)).map((file) => file.path)).toEqual(['a.txt/inner']);
    expect(await repository.writeTree(base, new Map())).toBe(await repository.treeOf(base));
    expect(
      await repository.listFiles(
        await repository.writeTree(null, new Map([['only', { mode: '100644' as const, sha }]])),
      ),
    ).toHaveLength(1);
    expect(await made.git(['ls-files', '--stage'])).toBe(indexBefore);
  });

  it('takes no path that leaves the tree or enters .git', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    const sha = await writeText(repository, 'x');
    for (const path of [
      '../x',
      '.git/config',
      'a/../../x',
      '/etc/x',
      '.GIT/config',
      '.g\u200cit/config',
      'git~1/config',
      'a/.git/x',
      '',
    ]) {
      const write = repository.writeTree(base, new Map([[path, { mode: '100644' as const, sha }]]));
      await expect(write, JSON.stringify(path)).rejects.toMatchObject({ code: 'PATH_REFUSED' });
    }
  });

  it('gives the same commit the same id, whoever is asked and whatever the machine is set to', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    await made.git(['config', 'commit.gpgSign', 'true']);
    await made.git(['config', 'i18n.commitEncoding', 'latin1']);
    const draft = {
      tree: await repository.treeOf(base),
      parents: [base],
      message: 'Grüße\n\n- ok',
      author: NOBODY,
      date: '2026-11-20T12:34:56.789Z',
    };
    const sha = await repository.commit(draft);
    expect(await repository.commit(draft)).toBe(sha);
    expect(await made.git(['cat-file', '-p', sha])).toBe(
      `tree ${draft.tree}\nparent ${base}\nauthor Tamma <tamma@example.org> 1795178096 +0000\ncommitter Tamma <tamma@example.org> 1795178096 +0000\n\nGrüße\n\n- ok`,
    );
    expect(await head(made)).toBe(base);
  });

  it('works in a repository with SHA-256 ids', async () => {
    const folder = createFolder();
    await git(['init', '--quiet', '--object-format=sha256', folder]);
    const repository = await openRepository({ directory: folder });
    const sha = await writeText(repository, 'x');
    const tree = await repository.writeTree(null, new Map([['a', { mode: '100644' as const, sha }]]));
    const commit = await repository.commit({
      tree,
      parents: [],
      message: 'x',
      author: NOBODY,
      date: '2026-11-20T12:00:00Z',
    });
    expect(commit).toHaveLength(64);
    expect(await repository.listFiles(await repository.writeTree(commit, new Map([['a', null]])))).toEqual(
      [],
    );
  });
});

describe('merging in memory', () => {
  it('merges what touches different places, and names the files that conflict', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    const ours = await commitFiles(repository, base, { 'a.txt': 'ours\n' });
    const other = await commitFiles(repository, base, { 'src/b.js': 'let theirs;\n' });
    const clean = await repository.mergeTrees(ours, other);
    expect(clean.status).toBe('clean');
    expect((await repository.readFile(clean.tree, 'src/b.js'))?.toString()).toBe('let theirs;\n');
    const conflict = await repository.mergeTrees(
      ours,
      await commitFiles(repository, base, { 'a.txt': 'theirs\n' }),
    );
    expect(conflict).toMatchObject({ status: 'conflict', files: ['a.txt'] });
    expect((await repository.readFile(conflict.tree, 'a.txt'))?.toString()).toContain('<<<<<<<');
  });

  it('says REALITY_DISAGREES for histories that have nothing in common', async () => {
    const { made, repository } = await open();
    const base = await head(made);
    const tree = await repository.treeOf(base);
    const orphan = await repository.commit({
      tree,
      parents: [],
      message: 'x',
      author: NOBODY,
      date: '2026-11-20T12:00:00Z',
    });
    await expect(repository.mergeTrees(base, orphan)).rejects.toMatchObject({ code: 'REALITY_DISAGREES' });
  });
});

describe('programs that a repository names', () => {
  it('are never run: no hook, filter, text conversion, external diff, merge driver, pager or file monitor', async () => {
    const { made, repository } = await open();
    const marker = join(createFolder(), 'ran');
    const program = `sh -c 'touch ${marker}; cat'`;
    const settings = [
      'filter.x.clean',
      'filter.x.smudge',
      'diff.x.command',
      'diff.x.textconv',
      'merge.x.driver',
      'core.fsmonitor',
      'core.pager',
      'diff.external',
    ];
    for (const name of settings) await made.git(['config', name, program]);
    await made.git(['config', 'log.showSignature', 'true']);
    await made.git(['config', 'gpg.program', program]);
    const hooks = join(made.gitDirectory, 'hooks');
    mkdirSync(hooks, { recursive: true });
    for (const hook of [
      'post-commit',
      'pre-commit',
      'post-index-change',
      'reference-transaction',
      'fsmonitor-watchman',
      'post-checkout',
    ]) {
      writeFileSync(join(hooks, hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    }
    const attributes = '* filter=x diff=x merge=x\n';
    mkdirSync(join(made.gitDirectory, 'info'), { recursive: true });
    writeFileSync(join(made.gitDirectory, 'info', 'attributes'), attributes);
    const base = await head(made);
    const ours = await commitFiles(repository, base, { '.gitattributes': attributes, 'a.txt': 'ours\n' });
    const theirs = await commitFiles(repository, base, { '.gitattributes': attributes, 'a.txt': 'theirs\n' });
    await repository.readFile(ours, 'a.txt');
    expect(await repository.patch(base, ours, { maxBytes: 10_000 })).toContain('+ours');
    await repository.changes(base, ours);
    await repository.log(ours, { limit: 5 });
    expect(await repository.mergeTrees(ours, theirs)).toMatchObject({ status: 'conflict' });
    expect(existsSync(marker), readdirSync(made.directory).join()).toBe(false);
  });
});
