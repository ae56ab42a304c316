import { createHash } from 'node:crypto';
import type { LoggedEvent } from '../../core/events/event.ts';
import type { LogProblem } from '../../core/events/log-problem.ts';
import type { BranchObjects } from './branch-objects.ts';
import { readBuckets, toFolders } from './find-indexes.ts';
import { type IndexedBatch, keysOf, NO_ISSUE, NO_ISSUE_BATCHES, parseIndex, toEntry } from './issue-index.ts';
import type { Tip } from './tip.ts';

/** What the index must be, by one digest for each issue: 10,000 issues of a million events fit into some megabytes. */
export type ExpectedIndex = {
  add(batch: IndexedBatch, events: readonly LoggedEvent[]): void;
  /** The batches of a key have this digest; undefined where the log holds nothing under it. */
  find(key: string): string | undefined;
  keys(): Iterable<string>;
};

export function createExpectedIndex(): ExpectedIndex {
  const digests = new Map<string, string>();
  let withoutIssue: string[] = [];
  return {
    add(batch, events) {
      const line = toDigestLine(batch);
      for (const key of keysOf(events)) {
        if (key !== NO_ISSUE) digests.set(key, goOn(digests.get(key), line));
        else withoutIssue = [...withoutIssue, line].slice(-NO_ISSUE_BATCHES);
      }
    },
    find: (key) => (key === NO_ISSUE ? digestOf(withoutIssue) : digests.get(key)),
    keys: () => (withoutIssue.length > 0 ? [NO_ISSUE, ...digests.keys()] : digests.keys()),
  };
}

function toDigestLine(batch: IndexedBatch): string {
  const { name, id } = toEntry(batch);
  return `${name} ${id}`;
}

function digestOf(lines: readonly string[]): string | undefined {
  return lines.reduce<string | undefined>(goOn, undefined);
}

function goOn(before: string | undefined, line: string): string {
  return createHash('sha256')
    .update(`${before ?? ''}\n${line}`)
    .digest('base64');
}

/** The cache must say what the log says: a wrong one would hide events from whoever reads one issue. */
export async function* verifyIndex(
  objects: BranchObjects,
  tip: Tip,
  expected: ExpectedIndex,
): AsyncGenerator<LogProblem> {
  const seen = new Set<string>();
  for await (const [key, tree, place] of listIndexes(objects, tip)) {
    seen.add(key);
    const batches = parseIndex((await objects.list(tree)) ?? []);
    const digest = batches && digestOf(batches.map(toDigestLine));
    if (digest === undefined || digest !== expected.find(key))
      yield toProblem(place, `the index of issue ${key} does not fit the log`);
  }
  for (const key of expected.keys())
    if (!seen.has(key)) yield toProblem('state', `the index of issue ${key} is missing`);
  const strangers = ((await objects.list(tip.trees.state)) ?? []).filter(({ mode }) => mode !== '40000');
  for (const { name } of strangers) yield toProblem(`state/${name}`, 'Tamma did not write this file');
}

async function* listIndexes(
  objects: BranchObjects,
  tip: Tip,
): AsyncGenerator<[key: string, tree: string, place: string]> {
  const hot = toFolders((await objects.list(tip.trees.state)) ?? []);
  for (const [key, tree] of hot) yield [key, tree, `state/${key}`];
  for (const { name } of (await objects.list(tip.trees.cold)) ?? []) {
    const buckets = await readBuckets(objects, tip, [name]);
    for (const [key, tree] of Object.entries(buckets?.get(name) ?? {}))
      if (!hot.has(key)) yield [key, tree, `state/cold/${name}`];
  }
}

function toProblem(place: string, message: string): LogProblem {
  return { kind: 'index', position: null, place, message };
}
