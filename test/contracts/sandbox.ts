import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { CommandRequest, Sandbox } from '../../src/ports/sandbox.ts';
import type { SandboxLimits } from '../../src/workspace/sandbox/limits.ts';

/** What a sandbox is checked in: the place, and what it must not find. */
export type SandboxSite = {
  sandbox: Sandbox;
  /** Its name on the ladder. */
  rung: string;
  /** The command's folder. */
  directory: string;
  /** A folder the sandbox was told to hide, with `canary.txt` in it. */
  hidden: string;
  /** A text that stands in hidden places only. */
  canary: string;
};

export type SandboxFact = {
  title: string;
  /** `confined`: promised by every level but `none`. */
  promisedBy: 'all' | 'confined';
  check(site: SandboxSite): Promise<void>;
};

const MIB = 1024 * 1024;

/** Small, so that what hits them does it quickly. The facts below rely on them. */
export const contractLimits: SandboxLimits = {
  timeoutMs: 20_000,
  memoryBytes: 768 * MIB,
  processes: 128,
  fileBytes: 4 * MIB,
  temporaryBytes: 16 * MIB,
  outputBytes: 64 * 1024,
};

/** A folder with a workspace and a hidden folder, and a way to be rid of it. */
export function createSandboxPlace(
  parent: string,
): Omit<SandboxSite, 'sandbox' | 'rung'> & { base: string; remove(): void } {
  const base = mkdtempSync(join(parent, 'tamma-sandbox-'));
  const [directory, hidden] = [join(base, 'workspace'), join(base, 'hidden')];
  const canary = `canary-${process.pid}-${Math.random().toString(36).slice(2)}`;
  mkdirSync(directory);
  mkdirSync(hidden);
  writeFileSync(join(hidden, 'canary.txt'), canary);
  return {
    base,
    directory,
    hidden,
    canary,
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function sh({ sandbox, directory }: SandboxSite, text: string, more: Partial<CommandRequest> = {}) {
  return sandbox.run({ argv: ['sh', '-c', text], directory, ...more });
}

function node(site: SandboxSite, text: string, more: Partial<CommandRequest> = {}) {
  return site.sandbox.run({ argv: ['node', '-e', text], directory: site.directory, ...more });
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    assert.ok(performance.now() < deadline, 'waited for ten seconds');
    await setTimeout(5);
  }
}

/** Processes of the machine whose command line holds the text, other than this one. */
function findProcesses(text: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && readProc(`${pid}/cmdline`).includes(text));
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return '';
  }
}

/** What this process was started with and a command must not learn. */
function ownEnvironment(): string[] {
  const allowed = /^(?:PATH|LANG|CI|PWD|OLDPWD|SHLVL|_|TMPDIR|HOME|USER|LOGNAME|SHELL)=/;
  return readProc('self/environ')
    .split('\0')
    .filter((entry) => entry.length > 12 && !allowed.test(entry));
}

