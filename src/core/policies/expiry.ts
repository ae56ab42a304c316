const MS_PER_DAY = 86_400_000;

/** When an approval or a request for one ends: ISO 8601, UTC. */
export function expiryOf(from: Date, ttlDays: number): string {
  return new Date(from.getTime() + ttlDays * MS_PER_DAY).toISOString();
}

/** When a claim made at `from` ends, if its holder is not heard of again. */
export function leaseOf(from: Date, milliseconds: number): string {
  return new Date(from.getTime() + milliseconds).toISOString();
}

/** Whether `until` has passed. The moment itself is still in time; a time that cannot be read has passed. */
export function isExpired(until: string, now: Date): boolean {
  const end = Date.parse(until);
  return Number.isNaN(end) || now.getTime() > end;
}
