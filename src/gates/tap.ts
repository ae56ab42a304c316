import { createFailingTest, type FailingTest, type TestSummary } from './failing-test.ts';

const POINT = /^( *)(not )?ok \d+(?: -)? ?(.*)$/;
const DIRECTIVE = / # (?:SKIP|TODO)\b.*$/i;

/**
 * TAP 13 and 14 (https://testanything.org), with the blocks that node and vitest add. A suite that only fails because a
 * test in it does is not counted. Undefined where the text is no TAP.
 */
export function parseTap(text: string): TestSummary | undefined {
  if (!/^TAP version 1[34]\s*$/m.test(text) && !/^ *(?:not )?ok \d+ - /m.test(text)) return undefined;
  const lines = text.split(/\r?\n/);
  const failing: FailingTest[] = [];
  let executed = 0;
  lines.forEach((line, index) => {
    const point = POINT.exec(line);
    if (!point || isSuite(lines, index)) return;
    const title = point[3] ?? '';
    if (DIRECTIVE.test(title)) return;
    executed += 1;
    if (!point[2]) return;
    const place = findPlace(lines, index);
    failing.push(createFailingTest(title.replace(/ # time=.*$/, ''), place?.path, place?.line));
  });
  return { formats: ['tap'], executed, failing };
}

function isSuite(lines: readonly string[], index: number): boolean {
  if (/\{\s*$/.test(lines[index] ?? '')) return true;
  const block = readBlock(lines, index);
  return /^\s*(?:failureType: 'subtestsFailed'|type: 'suite')/m.test(block);
}

function findPlace(lines: readonly string[], index: number): { path: string; line: string } | undefined {
  const found = /^\s*(?:location|at): ['"](.+?):(\d+):\d+['"]/m.exec(readBlock(lines, index));
  return found?.[1] && found[2] ? { path: found[1], line: found[2] } : undefined;
}

/** The YAML block that belongs to the test point, or nothing. */
function readBlock(lines: readonly string[], index: number): string {
  if (!/^\s*---$/.test(lines[index + 1] ?? '')) return '';
  const end = lines.findIndex((line, at) => at > index && /^\s*\.\.\.$/.test(line));
  return lines.slice(index + 1, end < 0 ? index + 60 : end).join('\n');
}
