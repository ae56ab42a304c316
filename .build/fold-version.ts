// Writes src/core/projections/version.ts: the digest of all code that decides what a projection comes to, so that a
// snapshot of other code is never gone on with. Comments, types and names do not count; the same sources give the same.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const root = dirname(import.meta.dirname);
const target = 'src/core/projections/version.ts';

/** What a snapshot depends on: the projections with all they import, and how it is sealed. */
const inputs = {
  activity: 'src/core/projections/activity.ts',
  issues: 'src/core/projections/issues.ts',
  seal: 'src/core/projections/seal.ts',
};

export async function findFoldVersion(): Promise<string> {
  const build = await rolldown({
    cwd: root,
    input: inputs,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('src/'),
    transform: { target: 'node20' },
    plugins: [
      { name: 'no-version', load: (id) => (id.endsWith(target) ? "export const FOLD_VERSION = '';" : null) },
    ],
  });
  const { output } = await build.generate({
    format: 'esm',
    comments: false,
    minify: true,
    chunkFileNames: '[name].js',
  });
  await build.close();
  const digest = createHash('sha256');
  for (const file of output) if (file.type === 'chunk') digest.update(`${file.fileName}\n${file.code}\n`);
  return digest.digest('hex').slice(0, 16);
}

/** Answers whether it was another one. */
export async function writeFoldVersion(): Promise<boolean> {
  const path = join(root, target);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(/FOLD_VERSION = '[0-9a-f]*'/, `FOLD_VERSION = '${await findFoldVersion()}'`);
  if (after !== before) writeFileSync(path, after);
  return after !== before;
}

if (import.meta.main)
  console.log((await writeFoldVersion()) ? `${target} written` : `${target} is up to date`);
