/**
 * Why a conversation with a git server came to nothing.
 * `unreachable`: no connection, nothing was sent. `lost`: sent, and no whole answer came. `server`: 5xx.
 * `unauthenticated`: 401, after every renewal. `forbidden`: 403. `missing`: 404, which servers also say instead of 403.
 * `limited`: 429, or 403 with a time to wait. `refused`: git on the other side said no, in `message`.
 * `no-object`: it does not have (or does not give) the object asked for. `unsupported`: something this client or that
 * server cannot do. `untrusted`: the certificate. `redirected`: to where no credentials go. `protocol`: an answer that
 * is no git, or objects that are not what their ids say. `too-large`: more than the limits allow.
 */
export type WireFailure =
  | 'unreachable'
  | 'lost'
  | 'server'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'limited'
  | 'refused'
  | 'no-object'
  | 'unsupported'
  | 'untrusted'
  | 'redirected'
  | 'protocol'
  | 'too-large';

export type WireErrorOptions = {
  cause?: unknown;
  /** The other side may have done what it was asked for: whoever asked for a change has to look. Default false. */
  mayHaveArrived?: boolean;
  retryAfterMs?: number | undefined;
};

/** `message` may hold text of the server's, without control characters, never credentials. */
export class GitWireError extends Error {
  readonly kind: WireFailure;
  readonly mayHaveArrived: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(kind: WireFailure, message: string, options: WireErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'GitWireError';
    this.kind = kind;
    this.mayHaveArrived = options.mayHaveArrived ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Text of a server for people: printable, on lines of its own, at most so long. */
export function toPlainText(text: string, maxLength = 2000): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, ' ')
    .trim()
    .slice(0, maxLength);
}