export const sandboxFacts: readonly SandboxFact[] = [
  {
    title: 'runs a command in its folder, with both streams in one output and the exit code',
    promisedBy: 'all',
    async check(site) {
      writeFileSync(join(site.directory, 'given.txt'), 'given');
      const result = await sh(site, 'cat given.txt; echo " out"; echo err >&2; exit 3');
      assert.equal(result.output, 'given out\nerr\n');
      assert.equal(result.exitCode, 3);
      assert.equal(result.timedOut, false);
      assert.equal(result.truncated, false);
    },
  },
  {
    title: 'leaves what a command wrote for us to read, overwrite and remove',
    promisedBy: 'all',
    async check(site) {
      const result = await sh(
        site,
        'mkdir -p new/deep && echo made > new/deep/file && chmod 700 new && ln -s deep new/link',
      );
      assert.equal(result.exitCode, 0, result.output);
      const file = join(site.directory, 'new/deep/file');
      assert.equal(readFileSync(file, 'utf8'), 'made\n');
      writeFileSync(file, 'ours');
      assert.equal((await sh(site, 'cat new/deep/file && rm new/deep/file')).output, 'ours');
      rmSync(join(site.directory, 'new'), { recursive: true });
    },
  },
  {
    title: 'gives a command PATH, HOME, LANG, TMPDIR and CI, what the request adds, and nothing of ours',
    promisedBy: 'all',
    async check(site) {
      const result = await sh(site, 'env', { env: { ADDED: 'a value; $HOME' } });
      const names = result.output
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0] ?? '');
      const fromShell = ['PWD', 'OLDPWD', 'SHLVL', '_'];
      assert.deepEqual(names.filter((name) => !fromShell.includes(name)).sort(), [
        'ADDED',
        'CI',
        'HOME',
        'LANG',
        'PATH',
        'TMPDIR',
      ]);
      assert.match(result.output, /^ADDED=a value; \$HOME$/m);
    },
  },
  {
    title: 'has a home and a temporary folder that can be written; the home is there for later commands',
    promisedBy: 'all',
    async check(site) {
      const first = await sh(site, 'echo kept > "$HOME/kept" && echo gone > "$TMPDIR/gone" && echo fine');
      assert.equal(first.output, 'fine\n');
      const second = await sh(site, 'cat "$HOME/kept"; ls "$TMPDIR/gone" 2>/dev/null');
      assert.equal(second.output, 'kept\n');
    },
  },
  {
    title: 'runs the node that runs us',
    promisedBy: 'all',
    async check(site) {
      const result = await node(site, 'console.log(process.version)');
      assert.equal(result.output, `${process.version}\n`);
    },
  },
  {
    title: 'tells a missing program by 127 and a killed one by 137',
    promisedBy: 'all',
    async check(site) {
      const missing = await site.sandbox.run({ argv: ['no-such-program'], directory: site.directory });
      assert.equal(missing.exitCode, 127);
      assert.equal((await sh(site, 'kill -9 $$')).exitCode, 137);
    },
  },
  {
    title: 'reads no shell syntax in arguments',
    promisedBy: 'all',
    async check(site) {
      const argv = ['printf', '%s|', '$(id)', '; touch x', '-n', '*', "'"] as const;
      const result = await site.sandbox.run({ argv, directory: site.directory });
      assert.equal(result.output, "$(id)|; touch x|-n|*|'|");
    },
  },
  {
    title: 'ends a command at its deadline, with 124',
    promisedBy: 'all',
    async check(site) {
      const result = await sh(site, 'echo begun; trap "" TERM INT HUP; sleep 300; sleep 300', {
        timeoutMs: 300,
      });
      assert.equal(result.exitCode, 124);
      assert.equal(result.timedOut, true);
      assert.equal(result.output, 'begun\n');
      assert.ok(result.durationMs >= 300 && result.durationMs < 10_000, `${result.durationMs} ms`);
    },
  },
  {
    title: 'ends a command when it is aborted, and throws the reason',
    promisedBy: 'all',
    async check(site) {
      const marker = `${site.canary}-aborted`;
      const abort = new AbortController();
      const running = sh(site, `touch begun; sleep 300; echo ${marker}`, { signal: abort.signal });
      const stopped = assert.rejects(running, /enough/);
      await until(() => readdirSync(site.directory).includes('begun'));
      abort.abort(new Error('enough'));
      await stopped;
      rmSync(join(site.directory, 'begun'));
      assert.deepEqual(findProcesses(marker), []);
      await assert.rejects(sh(site, 'true', { signal: abort.signal }), /enough/);
    },
  },
  {
    title: 'ends what a command leaves behind',
    promisedBy: 'all',
    async check(site) {
      const marker = `${site.canary}-left`;
      const daemon = `setsid sh -c 'sleep 300; echo ${marker}' >/dev/null 2>&1 &`;
      const result = await sh(site, `${daemon} (sleep 300; echo ${marker}) & echo over`);
      assert.equal(result.output, 'over\n');
      assert.deepEqual(findProcesses(marker), []);
    },
  },
  {
    title: 'contains a process that takes all memory',
    promisedBy: 'all',
    async check(site) {
      const hog =
        'const held = []; for (let i = 0; i < 64; i++) held.push(Buffer.alloc(64 * 1048576, 1)); console.log("took it all")';
      const result = await node(site, hog);
      assert.notEqual(result.exitCode, 0);
      assert.doesNotMatch(result.output, /^took it all$/m);
    },
  },
  {
    title: 'keeps the beginning and the end of endless output',
    promisedBy: 'all',
    async check(site) {
      const result = await sh(site, 'echo first; yes | head -c 4000000; echo last');
      assert.equal(result.truncated, true);
      assert.ok(result.output.length < contractLimits.outputBytes + 200);
      assert.match(result.output, /^first\n/);
      assert.match(result.output, /last\n$/);
      const endless = await sh(site, 'yes', { timeoutMs: 300 });
      assert.equal(endless.exitCode, 124);
    },
  },
  {
    title: 'limits the size of a file',
    promisedBy: 'all',
    async check(site) {
      const result = await sh(site, 'head -c 20000000 /dev/zero > big.bin');
      assert.notEqual(result.exitCode, 0);
      assert.ok(statSync(join(site.directory, 'big.bin')).size <= contractLimits.fileBytes);
    },
  },
  {
    title: 'has no terminal to write to and no input to wait for',
    promisedBy: 'all',
    async check(site) {
      const result = await sh(site, '(echo x > /dev/tty) 2>/dev/null || echo none; cat; echo end');
      assert.equal(result.output, 'none\nend\n');
    },
  },
  {
    title: 'keeps our environment out of sight, in /proc too',
    promisedBy: 'confined',
    async check(site) {
      const secrets = ownEnvironment();
      assert.ok(secrets.length > 0, 'this process has an environment');
      const result = await sh(
        site,
        `cat /proc/$PPID/environ /proc/*/environ /proc/${process.pid}/environ 2>/dev/null | tr '\\0' '\\n'`,
      );
      for (const secret of secrets)
        assert.ok(!result.output.includes(secret), `found ${secret.split('=')[0]}`);
    },
  },
  {
    title: 'has a user with a name and a home, and none of the machine’s users',
    promisedBy: 'confined',
    async check(site) {
      const result = await node(
        site,
        'const user = os.userInfo(); console.log(user.username, user.homedir === process.env.HOME)',
      );
      assert.equal(result.output, 'sandbox true\n');
      assert.equal((await sh(site, 'wc -l < /etc/passwd')).output.trim(), '3');
    },
  },
  {
    title: 'shows a command its own processes only',
    promisedBy: 'confined',
    async check(site) {
      const result = await sh(
        site,
        `kill -0 ${process.pid} 2>/dev/null && echo reached; ls -d /proc/[0-9]* | wc -l`,
      );
      assert.ok(Number(result.output.trim()) < 12, result.output);
    },
  },
  {
    title: 'hides the folders it was told to hide, and everything that is not the system',
    promisedBy: 'confined',
    async check(site) {
      const result = await sh(
        site,
        `cat ${site.hidden}/canary.txt; ls ${site.hidden}; ls -a / /home; find / -name canary.txt 2>/dev/null`,
      );
      assert.doesNotMatch(result.output, new RegExp(site.canary));
      assert.doesNotMatch(result.output, /^(?:root|mnt|srv|run|sys|boot)$/m);
      assert.doesNotMatch(result.output, /\/canary\.txt$/m);
    },
  },
  {
    title: 'lets nothing be written outside its folder, its home and /tmp',
    promisedBy: 'confined',
    async check(site) {
      const places = [
        '/',
        '/usr',
        '/usr/bin',
        '/etc',
        '/opt',
        '/dev',
        '/proc',
        '/workspace/..',
        '/home',
        '/var',
        site.hidden,
      ];
      const result = await sh(
        site,
        places
          .map((place) => `(echo x > "${place}/tamma-x") 2>/dev/null && echo "wrote ${place}"`)
          .join('\n'),
      );
      assert.equal(result.output, '');
    },
  },
  {
    title: 'gives a command no rights and no way to get any',
    promisedBy: 'confined',
    async check(site) {
      const result = await sh(
        site,
        'grep -E "^(CapEff|CapPrm|NoNewPrivs)" /proc/self/status; mount -t tmpfs x /tmp 2>/dev/null && echo mounted; sudo -n true 2>/dev/null && echo sudo',
      );
      assert.deepEqual(result.output.replace(/\t/g, ' ').trim().split('\n').sort(), [
        'CapEff: 0000000000000000',
        'CapPrm: 0000000000000000',
        'NoNewPrivs: 1',
      ]);
    },
  },
  {
    title: 'reaches no network: not the outside, not the loopback and not the sockets of the host',
    promisedBy: 'confined',
    async check(site) {
      const host = await listen(site.canary);
      try {
        const result = await node(
          site,
          connectTo([
            ...host.targets,
            { host: '192.0.2.1', port: 80 },
            { host: '169.254.169.254', port: 80 },
          ]),
        );
        assert.doesNotMatch(result.output, /connected/);
        assert.match(result.output, /192\.0\.2\.1.*ENETUNREACH/);
        assert.equal(host.connections(), 0);
      } finally {
        await host.close();
      }
    },
  },
  {
    title: 'has a loopback of its own for tests that listen',
    promisedBy: 'confined',
    async check(site) {
      const text = `const net = require('net'); const server = net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1', () =>
        net.connect(server.address().port, '127.0.0.1').on('data', (data) => { console.log(String(data)); server.close(); }));`;
      assert.equal((await node(site, text)).output, 'hello\n');
    },
  },
  {
    title: 'opens the network where it is asked for, and nothing else',
    promisedBy: 'confined',
    async check(site) {
      const host = await listen(site.canary);
      try {
        const online = { network: true };
        assert.match((await node(site, connectTo(host.targets.slice(0, 1)), online)).output, /connected/);
        const result = await sh(
          site,
          `ls -d /proc/[0-9]* | wc -l; cat ${site.hidden}/canary.txt 2>/dev/null; (echo x > /usr/x) 2>/dev/null && echo wrote`,
          online,
        );
        assert.ok(Number(result.output.trim()) < 12, result.output);
      } finally {
        await host.close();
      }
    },
  },
  {
    title: 'limits what /tmp holds',
    promisedBy: 'confined',
    async check(site) {
      const result = await sh(
        site,
        'for i in 1 2 3 4 5 6 7 8 9; do head -c 3000000 /dev/zero > /tmp/$i || exit 9; done',
      );
      assert.equal(result.exitCode, 9);
    },
  },
  {
    title: 'ends with the process that started it, even if that is killed',
    promisedBy: 'confined',
    async check(site) {
      // sudo cuts the tie; there a deadline of its own ends the command some time later.
      if (site.rung === 'unshare through sudo') return;
      const marker = `${site.canary}-orphan`;
      const own = mkdtempSync(join(tmpdir(), 'tamma-orphan-'));
      const text = `touch begun; (setsid sh -c "sleep 300; echo ${marker}" >/dev/null 2>&1 &); sleep 300; echo ${marker}`;
      const script = join(import.meta.dirname, '../workspace/sandbox/run-in-sandbox.ts');
      const child = spawn(process.execPath, [script, site.rung, own, site.directory, text], {
        stdio: 'ignore',
      });
      try {
        await until(() => readdirSync(site.directory).includes('begun'));
        child.kill('SIGKILL');
        await until(() => findProcesses(marker).length === 0);
      } finally {
        rmSync(own, { recursive: true, force: true });
      }
    },
  },
  {
    title: 'adds little to the time of a command',
    promisedBy: 'confined',
    async check(site) {
      const durations: number[] = [];
      for (let run = 0; run < 5; run += 1) durations.push((await sh(site, 'true')).durationMs);
      assert.ok(Math.min(...durations) < 60, `${durations.join(', ')} ms`);
    },
  },
  // Last: without a namespace, what it leaves counts until the machine's first process has taken note of its end.
  {
    title: 'contains a fork bomb',
    promisedBy: 'all',
    async check(site) {
      const marker = `${site.canary}-bomb`;
      const result = await sh(site, `: ${marker}; f() { f | f & }; f; sleep 300`, { timeoutMs: 400 });
      assert.equal(result.exitCode, 124);
      assert.deepEqual(findProcesses(marker), []);
    },
  },
];

type Target = { host: string; port: number } | { path: string };

/** Listens on the loopback and on a socket without a file (unix(7), "abstract"): a namespace of its own hides both. */
async function listen(name: string) {
  let count = 0;
  const onConnection = () => {
    count += 1;
  };
  const servers = [createServer(onConnection), createServer(onConnection)] as const;
  await new Promise<void>((resolve) => servers[0].listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => servers[1].listen(`\0${name}`, resolve));
  const { port } = servers[0].address() as AddressInfo;
  const targets: Target[] = [{ host: '127.0.0.1', port }, { path: `\0${name}` }];
  return {
    targets,
    connections: () => count,
    close: () => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))),
  };
}

function connectTo(targets: readonly Target[]): string {
  return `const net = require('net');
    for (const target of ${JSON.stringify(targets)}) {
      const socket = net.connect(target);
      socket.setTimeout(2000, () => socket.destroy(new Error('timeout')));
      socket.on('connect', () => { console.log(target, 'connected'); socket.destroy(); });
      socket.on('error', (error) => console.log(JSON.stringify(target), error.code || error.message));
    }`;
}
