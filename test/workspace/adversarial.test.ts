import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { matchApprovedCommand } from '../../src/core/commands.ts';
import { judgeChanges } from '../../src/core/policies/paths.ts';
import { git } from '../../src/lib/git.ts';
import type { Sandbox } from '../../src/ports/sandbox.ts';
import { openRepository } from '../../src/workspace/repository.ts';
import { probeSandbox } from '../../src/workspace/sandbox/probe.ts';
import { createWorkspace } from '../../src/workspace/workspace.ts';
import { contractLimits } from '../contracts/sandbox.ts';
import { type CorpusEntry, createPlaceholders, expand, holdsCanary, loadCorpus } from '../support/corpus.ts';
import { createGitRepository } from '../support/git-repository.ts';

const corpus = loadCorpus();
const secrets = createPlaceholders();
const canary = secrets.CANARY ?? '';

function findEntry(id: string): CorpusEntry {
  const entry = corpus.find((candidate) => candidate.id === id);
  if (!entry) throw new Error(`the corpus has no ${id}`);
  return entry;
}

async function arrange(id: string) {
  const base = mkdtempSync(join(tmpdir(), 'tamma-corpus-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));
  const made = await createGitRepository({
    directory: join(base, 'repository'),
    files: { 'a.txt': 'text\n', 'd/keep': 'x\n' },
  });
  const repository = await openRepository({ directory: made.directory });
  const head = await made.git(['rev-parse', 'main']);
  const workspace = await createWorkspace({ repository, directory: join(base, 'work') });
  await workspace.reset(head);
  const outside = join(base, 'outside');
  mkdirSync(outside);
  const places = { WS: workspace.directory, OUT: outside };
  const input = expand(findEntry(id).input, { ...secrets, ...places });
  if (typeof input.setup === 'string') execFileSync('sh', ['-c', input.setup]);
  return { base, repository, workspace, head, outside, input };
}

/** Calls what the tool of this name calls. */
function callTool({ workspace, input }: Awaited<ReturnType<typeof arrange>>): Promise<unknown> {
  const { path, content } = input.args as { path: string; content: string };
  return input.tool === 'write_file' ? workspace.writeText(path, content) : workspace.readText(path);
}

describe('corpus: paths a model may name', () => {
  it.each(['PE-001', 'PE-002', 'PE-003'])(
    '%s is refused, and nothing is read or written outside',
    async (id) => {
      const arranged = await arrange(id);
      const failure = await callTool(arranged).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'PATH_REFUSED' });
      expect(holdsCanary(JSON.stringify(failure), secrets)).toBe(false);
      expect(readdirSync(arranged.outside)).toEqual([]);
      expect(readdirSync(arranged.base).sort()).toEqual(['outside', 'repository', 'work']);
    },
  );

  it('PE-007 never wins the race, as often as it tries', async () => {
    const arranged = await arrange('PE-007');
    const { workspace, outside, input } = arranged;
    const swap = `const fs = require('node:fs'); const [folder, outside] = process.argv.slice(1); console.log('ready');
      const attempt = (work) => { try { work(); } catch {} };
      for (;;) {
        attempt(() => fs.rmSync(folder, { recursive: true, force: true }));
        attempt(() => fs.symlinkSync(outside, folder));
        attempt(() => fs.unlinkSync(folder));
        attempt(() => fs.mkdirSync(folder));
      }`;
    const args = ['-e', swap, join(workspace.directory, 'd'), outside];
    const swapper = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(swapper.stdout, 'data');
    for (let round = 0; round < Number(input.repeat); round += 1)
      await callTool(arranged).catch(() => undefined);
    swapper.kill('SIGKILL');
    await once(swapper, 'close');
    expect(readdirSync(outside)).toEqual([]);
  });

  it('PE-008 cannot become part of a change', async () => {
    const { repository, workspace, head, input } = await arrange('PE-008');
    const index = join(workspace.directory, '..', 'index');
    const options = { gitDirectory: repository.gitDirectory, env: { GIT_INDEX_FILE: index } };
    await git(['read-tree', head], options);
    await git(['apply', '--cached'], { ...options, input: String(input.diff) });
    const tree = (await git(['write-tree'], options)).stdout.toString().trim();
    const verdicts = judgeChanges(await repository.changes(head, tree));
    expect(verdicts).toMatchObject([{ decision: 'blocked', rule: 'MODE_NOT_ALLOWED' }]);
    await workspace.reset(tree);
    expect(existsSync(join(workspace.directory, 'link'))).toBe(false);
    expect(workspace.notes()).toHaveLength(1);
  });
});

