export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

export function format(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

export function printRow(title: string, ...cells: string[]): void {
  console.log(`${title.padEnd(44)} ${cells.map((cell) => cell.padEnd(18)).join(' ')}`.trimEnd());
}
