import { spawn } from 'node:child_process';
import { type Header, UNAUTHENTICATED } from './git-header.ts';

/** git said no. `stderr` is git's own text: untrusted where a remote had a say in it. */
export class GitError extends Error {
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly stderr: string;

  constructor(args: readonly string[], exitCode: number, stderr: string) {
    super(`git ${args[0] ?? ''} failed (exit ${exitCode}): ${stderr.trim().slice(0, 2000) || 'no message'}`);
    this.name = 'GitError';
    this.args = args;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

export type GitOptions = {
  /** The git directory; never discovered from the working directory. */
  gitDirectory?: string;
  cwd?: string;
  input?: string | Uint8Array;
  /** Added to the fixed environment below, for example GIT_INDEX_FILE. */
  env?: Readonly<Record<string, string>>;
  /** `Authorization` header for one network command; travels in the environment, never in argv, a URL or a file. */
  authorization?: { url: string; header: Header };
  /** Extra `-c` settings of ours, constant text only. */
  config?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not failures. Default: only 0. */
  allowExitCodes?: readonly number[];
  /** Ends git once it has written more than this, and answers with what fits and `isCut`. Default: no limit. */
  maxOutputBytes?: number;
  timeoutMs?: number;
  signal?: AbortSignal;
};

export type GitResult = { exitCode: number; stdout: Buffer; stderr: string; isCut: boolean };

/** Nothing of a repository's or a user's configuration may start a program or change what a command means. */
const HARDENED = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.attributesFile': '/dev/null',
  'core.pager': 'cat',
  'core.autocrlf': 'false',
  'core.quotePath': 'false',
  'protocol.ext.allow': 'never',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'transfer.fsckObjects': 'true',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'commit.gpgSign': 'false',
  'safe.directory': '*',
  // A crash of the machine must not lose an acknowledged append on a repository of our own (events.md, finding 12).
  'core.fsync': 'loose-object,reference',
} as const;

/**
 * Runs one git command with a fixed environment. Arguments are templates of ours with values behind `--end-of-options`
 * or `--`; they never come from a model or a platform unchecked. Throws GitError on any other exit code than the
 * allowed ones, and ENOENT's error where git is missing. Source of the hardening: design/security.md rule 4,
 * git-config(1), git(1) "Environment Variables".
 */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const { authorization, ...rest } = options;
  if (!authorization) return run(args, rest);
  const { url, header } = authorization;
  if (typeof header === 'string') return run(args, { ...rest, authorization: { url, header } });
  for (let renewals = 0; ; renewals += 1) {
    const value = await header.get();
    try {
      return await run(args, { ...rest, authorization: { url, header: value } });
    } catch (error) {
      // Whoever is not let in has changed nothing there, so the command may be repeated.
      const mayRenew = isUnauthenticated(error) && renewals < MAX_RENEWALS;
      if (!mayRenew || !(await header.renew(value))) throw error;
    }
  }
}

/** A new token may be unknown to some of the servers for some seconds. */
const MAX_RENEWALS = 3;

function isUnauthenticated(error: unknown): boolean {
  return error instanceof GitError && UNAUTHENTICATED.test(error.stderr);
}

type ReadyOptions = Omit<GitOptions, 'authorization'> & { authorization?: { url: string; header: string } };

function run(args: readonly string[], options: ReadyOptions): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      ...(options.cwd ? { cwd: options.cwd } : {}),
      env: toEnvironment(options),
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.timeoutMs ? { timeout: options.timeoutMs } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let room = options.maxOutputBytes ?? Number.POSITIVE_INFINITY;
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk.subarray(0, Math.max(0, room)));
      room -= chunk.length;
      if (room < 0) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => {}); // git may end before it has read everything; its exit code tells
    child.on('error', reject);
    child.on('close', (code) => {
      const isCut = room < 0;
      const exitCode = isCut ? 0 : (code ?? 137);
      const errorText = Buffer.concat(stderr).toString();
      if (exitCode === 0 || options.allowExitCodes?.includes(exitCode)) {
        resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: errorText, isCut });
      } else {
        reject(new GitError(args, exitCode, errorText));
      }
    });
    child.stdin.end(options.input ?? '');
  });
}

/** The same, as trimmed text. */
export async function gitText(args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await git(args, options)).stdout.toString().trim();
}

/** The whole environment of a git process: nothing of the caller's own reaches it. */
export function toEnvironment(options: ReadyOptions): NodeJS.ProcessEnv {
  const settings: [string, string][] = Object.entries({ ...HARDENED, ...options.config });
  if (options.authorization) {
    settings.push([
      `http.${options.authorization.url}.extraHeader`,
      `Authorization: ${options.authorization.header}`,
    ]);
  }
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_ALLOW_PROTOCOL: 'file:http:https:ssh',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_CONFIG_COUNT: String(settings.length),
  };
  settings.forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  if (options.gitDirectory) environment.GIT_DIR = options.gitDirectory;
  return { ...environment, ...options.env };
}

/** Whether git gave up because another process holds a lock file, which is over in a moment. */
export function isLocked(error: unknown): boolean {
  return error instanceof GitError && /\.lock': File exists/.test(error.stderr);
}

/** Setting of a repository of our own: how many commits of a branch are fetched. Without it, all there are. */
export const FETCH_DEPTH = 'tamma.fetchdepth';

const REF = /^refs\/(?:heads|tamma)\/[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/;
const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** A full ref name of our own narrow grammar (git's own accepts shell syntax and bidi characters), or a throw. */
export function checkRef(ref: string): string {
  if (
    REF.test(ref) &&
    !ref.includes('..') &&
    !ref.includes('//') &&
    !ref.endsWith('.lock') &&
    !ref.endsWith('/')
  )
    return ref;
  throw new GitError(['check-ref'], 1, `not a ref name we use: ${JSON.stringify(ref.slice(0, 80))}`);
}

/** A full object id, or a throw. */
export function checkSha(sha: string): string {
  if (SHA.test(sha)) return sha;
  throw new GitError(['check-sha'], 1, `not an object id: ${JSON.stringify(sha.slice(0, 80))}`);
}
