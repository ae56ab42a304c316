import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { gitText } from '../../src/lib/git.ts';
import { QUICK_CONFIG, quickScript } from '../support/e2e/quick-script.ts';
import { readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { walkToEnd } from '../support/e2e/walk.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('a loop works', () => {
  const sample = standingAt(() => createSampleProject({ config: QUICK_CONFIG }));
  const MERGED = { pullDocuments: 1, closingComments: 1, branches: [] };

  test('in a checkout whose owner is on another branch, and leaves their files alone', async () => {
    const { git, directory } = sample();
    await git('checkout', '--quiet', '-b', 'mine');
    await writeFile(join(directory, 'src/parse.js'), '// my draft\n');
    expect(await walkToEnd(sample(), { model: quickScript() })).toMatchObject({ status: 'done' });
    expect(await readMergeFacts(sample())).toMatchObject(MERGED);
    expect(await git('status', '--porcelain', '--branch')).toBe('## mine\n M src/parse.js');
    expect(await sample().read('main', 'src/parse.js')).toContain('inQuotes');
  });

  test('in a work tree beside the checkout, whose files follow the branch they stand on', async () => {
    const { git, folder, directory } = sample();
    const beside = join(folder, 'beside');
    await git('worktree', 'add', '--quiet', beside, '-b', 'mine');
    expect(await walkToEnd({ ...sample(), directory: beside }, { model: quickScript() })).toMatchObject({
      status: 'done',
    });
    expect(await gitText(['status', '--porcelain'], { cwd: beside })).toBe('');
    expect(await gitText(['status', '--porcelain'], { cwd: directory })).toBe('');
    expect(await git('rev-parse', 'HEAD')).toBe(await git('rev-parse', 'main'));
    expect(await readMergeFacts(sample())).toMatchObject(MERGED);
  });

  test('in a bare repository', async () => {
    const { directory, folder } = sample();
    const bare = join(folder, 'tidy-csv.git');
    await gitText(['clone', '--quiet', '--bare', directory, bare]);
    await gitText(['config', 'user.name', 'Tamma demo'], { gitDirectory: bare });
    await gitText(['config', 'user.email', 'demo@tamma.invalid'], { gitDirectory: bare });
    await gitText(['remote', 'remove', 'origin'], { gitDirectory: bare });
    const project = { ...sample(), directory: bare, home: bare };
    expect(await walkToEnd(project, { model: quickScript() })).toMatchObject({ status: 'done' });
    expect(await readMergeFacts(project)).toMatchObject(MERGED);
    expect(await verifyLog(project)).toMatchObject({ ok: true });
  });

  test('on a remote that is a folder, and leaves the clone alone', async () => {
    const { directory, folder, git } = sample();
    const origin = join(folder, 'origin.git');
    await gitText(['clone', '--quiet', '--bare', directory, origin]);
    await git('remote', 'add', 'origin', origin);
    const before = await git('rev-parse', 'HEAD');
    const project = { ...sample(), home: origin };
    expect(await walkToEnd(project, { model: quickScript() })).toMatchObject({ status: 'done' });
    expect(await readMergeFacts(project)).toMatchObject(MERGED);
    expect(await git('rev-parse', 'main')).toBe(before);
    expect(await git('branch', '--format=%(refname:short)')).toBe('main');
  });
});
