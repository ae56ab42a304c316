/** How a text is emphasised on a terminal; the plain palette leaves it as it is. */
export type Palette = Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>;

/** SGR parameters (ECMA-48, 8.3.117): on and off. */
const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const satisfies Record<keyof Palette, readonly [number, number]>;

export function createPalette(coloured: boolean): Palette {
  const entries = Object.entries(styles).map(([name, [on, off]]) => [
    name,
    (text: string) => (coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text),
  ]);
  return Object.fromEntries(entries) as Palette;
}
