import type { SignHead } from '../../core/events/head-signature.ts';
import { formatOf, type ObjectFormat } from '../../lib/git-object-format.ts';
import type { Clock } from '../../ports/host.ts';
import type { BranchObjects } from './branch-objects.ts';
import type { LogBackend, ParkedRef } from './log-backend.ts';
import type { Look } from './log-view.ts';
import type { Retry } from './retry.ts';
import type { Tip } from './tip.ts';

/** What whoever writes to the branch needs. */
export type AppendContext = {
  backend: LogBackend;
  objects: BranchObjects;
  look: Look;
  clock: Clock;
  identity: { name: string; email: string };
  retry: Retry;
  sign?: SignHead | undefined;
  /** Caches that are written along, by path. */
  files: ReadonlyMap<string, string | null>;
  /** Batches of others that waited at the last look. */
  parked?: () => readonly ParkedRef[];
};

/** How the objects of the branch are named, be it there or not. */
export function findFormat(backend: LogBackend, { commit }: Tip): Promise<ObjectFormat> {
  return commit === null ? backend.findFormat() : Promise.resolve(formatOf(commit));
}
