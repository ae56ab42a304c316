import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TammaError } from '../../../src/core/errors.ts';
import { checkPromises } from '../../../src/workspace/sandbox/check-promises.ts';
import { ladder, type ProbeOptions, probeSandbox } from '../../../src/workspace/sandbox/probe.ts';
import { contractLimits, createSandboxPlace } from '../../contracts/sandbox.ts';

function arrange() {
  const place = createSandboxPlace(tmpdir());
  onTestFinished(() => place.remove());
  const probe = (more: Partial<ProbeOptions> = {}) =>
    probeSandbox({
      policy: 'required',
      temporaryDirectory: place.base,
      hidden: [place.hidden],
      limits: contractLimits,
      ...more,
    });
  return { ...place, probe };
}

/** Whether this machine has any sandbox at all; the ladder's own tests say which and why not. */
const hasSandbox = await findSandbox();

async function findSandbox(): Promise<boolean> {
  const place = createSandboxPlace(tmpdir());
  const options: ProbeOptions = { policy: 'best-effort', temporaryDirectory: place.base, hidden: [] };
  const { level } = await probeSandbox(options).finally(() => place.remove());
  return level !== 'none';
}

describe('looking for a sandbox', () => {
  it('names every rung it tried and why it does not hold, where one is required', async () => {
    const { probe } = arrange();
    const isRoot = process.getuid?.() === 0;
    const rungs = isRoot ? ['unshare through sudo', 'unshare in a user namespace'] : ['unshare as root'];
    const failure = await probe({ rungs }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TammaError);
    expect(failure).toMatchObject({ code: 'SANDBOX_MISSING', help: expect.stringContaining('bubblewrap') });
    for (const rung of rungs) expect(String(failure)).toContain(`${rung}: `);
    await expect(probe({ rungs: [] })).rejects.toMatchObject({ code: 'SANDBOX_MISSING' });
  });

  it('goes on without one on best effort, and says everything that is weaker', async () => {
    const { probe, directory } = arrange();
    const sandbox = await probe({ policy: 'best-effort', rungs: [] });
    expect(sandbox.level).toBe('none');
    expect(sandbox.directoryInside).toBeUndefined();
    expect(sandbox.weaknesses.join('\n')).toMatch(/network and read every file/);
    expect((await sandbox.run({ argv: ['pwd'], directory })).output).toBe(`${directory}\n`);
  });

  it('takes a rung only if a command in it cannot find what it must not find', async () => {
    const { probe, directory, hidden } = arrange();
    const none = await probe({ policy: 'best-effort', rungs: [] });
    const { broken } = await checkPromises(none, { directory, hidden: [hidden] });
    expect(broken).toEqual(
      expect.arrayContaining(['the workspace cannot be written', 'processes of the machine are visible']),
    );
  });

  it.runIf(hasSandbox)('prefers the strongest rung and has nothing to complain about it', async () => {
    const { probe } = arrange();
    const best = await probe();
    expect(best.weaknesses).toEqual([]);
    const names = ladder.map((rung) => rung.name);
    const single = await Promise.all(
      names.map((name) => {
        const { probe: other } = arrange();
        return other({ rungs: [name] }).then(
          (sandbox) => sandbox.level,
          () => undefined,
        );
      }),
    );
    expect(best.level).toBe(single.find((level) => level !== undefined));
  });
});

