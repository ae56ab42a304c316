const words: Readonly<Record<string, number>> = {
  critical: 0,
  urgent: 0,
  highest: 0,
  high: 1,
  medium: 2,
  normal: 2,
  low: 3,
  lowest: 4,
};

/** The priority in the labels people use for it: `priority: high`, `priority/2`, `P1`. The most urgent one counts. */
export function findPriority(labels: readonly string[]): number | null {
  const found = labels.flatMap((label) => {
    const [, value = ''] =
      /^(?:priority|prio)\s*[:/\-\s]\s*(\w+)$/i.exec(label.trim()) ?? /^(p\d)$/i.exec(label.trim()) ?? [];
    const rank = words[value.toLowerCase()] ?? Number(/^p?(\d)$/i.exec(value)?.[1] ?? Number.NaN);
    return Number.isNaN(rank) ? [] : [rank];
  });
  return found.length > 0 ? Math.min(...found) : null;
}
