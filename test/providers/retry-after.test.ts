import { describe, expect, test } from 'vitest';
import { readRetryAfter } from '../../src/providers/retry-after.ts';

const now = new Date('2026-11-20T10:00:00Z');

describe('the wait a server asks for', () => {
  test.each([
    [{ 'retry-after-ms': '1500' }, 1500],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    [{ 'retry-after': '9' }, 9000],
    [{ 'retry-after': '0.4' }, 400],
    [{ 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' }, 30_000],
    // The server's own clock is ahead of ours by a minute.
    [{ 'retry-after': 'Fri, 20 Nov 2026 10:01:30 GMT', date: 'Fri, 20 Nov 2026 10:01:00 GMT' }, 30_000],
    [{ 'retry-after': 'Fri, 20 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': '99999999999' }, 7 * 24 * 3600_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('stands in the headers %o', (headers, expected) => {
    expect(readRetryAfter({ headers: new Headers(headers), message: '' }, now)).toBe(expected);
  });

  test.each([
    ['Rate limit reached. Please try again in 1.3s.', 1300],
    ['Please try again in 6m12s', 372_000],
    ['try again in 250ms', 250],
    ['try again in 2h', 7_200_000],
    ['try again later', undefined],
  ])('stands in the text “%s”', (message, expected) => {
    expect(readRetryAfter({ message }, now)).toBe(expected);
  });

  test('stands in the body of Google', () => {
    const body = { details: [{ retryDelay: '0.5s' }] };
    expect(readRetryAfter({ body, message: '' }, now)).toBe(500);
  });
});
