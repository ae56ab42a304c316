import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const CHANGES = ['writeFile', 'rename', 'mkdir', 'link', 'unlink', 'rm', 'appendFile', 'open', 'copyFile'];
const SYNC_CHANGES = [...CHANGES.map((name) => `${name}Sync`), 'writeSync', 'fsyncSync'];

type Functions = Record<string, (...args: unknown[]) => unknown>;

let passed = 0;
let fatal = Number.POSITIVE_INFINITY;

/** This process and all it started end at once, as with `kill -9`. */
function pass(): void {
  passed += 1;
  if (passed === fatal) process.kill(-process.pid, 'SIGKILL');
}

function watch(owner: Functions, names: readonly string[]): void {
  for (const name of names) {
    const original = owner[name];
    if (!original) continue;
    owner[name] = function (this: unknown, ...args: unknown[]) {
      pass();
      return original.apply(this, args);
    };
  }
}

/**
 * From here on everything this process does to the world outside is counted: files it changes, programs it starts,
 * bytes it sends. Before the one with this number it ends. Needs a process group of its own; import it first.
 */
export function endBeforeWrite(number: number): void {
  passed = 0;
  fatal = number;
}

/** How many there were. */
export function countWrites(): number {
  return passed;
}

watch(fs.promises as unknown as Functions, CHANGES);
watch(fs as unknown as Functions, SYNC_CHANGES);
watch(childProcess as unknown as Functions, ['spawn']);
watch(net.Socket.prototype as unknown as Functions, ['write', 'end']);
syncBuiltinESMExports();
