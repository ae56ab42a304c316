import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * The operating system's own start time of a process, or undefined where no such process runs. A pid is used again,
 * a pid with a start time is not. Linux: boot id and field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)); elsewhere
 * `ps -o lstart=` (POSIX.1, macOS ps(1)). A process that has ended and waits for its parent does not run.
 */
export function findProcessStart(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  try {
    return platform === 'linux' ? readProcStart(pid) : askPs(pid);
  } catch {
    return undefined;
  }
}

function readProcStart(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold anything, so counting starts behind the last one: state is field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${readBootId()}-${fields[19]}`;
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim().slice(0, 18);
}

function askPs(pid: number): string | undefined {
  const output = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return output.trim().replace(/\s+/g, '-') || undefined;
}

/**
 * A name under which pids mean something: host name with a digest of machine and PID namespace. Two containers or two
 * machines of the same name must not take each other's living processes for dead.
 */
export function describeMachine(): string {
  const parts = [
    () => readFileSync('/etc/machine-id', 'latin1').trim(),
    () => readlinkSync('/proc/self/ns/pid'),
  ];
  const known = parts.map((read) => {
    try {
      return read();
    } catch {
      return '';
    }
  });
  const digest = createHash('sha256').update(known.join('\n')).digest('hex').slice(0, 8);
  return `${hostname().slice(0, 100)}-${digest}`;
}
