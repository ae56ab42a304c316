/** What kept content is: decides nothing, is there for people and statistics. */
export type ContentKind = 'prompt' | 'answer' | 'diff' | 'log';

export type StoredContent = { digest: string; kind: ContentKind; bytes: number; storedAt: string };

/**
 * Keeps a text, or a plain value as JSON, redacted, and answers with its digest; undefined where nothing is kept. Never
 * throws: evidence that cannot be kept is told to people and costs no work.
 */
export type KeepContent = (content: unknown, kind: ContentKind) => Promise<string | undefined>;

/**
 * Large content beside the log, found by the SHA-256 (hex) of what was put in. The log holds digests only, so content may
 * be deleted when its time is over without touching history.
 */
export interface ContentStore {
  readonly kind: 'none' | 'directory' | 'branch' | 'table';
  /** For people, without credentials. */
  readonly place: string;
  /** Answers with the digest. May be repeated: the same content is kept once. Redacted text only. */
  put(content: string, kind: ContentKind): Promise<string>;
  /** Undefined where it never was or is no more. Throws CONTENT_CORRUPT where it is not what its name says, CONTENT_KEY_MISSING where its key is not there. */
  get(digest: string): Promise<string | undefined>;
  list(): AsyncIterable<StoredContent>;
  /** Deletes what was stored before that time; answers with how many. */
  prune(before: Date): Promise<number>;
  /** Encrypts with the newest key what is not yet. `left`: digests that stay as they are, damaged or without their key. */
  rotate(): Promise<{ rotated: number; left: string[] }>;
  /** Delivers what waits, where puts are collected. */
  close(): Promise<void>;
}
