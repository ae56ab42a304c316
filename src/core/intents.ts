import { z } from 'zod';
import { line, sha } from './events/parts.ts';

/**
 * What a step wants of the platform, as data: the only thing that crosses from work to publish, so everything in it
 * has a schema and a size. Publishing converges; an intent may be applied any number of times.
 */
const branchName = z.string().regex(/^tamma\/[0-9]{1,10}-[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/);
const label = z.string().min(1).max(100);
const body = z.string().max(30_000);
const number = z.int().min(1);

export const intent = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('issue'),
    number,
    assign: z.literal('self').optional(),
    addLabels: z.array(label).max(20).optional(),
    removeLabels: z.array(label).max(20).optional(),
    comment: z.strictObject({ marker: line, body }).optional(),
    close: z.strictObject({ reason: line }).optional(),
  }),
  z.strictObject({
    kind: z.literal('create-issue'),
    marker: line,
    title: line,
    body,
    labels: z.array(label).max(20),
  }),
  z.strictObject({
    kind: z.literal('branch'),
    name: branchName,
    head: sha,
    /** Where the log says the branch is; null: the log knows of none. */
    expected: sha.nullable(),
    baseSha: sha,
    commits: z.array(z.strictObject({ sha, message: line })).max(20),
  }),
  z.strictObject({ kind: z.literal('delete-branch'), name: branchName, expected: sha }),
  z.strictObject({
    kind: z.literal('pull-request'),
    issue: number,
    branch: branchName,
    base: line,
    head: sha,
    title: line,
    body,
    draft: z.boolean(),
    labels: z.array(label).max(20),
  }),
  z.strictObject({
    kind: z.literal('merge'),
    pull: number,
    branch: branchName,
    base: line,
    expectedHead: sha,
    method: z.enum(['merge', 'squash', 'rebase']),
    title: line,
    body,
  }),
  /** Takes back a merge that was left to the platform: a queue, auto-merge. */
  z.strictObject({ kind: z.literal('withdraw-merge'), pull: number }),
  z.strictObject({
    kind: z.literal('dispatch'),
    purpose: z.enum(['ci', 'deployment']),
    /** File name of a workflow of the default branch, out of the configuration. */
    workflow: z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}\.ya?ml$/),
    ref: line,
    /** A run that was dispatched since then stands for this one; null: none does by its time. */
    since: z.string().max(30).nullable(),
    /** A run on this commit stands for this one; null: any commit that has `contains` does. */
    head: sha.nullable(),
    contains: sha.nullable(),
  }),
  z.strictObject({
    kind: z.literal('resolve-thread'),
    pull: number,
    thread: z.string().regex(/^[\w=+/-]{1,120}$/),
    marker: line,
    body,
  }),
]);

export type Intent = z.infer<typeof intent>;
export type IntentOf<K extends Intent['kind']> = Extract<Intent, { kind: K }>;

/** Effects nobody can take back: the log says they are intended before they happen. */
export function isIrreversible(wanted: Intent): boolean {
  return wanted.kind === 'merge' || wanted.kind === 'pull-request' || wanted.kind === 'dispatch';
}
