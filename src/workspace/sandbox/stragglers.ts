import { readdir, readFile } from 'node:fs/promises';

const ROUNDS = 50;

/**
 * Ends every process that has this setting in the environment it was started with, until none is found. Only where
 * there is a `/proc`; elsewhere it does nothing. A process that has cleared its environment is not found.
 */
export async function killByEnvironment(setting: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await findByEnvironment(setting);
    if (found.length === 0) return;
    for (const pid of found) kill(pid);
  }
}

async function findByEnvironment(setting: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const matches = await Promise.all(pids.map((pid) => hasSetting(pid, setting)));
  return pids.filter((_, index) => matches[index]);
}

async function hasSetting(pid: number, setting: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').includes(setting);
}

/** Ends a process, or the group of this negative number; one that has ended or is not ours is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // nothing to do
  }
}
