import { join } from 'node:path';
import type { ChangedPath } from '../../src/core/policies/paths.ts';
import { createGitRepository } from './git-repository.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** What git makes of a patch on these files: applied to an index of its own, no work tree, read as a raw comparison. */
export async function readPatchChanges(
  diff: string,
  base: Readonly<Record<string, string>> = {},
): Promise<ChangedPath[]> {
  const repository = await createGitRepository({ bare: true, files: { 'README.md': 'base\n', ...base } });
  try {
    const env = { GIT_INDEX_FILE: join(repository.gitDirectory, 'patch-index') };
    const head = (await repository.findRef('refs/heads/main')) ?? EMPTY_TREE;
    await repository.git(['read-tree', head], { env });
    await repository.git(['apply', '--cached', '-'], { env, input: diff });
    return parseRaw(
      await repository.git(['diff-index', '--cached', '--raw', '-z', '--no-renames', head], { env }),
    );
  } finally {
    await repository.remove();
  }
}

const statuses = { A: 'added', M: 'modified', D: 'deleted', T: 'type-changed' } as const;

function parseRaw(raw: string): ChangedPath[] {
  return [...raw.matchAll(/:(\d{6}) (\d{6}) [0-9a-f]+ [0-9a-f]+ ([AMDT])\0([^\0]+)/g)].map(
    ([, oldMode = '', newMode = '', letter = '', path = '']) => ({
      status: statuses[letter as keyof typeof statuses],
      path,
      oldMode,
      newMode,
    }),
  );
}
