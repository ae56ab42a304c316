import type { WholeAnswer } from './exchange.ts';
import { GitWireError, toPlainText } from './wire-error.ts';

/** What an answer other than 200 means. Git itself answers with 200 whatever happened; these are those in front of it. */
export function toStatusError({ status, headers, body }: WholeAnswer, isRead: boolean): GitWireError {
  const said = describeBody(body, String(headers['content-type'] ?? ''));
  const message = `the server answered ${status}${said ? `: ${said}` : ''}`;
  const retryAfterMs = readRetryAfter(headers['retry-after']);
  if (status === 401) return new GitWireError('unauthenticated', message);
  if (status === 429 || (status === 403 && retryAfterMs !== undefined))
    return new GitWireError('limited', message, { retryAfterMs });
  if (status === 403) return new GitWireError('forbidden', message);
  if (status === 404 || status === 410) return new GitWireError('missing', message);
  if (status === 407) return new GitWireError('unreachable', `the proxy refuses: ${message}`);
  if (status === 413) return new GitWireError('too-large', message);
  if (status >= 500) return new GitWireError('server', message, { retryAfterMs, mayHaveArrived: !isRead });
  return new GitWireError('protocol', message);
}

/** Pages for people say little in many words. */
function describeBody(body: Buffer, type: string): string {
  return /html/i.test(type) ? '' : toPlainText(body.subarray(0, 2000).toString(), 300).replaceAll('\n', ' ');
}

/** RFC 9110, 10.2.3, in seconds; a date says nothing without the server's clock. */
function readRetryAfter(value: string | undefined): number | undefined {
  return value && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : undefined;
}
