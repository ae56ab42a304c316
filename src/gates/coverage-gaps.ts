import type { Finding } from '../core/events/parts.ts';
import { toPlace } from './problems.ts';
import { parseXml } from './xml.ts';

type FileCoverage = { path: string; uncovered: number[]; counted: number };

const MAX_FILES = 10;
const MAX_RANGES = 12;

/**
 * Which lines a report (lcov or Cobertura) counts as not covered, for whoever has to write the missing tests: the files
 * of the change first, then those with the most to gain. Empty for other reports.
 */
export async function listCoverageGaps(
  report: string,
  { directory, changed }: { directory: string; changed: ReadonlySet<string> },
): Promise<Finding[]> {
  const files = report.trimStart().startsWith('<') ? await readCobertura(report) : readLcov(report);
  return files
    .flatMap(({ path, ...counts }) => {
      const place = toPlace(path, 0, directory);
      return place.path && counts.uncovered.length > 0 ? [{ path: place.path, ...counts }] : [];
    })
    .sort(
      (a, b) =>
        Number(changed.has(b.path)) - Number(changed.has(a.path)) || b.uncovered.length - a.uncovered.length,
    )
    .slice(0, MAX_FILES)
    .map(toFinding);
}

function toFinding({ path, uncovered, counted }: FileCoverage): Finding {
  const ranges = toRanges(uncovered);
  const more = ranges.length > MAX_RANGES ? ' …' : '';
  const message = `${uncovered.length} of ${counted} lines are not covered: ${ranges.slice(0, MAX_RANGES).join(', ')}${more}`;
  return { severity: 'minor', rule: 'not-covered', path, message };
}

/** 3, 4, 5, 9 as 3-5, 9. */
function toRanges(lines: readonly number[]): string[] {
  const ranges: [number, number][] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && line <= last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
}

function readLcov(text: string): FileCoverage[] {
  return text.split(/^end_of_record$/m).flatMap((record) => {
    const path = /^SF:(.+)$/m.exec(record)?.[1]?.trim();
    if (!path) return [];
    const lines = [...record.matchAll(/^DA:(\d+),(\d+)/gm)];
    const uncovered = lines.filter(([, , hits]) => hits === '0').map(([, line]) => Number(line));
    return [{ path, uncovered, counted: lines.length }];
  });
}

type Line = { number?: string; hits?: string };
type Class = { filename?: string; lines?: { line?: Line[] } };
type Cobertura = { coverage?: { packages?: { package?: { classes?: { class?: Class[] } }[] } } };

async function readCobertura(text: string): Promise<FileCoverage[]> {
  const parsed = (await parseXml(text, ['package', 'class', 'line'])) as Cobertura | undefined;
  const packages = parsed?.coverage?.packages?.package ?? [];
  return packages
    .flatMap(({ classes }) => classes?.class ?? [])
    .flatMap(({ filename, lines }) => {
      const all = lines?.line ?? [];
      const uncovered = all.filter(({ hits }) => hits === '0').map((line) => Number(line.number));
      return filename ? [{ path: filename, uncovered, counted: all.length }] : [];
    });
}
