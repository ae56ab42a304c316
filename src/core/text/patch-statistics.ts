export type PatchStatistics = { files: number; added: number; removed: number };

/**
 * What a unified diff of git adds and removes, as `git diff --shortstat` counts it: by the lengths that its hunks give
 * for themselves, so that no line of content is taken for a header.
 */
export function countPatch(patch: string): PatchStatistics {
  const total = { files: 0, added: 0, removed: 0 };
  let left = { old: 0, new: 0 };
  for (const line of patch.split('\n')) {
    if (left.old > 0 || left.new > 0) {
      const sign = line[0];
      if (sign === '\\') continue; // "\ No newline at end of file"
      if (sign === '+') total.added += 1;
      if (sign === '-') total.removed += 1;
      left = { old: left.old - (sign === '+' ? 0 : 1), new: left.new - (sign === '-' ? 0 : 1) };
      continue;
    }
    if (line.startsWith('diff --git ')) total.files += 1;
    const [, before, after] = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line) ?? [];
    if (line.startsWith('@@ ')) left = { old: Number(before ?? 1), new: Number(after ?? 1) };
  }
  return total;
}
