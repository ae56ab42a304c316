import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../core/digest.ts';
import type { LoopState } from '../core/state.ts';
import type { StepOutcome } from '../ports/step.ts';

type Saved = { basis: string; outcome: Exclude<StepOutcome, { status: 'failed' }> };

/**
 * What a step came to, kept from the end of its work until it is published and recorded: a run killed in between is
 * finished by the next one without asking a model again, and with the same commits.
 */
export function savePendingOutcome(stateDirectory: string, issue: number, saved: Saved): void {
  const file = fileOf(stateDirectory, issue);
  mkdirSync(join(stateDirectory, 'outcomes'), { recursive: true, mode: 0o700 });
  const handle = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeFileSync(handle, JSON.stringify(saved));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${file}.new`, file);
}

/** The outcome saved for exactly this state of the issue, or undefined. */
export function findPendingOutcome(
  stateDirectory: string,
  issue: number,
  basis: string,
): Saved['outcome'] | undefined {
  try {
    const saved = JSON.parse(readFileSync(fileOf(stateDirectory, issue), 'utf8')) as Saved;
    return saved.basis === basis ? saved.outcome : undefined;
  } catch {
    return undefined; // none, or cut off by a kill: the step works again
  }
}

export function removePendingOutcome(stateDirectory: string, issue: number): void {
  rmSync(fileOf(stateDirectory, issue), { force: true });
}

/** Digest of what a step's work depends on: the configuration, and the state without claims, counters and times. */
export function basisOf(state: LoopState, configDigest: string): string {
  const {
    claim,
    position,
    steps,
    updatedAt,
    costUsd,
    stepErrors,
    correlationId,
    startedAt,
    status,
    wait,
    deaths,
    putOff,
    runId,
    ...rest
  } = state;
  return digestOf({ ...rest, configDigest });
}

function fileOf(stateDirectory: string, issue: number): string {
  return join(stateDirectory, 'outcomes', `${issue}.json`);
}
