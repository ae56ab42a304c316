import type { Json } from '../state.ts';

type Matrix = Readonly<Record<string, unknown>>;

/** Every combination of a matrix, then `exclude`, then `include` (GitHub's documentation, "Using a matrix"). */
export function expandMatrix(matrix: Matrix | undefined): Json[] {
  if (!matrix) return [{}];
  const { include, exclude, ...axes } = matrix as { include?: Json[]; exclude?: Json[] } & Matrix;
  const combined = Object.entries(axes).reduce<Json[]>(
    (rows, [name, items]) =>
      rows.flatMap((row) => (items as unknown[]).map((item) => ({ ...row, [name]: item }))),
    [{}],
  );
  const rows = Object.keys(axes).length === 0 ? [] : combined;
  const kept = rows.filter((row) => !(exclude ?? []).some((entry) => matches(row, entry)));
  for (const entry of include ?? []) {
    const fitting = kept.filter((row) => matches(row, pick(entry, Object.keys(axes))));
    const isExtra = fitting.length === 0 || Object.keys(axes).length === 0;
    if (isExtra) kept.push({ ...entry });
    else for (const row of fitting) Object.assign(row, entry);
  }
  return kept;
}

function pick(entry: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => names.includes(name)));
}

function matches(row: Json, part: Json): boolean {
  return Object.entries(part).every(([name, value]) => row[name] === value);
}

/** `name (a, b)`, as GitHub names the jobs of a matrix. */
export function nameOf(name: string, row: Json): string {
  const values = Object.values(row).map((value) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  );
  return values.length === 0 ? name : `${name} (${values.join(', ')})`;
}
