import { readdirSync, readFileSync } from 'node:fs';

/**
 * The process that is number 1 of the nearest PID namespace below `pid`, or undefined while there is none. When it
 * ends, the kernel ends everything in the namespace before its parent learns of it (pid_namespaces(7)).
 */
export function findNamespaceInit(pid: number): number | undefined {
  let generation = [pid];
  while (generation.length > 0) {
    const init = generation.find(isNamespaceInit);
    if (init !== undefined) return init;
    generation = generation.flatMap(listChildren);
  }
  return undefined;
}

/** proc_pid_status(5): NSpid lists the ids of a process from the reader's namespace down to its own. */
function isNamespaceInit(pid: number): boolean {
  const ids = /^NSpid:\s*(.+)$/m.exec(readProc(`${pid}/status`))?.[1]?.split(/\s+/) ?? [];
  return ids.length > 1 && ids.at(-1) === '1';
}

function listChildren(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => readProc(`${pid}/task/${task}/children`).split(' '))
      .filter((child) => child !== '')
      .map(Number);
  } catch {
    return []; // it has ended
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return '';
  }
}
