/** `found` is what could have been covered, `hit` what was. */
export type Counted = { found: number; hit: number };
export type CoverageReport = {
  format: 'lcov' | 'cobertura' | 'jacoco' | 'clover' | 'go';
  lines: Counted;
  branches: Counted;
};

/**
 * Totals of a coverage report: lcov (geninfo(1)), Cobertura, JaCoCo, Clover or a Go cover profile; undefined for
 * anything else. Tools count lines differently: figures of two tools must not be compared.
 */
export async function parseCoverageReport(text: string): Promise<CoverageReport | undefined> {
  const body = text.replace(/^\uFEFF/, '').trimStart();
  if (body.startsWith('<')) return await parseXmlReport(body);
  if (/^mode: (?:set|count|atomic)$/m.test(body)) return parseGoProfile(body);
  return /^(?:TN|SF|LF):/m.test(body) ? parseLcov(body) : undefined;
}

function parseLcov(text: string): CoverageReport {
  const sum = { LF: 0, LH: 0, BRF: 0, BRH: 0 };
  for (const [, key, count] of text.matchAll(/^(LF|LH|BRF|BRH):(\d+)/gm))
    sum[key as keyof typeof sum] += Number(count);
  return {
    format: 'lcov',
    lines: { found: sum.LF, hit: sum.LH },
    branches: { found: sum.BRF, hit: sum.BRH },
  };
}

/** https://pkg.go.dev/golang.org/x/tools/cover: file:from,to statements count. Blocks of several packages repeat. */
function parseGoProfile(text: string): CoverageReport {
  const blocks = new Map<string, { statements: number; isHit: boolean }>();
  for (const [, place, statements, count] of text.matchAll(/^(\S+:[\d.]+,[\d.]+) (\d+) (\d+)$/gm)) {
    const isHit = Number(count) > 0 || (blocks.get(place ?? '')?.isHit ?? false);
    blocks.set(place ?? '', { statements: Number(statements), isHit });
  }
  const sum = (rows: { statements: number }[]) => rows.reduce((total, row) => total + row.statements, 0);
  const all = [...blocks.values()];
  const lines = { found: sum(all), hit: sum(all.filter((block) => block.isHit)) };
  return { format: 'go', lines, branches: { found: 0, hit: 0 } };
}

type Attributes = Record<string, string | undefined>;
type Parsed = {
  report?: { counter?: Attributes[] };
  coverage?: Attributes & { project?: { metrics?: Attributes } };
};

async function parseXmlReport(text: string): Promise<CoverageReport | undefined> {
  const { parseXml } = await import('./xml.ts');
  const { report, coverage } = ((await parseXml(text, ['counter'])) ?? {}) as Parsed;
  if (report) return parseJacoco(report.counter ?? []);
  if (coverage?.project) return parseClover(coverage.project.metrics ?? {});
  return coverage ? parseCobertura(coverage) : undefined;
}

function parseJacoco(counters: readonly Attributes[]): CoverageReport {
  const of = (type: string): Counted => {
    const rows = counters.filter((counter) => counter.type === type);
    const hit = rows.reduce((sum, row) => sum + toNumber(row.covered), 0);
    return { found: hit + rows.reduce((sum, row) => sum + toNumber(row.missed), 0), hit };
  };
  return { format: 'jacoco', lines: of('LINE'), branches: of('BRANCH') };
}

function parseClover(metrics: Attributes): CoverageReport {
  const of = (found: string, hit: string) => ({
    found: toNumber(metrics[found]),
    hit: toNumber(metrics[hit]),
  });
  return {
    format: 'clover',
    lines: of('statements', 'coveredstatements'),
    branches: of('conditionals', 'coveredconditionals'),
  };
}

function parseCobertura(root: Attributes): CoverageReport {
  const of = (found: string, hit: string) => ({ found: toNumber(root[found]), hit: toNumber(root[hit]) });
  return {
    format: 'cobertura',
    lines: of('lines-valid', 'lines-covered'),
    branches: of('branches-valid', 'branches-covered'),
  };
}

function toNumber(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) ? value : 0;
}
