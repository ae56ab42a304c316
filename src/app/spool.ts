import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { NewEvent } from '../core/events/event.ts';
import type { Holder } from '../core/events/parts.ts';

/**
 * Events between two appends: what a model call cost is on disk before the next one starts, so that a killed run still
 * pays for what it spent. The next run delivers what a dead one left behind; ids make that repeatable.
 */
export type Spool = {
  record(event: NewEvent): void;
  events(): readonly NewEvent[];
  /** Once the events are in the log. */
  remove(): void;
};

export function createSpool(stateDirectory: string, issue: number, holder: Holder): Spool {
  const name = `${holder.startedAt.replace(/[^A-Za-z0-9-]/g, '')}-${holder.pid}.ndjson`;
  return createSpoolFile(join(folderOf(stateDirectory, issue), name), holder);
}

/** The same in a file that the caller chose: what is in it outlives the machine only if somebody carries it away. */
export function createSpoolFile(file: string, holder: Holder): Spool {
  const recorded: NewEvent[] = [];
  return {
    record(event) {
      if (recorded.length === 0) {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        append(file, JSON.stringify(holder));
      }
      recorded.push(event);
      append(file, JSON.stringify(event));
    },
    events: () => recorded,
    remove: () => rmSync(file, { force: true }),
  };
}

export type LeftBehind = { file: string; events: NewEvent[]; remove(): void };

/** What dead runs of this issue left. A last line cut off by the kill is passed over: its call was not yet made or not yet answered. */
export function findLeftBehind(
  stateDirectory: string,
  issue: number,
  isDead: (holder: Holder) => boolean,
): LeftBehind[] {
  const folder = folderOf(stateDirectory, issue);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => {
      const file = join(folder, name);
      const [holder, ...events] = readFileSync(file, 'utf8').split('\n').flatMap(parseLine);
      if (!holder) return [];
      if (!isDead(holder as Holder)) return [];
      return [{ file, events: events as NewEvent[], remove: () => rmSync(file, { force: true }) }];
    });
}

function parseLine(line: string): unknown[] {
  try {
    return line ? [JSON.parse(line)] : [];
  } catch {
    return [];
  }
}

function append(file: string, line: string): void {
  const handle = openSync(file, 'a', 0o600);
  try {
    appendFileSync(handle, `${line}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function folderOf(stateDirectory: string, issue: number): string {
  return join(stateDirectory, 'spool', String(issue));
}
