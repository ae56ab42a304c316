import type { ContentStore } from '../../ports/content-store.ts';
import type { Clock } from '../../ports/host.ts';
import { hideCredentials } from '../git-branch/git-failures.ts';
import { createContentBranch } from './content-branch.ts';
import { createContentDirectory } from './content-directory.ts';
import { type ContentKeys, parseContentKeys } from './content-keys.ts';
import { type ContentRemote, createContentRefs } from './content-refs.ts';
import { createContentStore } from './content-store.ts';
import { type ContentTableOptions, createContentTable } from './content-table.ts';
import { createNoContent } from './no-content.ts';
import type { SealedStorage } from './sealed-storage.ts';

export type ContentOptions = {
  keep: 'none' | 'directory' | 'branch' | 'table';
  /** Where content lies, or waits for its delivery. */
  directory: string;
  /** Undefined: nothing is encrypted. `value` undefined: the variable is not set, and nothing is kept in plain instead. */
  keys: { variable: string; value: string | undefined } | undefined;
  clock: Pick<Clock, 'now'>;
  /** For `branch`: the repository, and the remote that holds the truth. */
  gitDirectory: string;
  remote: ContentRemote | undefined;
  /** For `table`: the database of the log. Absent where a job has none; then what is kept lies in the directory. */
  table?: ContentTableOptions | undefined;
};

/** The content store of the configuration. Opens nothing before it is used. */
export function openContent(options: ContentOptions): ContentStore {
  if (options.keep === 'none') return createNoContent();
  return createContentStore({
    storage: openStorage(options),
    keys: readKeys(options.keys),
    clock: options.clock,
  });
}

function openStorage(options: ContentOptions): SealedStorage {
  const { keep, directory, gitDirectory, remote, table, clock } = options;
  if (keep === 'table' && table) return createContentTable(table);
  if (keep !== 'branch') return createContentDirectory(directory);
  const place = `refs/tamma/content of ${hideCredentials(remote?.url ?? gitDirectory)}`;
  const refs = createContentRefs({
    gitDirectory,
    place,
    ...(remote ? { remote: { at: remote, gitDirectory: `${directory}.git` } } : {}),
  });
  return createContentBranch({ waiting: createContentDirectory(directory), refs, place, clock });
}

function readKeys(keys: ContentOptions['keys']): () => ContentKeys {
  let parsed: ContentKeys | undefined;
  return () => {
    parsed ??= keys ? parseContentKeys(keys.value ?? '', keys.variable) : [];
    return parsed;
  };
}
