import type { ContentStore } from '../../ports/content-store.ts';
import type { SealedHeader } from './sealed-content.ts';

/** Where sealed content lies: knows nothing of keys. */
export interface SealedStorage {
  readonly kind: Exclude<ContentStore['kind'], 'none'>;
  /** For people, without credentials. */
  readonly place: string;
  /** Whether it was stored at `since` or later. */
  has(digest: string, since: Date): Promise<boolean>;
  /** Replaces what was stored under that digest. */
  write(header: SealedHeader, sealed: Buffer): Promise<void>;
  read(digest: string): Promise<Buffer | undefined>;
  /** What is damaged so far that nothing can be told of it is left out. Oldest first. */
  list(): AsyncIterable<SealedHeader>;
  /** Deletes what was stored before that time; answers with how many. */
  prune(before: Date): Promise<number>;
  close(): Promise<void>;
}
