import type { Anchor, EventStore, LogHead } from '../ports/event-store.ts';
import type { Clock, Host } from '../ports/host.ts';
import { noteAnchor, readAnchorFile } from './anchor-file.ts';
import { compareAnchor } from './check-anchors.ts';

/** Heads of the log that are noted elsewhere, and those that this run can note. */
export type AnchorBook = {
  /** The newest head that this run has seen. */
  seen(): LogHead | undefined;
  /** Those of the anchor file, oldest first. Throws ANCHORS_UNREADABLE. */
  read(): Promise<Anchor[]>;
  /** True the first time it is asked about this subject: once a run is enough, what comes later the store sees itself. */
  isFirst(subject: string): boolean;
};

export type AnchorBookOptions = {
  store: EventStore;
  /** Where every head is noted that was appended. */
  file: string | undefined;
  clock: Clock;
  host: Pick<Host, 'report'>;
};

/**
 * The store as it was, watched for its head: what was acknowledged is noted before anybody relies on it. Before the first
 * append the log is compared with the newest note: one more note, and a tail that was cut off before would be gone unseen.
 */
export function createAnchorBook({ store, file, clock, host }: AnchorBookOptions): {
  store: EventStore;
  book: AnchorBook;
} {
  let seen: LogHead | undefined;
  const checked = new Set<string>();
  let compared: Promise<void> | undefined;

  function see(head: LogHead): boolean {
    if (head.position <= (seen?.position ?? 0)) return false;
    seen = { position: head.position, hash: head.hash };
    return true;
  }

  /** A file that cannot be read stops whoever reads it; here it would keep a person from giving a command. */
  async function compare(path: string): Promise<void> {
    const noted = await readAnchorFile(path).catch(() => []);
    for (const anchor of noted.slice(-1)) await compareAnchor(store, anchor);
  }

  async function note(head: LogHead): Promise<void> {
    if (!see(head) || !file) return;
    try {
      await noteAnchor(file, head, clock.now());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      host.report({
        kind: 'note',
        level: 'warning',
        text: `the head of the log was not noted in ${file}: ${why}`,
      });
    }
  }

  return {
    store: {
      ...store,
      async head(options) {
        const head = await store.head(options);
        see(head);
        return head;
      },
      async append(events, condition) {
        if (file) {
          compared ??= compare(file);
          await compared;
        }
        const result = await store.append(events, condition);
        if (result.status === 'appended') await note({ position: result.lastPosition, hash: result.hash });
        return result;
      },
    },
    book: {
      seen: () => seen,
      read: () => (file ? readAnchorFile(file) : Promise.resolve([])),
      isFirst(subject) {
        if (checked.has(subject)) return false;
        checked.add(subject);
        return true;
      },
    },
  };
}
