import { createUnifiedDiff } from '../../lib/unified-diff.ts';

/** `yours`: something else by another name does the same, and is left alone. */
export type FileStatus = 'new' | 'unchanged' | 'differs' | 'yours';

export type PlannedFile = {
  path: string;
  text: string;
  status: FileStatus;
  /** Of what is there to what would be written, for `differs`. */
  diff: string;
};

export type FileDraft = {
  path: string;
  text: string;
  /** Something that is there in its place. */
  other?: string | undefined;
};

/** What would become of each file. Nothing that is there is ever written over. */
export function planFiles(
  drafts: readonly FileDraft[],
  read: (path: string) => Promise<string | undefined>,
): Promise<PlannedFile[]> {
  return Promise.all(
    drafts.map(async ({ path, text, other }) => {
      if (other && other !== path) return { path: other, text, status: 'yours' as const, diff: '' };
      const there = await read(path);
      if (there === undefined) return { path, text, status: 'new' as const, diff: '' };
      if (there === text) return { path, text, status: 'unchanged' as const, diff: '' };
      const diff = createUnifiedDiff(there.split('\n'), text.split('\n')).join('\n');
      return { path, text, status: 'differs' as const, diff };
    }),
  );
}
