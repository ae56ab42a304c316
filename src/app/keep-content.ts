import { toTammaError } from '../core/errors.ts';
import { redactStrings } from '../core/text/redact-strings.ts';
import { truncateMiddle } from '../core/text/truncate.ts';
import { once } from '../lib/once.ts';
import type { ContentStore, KeepContent } from '../ports/content-store.ts';
import type { Clock, Host } from '../ports/host.ts';
import type { Redactor } from './runtime.ts';

/** Of longer texts the middle is left out, in UTF-16 units. */
const MAX_TEXT = 8 * 1024 * 1024;

const DAY_MS = 24 * 60 * 60 * 1000;

export type KeepParts = {
  store: ContentStore;
  redactor: Pick<Redactor, 'redact'>;
  host: Pick<Host, 'report'>;
  clock: Pick<Clock, 'now'>;
  retentionDays: number;
};

/**
 * The way into the content store: nothing gets there that was not redacted, and no failure gets out of it. Whoever puts
 * into a directory removes, once, what is too old in it; other places are cleared by `tamma events compact`.
 */
export function createKeepContent({ store, redactor, host, clock, retentionDays }: KeepParts): KeepContent {
  if (store.kind === 'none') return () => Promise.resolve(undefined);
  const told = new Set<string>();
  const prune = once(async () => {
    if (store.kind === 'directory') await store.prune(toLimit(clock.now(), retentionDays));
  });
  const tell = (what: string, thrown: unknown) => {
    const { message, help } = toTammaError(thrown);
    const text = redactor.redact(`${what} at ${store.place}: ${message}. ${help}`);
    if (!told.has(text)) host.report({ kind: 'note', level: 'warning', text });
    told.add(text);
    return undefined;
  };
  return async (content, kind) => {
    try {
      const digest = await store.put(toText(content, redactor), kind);
      await prune().catch((thrown: unknown) => tell('old content is not deleted', thrown));
      return digest;
    } catch (thrown) {
      return tell(`${kind} is not kept`, thrown);
    }
  };
}

/** Content that was stored before it is too old. */
export function toLimit(now: Date, retentionDays: number): Date {
  return new Date(now.getTime() - retentionDays * DAY_MS);
}

function toText(content: unknown, { redact }: Pick<Redactor, 'redact'>): string {
  if (typeof content !== 'string') return JSON.stringify(redactStrings(content, redact));
  return redact(truncateMiddle(content, MAX_TEXT));
}