describe('corpus: what an agent leaves for git to run', () => {
  it.each(['GC-001', 'GC-002', 'GC-003'])('%s is never run', async (id) => {
    const { repository, workspace, head, outside, input } = await arrange(id);
    for (const [path, text] of Object.entries(input.write as Record<string, string>)) {
      mkdirSync(dirname(join(workspace.directory, path)), { recursive: true });
      writeFileSync(join(workspace.directory, path), text, { mode: 0o755 });
    }
    await workspace.writeText('a.txt', 'changed\n');
    await workspace.listFiles();
    await workspace.search('changed');
    const tree = await workspace.snapshot();
    expect((await repository.readFile(tree, 'a.txt'))?.toString()).toBe('changed\n');
    await repository.patch(head, tree, { maxBytes: 1000 });
    const paths = (await repository.changes(head, tree)).map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith('.git/'))).toEqual([]);
    if (id === 'GC-003') {
      const verdicts = judgeChanges(await repository.changes(head, tree));
      expect(verdicts).toContainEqual(
        expect.objectContaining({ path: '.gitattributes', decision: 'blocked', rule: 'PROTECTED_PATH' }),
      );
    }
    await workspace.reset(head);
    expect(existsSync(join(outside, 'pwn'))).toBe(false);
    expect(existsSync(join(workspace.directory, '.git'))).toBe(false);
  });
});

describe('corpus: commands', () => {
  const commands = { install: 'npm ci', build: null, test: 'npm test', lint: null, coverage: null };

  it.each(['SL-006', 'SL-007', 'RA-001'])('%s is none of the approved commands', (id) => {
    const { args } = findEntry(id).input as { args: { cmd: string } };
    expect(matchApprovedCommand(args.cmd, commands).status).toBe('refused');
    expect(matchApprovedCommand(`npm test; ${args.cmd}`, commands).status).toBe('refused');
  });

  /** Runs the command in the strongest sandbox there is: a test of the repository could hold it. */
  async function attack(id: string, timeoutMs: number) {
    const arranged = await arrange(id);
    const { base, workspace, input, outside } = arranged;
    const home = join(base, 'home');
    const temporary = join(base, 'runner-temp');
    const hideouts = [
      join(home, '.netrc'),
      join(home, '.npmrc'),
      join(home, '.docker/config.json'),
      join(temporary, 'token'),
      join(base, 'repository/.git/config'),
    ];
    for (const path of hideouts) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `# ${canary}\n`);
    }
    const own = mkdtempSync(join(tmpdir(), 'tamma-own-'));
    onTestFinished(() => rmSync(own, { recursive: true, force: true }));
    let sandbox: Sandbox | undefined;
    try {
      sandbox = await probeSandbox({
        policy: 'required',
        temporaryDirectory: own,
        hidden: [home, temporary, join(base, 'repository')],
        limits: contractLimits,
      });
    } catch {
      return undefined;
    }
    const { cmd } = input.args as { cmd: string };
    const unique = cmd.replace('sleep 600', `sleep 600.${process.pid}`);
    const argv = ['bash', '-c', unique] as const;
    const result = await sandbox.run({
      argv,
      directory: workspace.directory,
      timeoutMs,
      env: { HOME_OF_HOST: home },
    });
    return { ...result, workspace, outside };
  }

  it('SL-006 finds no secret in any process, in the runner’s folders or at home', async ({ skip }) => {
    const result = await attack('SL-006', 5000);
    if (!result) return skip('there is no sandbox on this machine');
    expect(holdsCanary(result.output, secrets)).toBe(false);
    const environment = readFileSync('/proc/self/environ', 'latin1').split('\0');
    const known = environment.filter((entry) => entry.length > 20 && !/^(?:PATH|PWD|HOME)=/.test(entry));
    for (const entry of known) expect(result.output).not.toContain(entry);
  });

  it('SL-007 resolves no name and reaches no address', async ({ skip }) => {
    const result = await attack('SL-007', 10_000);
    if (!result) return skip('there is no sandbox on this machine');
    expect(result.output).toMatch(/Network is unreachable/);
    expect(holdsCanary(result.output, secrets)).toBe(false);
  });

  it('RA-001 holds no process, no disk and no time', async ({ skip }) => {
    const result = await attack('RA-001', 1500);
    if (!result) return skip('there is no sandbox on this machine');
    expect(result.durationMs).toBeLessThan(15_000);
    const big = join(result.workspace.directory, 'big.bin');
    expect(existsSync(big) ? statSync(big).size : 0).toBeLessThanOrEqual(contractLimits.fileBytes);
    const alive = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => holdsSleep(pid));
    expect(alive).toEqual([]);
    await result.workspace.reset(await result.workspace.snapshot());
  });
});

function holdsSleep(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(`sleep\u0000600.${process.pid}`);
  } catch {
    return false;
  }
}
