/** `0.4 s`, `12 s`, `3 min 5 s`, `1 h 4 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min${seconds % 60 ? ` ${seconds % 60} s` : ''}`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

/** Cents, or two digits that matter where it is less. */
export function formatUsd(usd: number): string {
  if (usd === 0) return '0 USD';
  return `${usd >= 0.01 ? usd.toFixed(2) : usd.toPrecision(2)} USD`;
}

/** `2026-11-20 13:04 UTC` of an ISO 8601 time in UTC. */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function shortenSha(sha: string): string {
  return sha.slice(0, 10);
}