describe.runIf(hasSandbox)('what a command sees', () => {
  it('covers hidden folders inside what is visible, and a folder that has our name', async () => {
    const { probe, directory } = arrange();
    const sandbox = await probe({
      hidden: ['/', '/usr/share', '/workspace', '/home', '/no/such/folder', '/etc/hostname'],
    });
    const { output } = await sandbox.run({
      argv: ['sh', '-c', 'ls -A /usr/share; ls /home; cat /etc/hostname; ls -d /usr/lib'],
      directory,
    });
    expect(output).toBe('sandbox\n/usr/lib\n');
  });

  it('finds node first, from a hidden folder too, and the npm beside it', async () => {
    const { probe, directory, hidden } = arrange();
    const prefix = join(hidden, 'node');
    mkdirSync(join(prefix, 'bin'), { recursive: true });
    mkdirSync(join(prefix, 'lib/node_modules/npm/bin'), { recursive: true });
    copyFileSync(process.execPath, join(prefix, 'bin/node'));
    chmodSync(join(prefix, 'bin/node'), 0o755);
    writeFileSync(
      join(prefix, 'lib/node_modules/npm/bin/npm-cli.js'),
      '#!/usr/bin/env node\nconsole.log("npm beside", process.execPath)\n',
      { mode: 0o755 },
    );
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(prefix, 'bin/npm'));
    const sandbox = await probe({ nodeDirectory: join(prefix, 'bin') });
    const { output } = await sandbox.run({ argv: ['sh', '-c', 'command -v node; npm'], directory });
    expect(output).toBe('/toolchain/bin/node\nnpm beside /toolchain/bin/node\n');
  });

  it('takes node from where it is, if that is visible, and goes on without one', async () => {
    const { probe, directory, hidden } = arrange();
    const readPath = async (nodeDirectory: string) =>
      (
        await (await probe({ nodeDirectory })).run({ argv: ['sh', '-c', 'echo $PATH'], directory })
      ).output.split(':')[0];
    if (existsSync('/usr/bin/node')) expect(await readPath('/usr/bin')).toBe('/usr/bin');
    expect(await readPath(hidden)).toBe('/usr/local/sbin');
  });

  it('keeps the entries of the caller’s PATH that it can see', async () => {
    const { probe, directory, hidden } = arrange();
    const given = ['/usr/lib', hidden, 'relative/bin', '/no/such/folder', '/opt', ''];
    const sandbox = await probe({ path: given.join(delimiter) });
    const { output } = await sandbox.run({ argv: ['sh', '-c', 'echo $PATH'], directory });
    expect(
      output
        .trim()
        .split(delimiter)
        .filter((entry) => given.includes(entry)),
    ).toEqual(['/usr/lib', '/opt']);
  });

  it('finds toolchains of the hidden home, and none of its secrets', async () => {
    const { probe, directory, hidden } = arrange();
    mkdirSync(join(hidden, '.cargo/bin'), { recursive: true });
    mkdirSync(join(hidden, '.rustup/toolchains'), { recursive: true });
    writeFileSync(join(hidden, '.cargo/credentials.toml'), 'secret');
    writeFileSync(join(hidden, '.cargo/bin/cargo'), '#!/bin/sh\necho "cargo of $HOME"\n', { mode: 0o755 });
    const sandbox = await probe();
    const text =
      'cargo; ls ~/.rustup; ls -A ~/.cargo; touch ~/.cargo/registry && echo can fetch; touch ~/.cargo/bin/x 2>/dev/null || echo cannot change';
    const { output } = await sandbox.run({ argv: ['sh', '-c', text], directory });
    expect(output).toBe('cargo of /home/sandbox\ntoolchains\nbin\ncan fetch\ncannot change\n');
  });

  it('is the same whatever the umask of this process is', async () => {
    const { probe, directory } = arrange();
    const before = process.umask(0o077);
    try {
      const sandbox = await probe();
      const { output } = await sandbox.run({
        argv: ['sh', '-c', 'touch made; stat -c %a made; node -p 1+1'],
        directory,
      });
      expect(output).toBe('644\n2\n');
    } finally {
      process.umask(before);
    }
  });

  it('is given a folder that another process of Tamma has used before', async () => {
    const { probe, directory } = arrange();
    mkdirSync(join(directory, 'deep'));
    writeFileSync(join(directory, 'deep/file'), 'old');
    if (process.getuid?.() === 0)
      for (const path of ['', 'deep', 'deep/file'])
        chownSync(join(directory, path), 1_900_000_001, 1_900_000_001);
    const sandbox = await probe();
    expect(
      (await sandbox.run({ argv: ['sh', '-c', 'echo new > deep/file && touch deep/other'], directory }))
        .exitCode,
    ).toBe(0);
    expect(readFileSync(join(directory, 'deep/file'), 'utf8')).toBe('new\n');
    expect(statSync(join(directory, 'deep/other')).isFile()).toBe(true);
  });
});

describe.runIf(hasSandbox)('a sandbox that cannot be set up', () => {
  it('is SANDBOX_FAILED, never a red command', async () => {
    const { probe, directory } = arrange();
    for (const rung of ladder.map(({ name }) => name)) {
      const sandbox = await probe({ rungs: [rung] }).catch(() => undefined);
      if (!sandbox) continue;
      const run = sandbox.run({ argv: ['true'], directory: join(directory, 'nowhere') });
      await expect(run).rejects.toMatchObject({
        code: 'SANDBOX_FAILED',
        message: expect.stringContaining(rung),
      });
    }
  });

  it('is SANDBOX_FAILED without a sandbox too', async () => {
    const { probe, directory } = arrange();
    const none = await probe({ policy: 'best-effort', rungs: [] });
    const run = none.run({ argv: ['true'], directory: join(directory, 'nowhere') });
    await expect(run).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
    expect((await none.run({ argv: ['true'], directory })).exitCode).toBe(0);
  });

  it('takes no variable that is no name', async () => {
    const { probe, directory } = arrange();
    const sandbox = await probe();
    await expect(sandbox.run({ argv: ['true'], directory, env: { '-u PATH': 'x' } })).rejects.toMatchObject({
      code: 'UNEXPECTED',
    });
    await expect(sandbox.run({ argv: ['true'], directory, env: { 'A=B': 'x' } })).rejects.toMatchObject({
      code: 'UNEXPECTED',
    });
  });

  it('leaves the folder of the probe as it was', async () => {
    const { probe, base } = arrange();
    await probe();
    for (const name of ['home', 'hidden', 'workspace']) expect(existsSync(join(base, name))).toBe(true);
    rmSync(base, { recursive: true });
    expect(existsSync(base)).toBe(false);
  });
});
