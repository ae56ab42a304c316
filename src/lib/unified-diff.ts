const CONTEXT = 3;
/** Above this many cells the middle is shown as replaced whole: still right, only longer. */
const LARGEST_TABLE = 250_000;

type Line = { sign: ' ' | '-' | '+'; text: string };

/** The difference of two texts by lines, in the manner of `diff -u` without line numbers; empty where there is none. */
export function createUnifiedDiff(before: readonly string[], after: readonly string[]): string[] {
  const lines = compare(before, after);
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== ' '),
  );
  return lines.flatMap(({ sign, text }, index) => {
    if (!isNear[index]) return [];
    return index > 0 && !isNear[index - 1] ? ['@@', sign + text] : [sign + text];
  });
}

function compare(before: readonly string[], after: readonly string[]): Line[] {
  const shortest = Math.min(before.length, after.length);
  let head = 0;
  while (head < shortest && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shortest - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (text: string): Line => ({ sign: ' ', text });
  return [
    ...before.slice(0, head).map(same),
    ...compareMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

/** Longest common subsequence by the usual table. */
function compareMiddle(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length * after.length > LARGEST_TABLE) return replaceAll(before, after);
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number) => longest[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const isSame = before[row] === after[column];
      longest[row * width + column] = isSame
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: Line[] = [];
  let [row, column] = [0, 0];
  while (row < before.length && column < after.length) {
    if (before[row] === after[column]) {
      lines.push({ sign: ' ', text: before[row] ?? '' });
      row++;
      column++;
    } else if (at(row + 1, column) >= at(row, column + 1))
      lines.push({ sign: '-', text: before[row++] ?? '' });
    else lines.push({ sign: '+', text: after[column++] ?? '' });
  }
  return [...lines, ...replaceAll(before.slice(row), after.slice(column))];
}

function replaceAll(before: readonly string[], after: readonly string[]): Line[] {
  return [
    ...before.map((text): Line => ({ sign: '-', text })),
    ...after.map((text): Line => ({ sign: '+', text })),
  ];
}
