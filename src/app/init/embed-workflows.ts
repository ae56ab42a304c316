import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The workflow of each kind, in `examples/`: what is shipped and what `tamma init` writes is one text. */
export const shippedWorkflows = {
  minimal: 'examples/github-minimal/.github/workflows/tamma.yml',
  hardened: 'examples/github-hardened/.github/workflows/tamma.yml',
} as const;

const root = join(import.meta.dirname, '..', '..', '..');
export const embedded = join(import.meta.dirname, 'workflows.json');

/** As lines, so that a change can be read. */
export function buildEmbedded(): string {
  const texts = Object.entries(shippedWorkflows).map(([kind, path]) => [
    kind,
    readFileSync(join(root, path), 'utf8').split('\n'),
  ]);
  return `${JSON.stringify(Object.fromEntries(texts), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(embedded, buildEmbedded());
