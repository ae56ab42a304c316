import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The commit of a branch elsewhere that was seen last, kept between processes: so a branch that lost its end is noticed. */
export type SeenHead = {
  read(): Promise<string | null>;
  write(commit: string): Promise<void>;
};

export type SeenHeadOptions = { gitDirectory: string; url: string; branch: string };

/** A small file beside our repository. What cannot be kept there is only known to this process. */
export function createSeenHead({ gitDirectory, url, branch }: SeenHeadOptions): SeenHead {
  const name = createHash('sha256').update(`${url}\n${branch}`).digest('hex').slice(0, 24);
  const folder = join(gitDirectory, 'tamma');
  const file = join(folder, `seen-${name}`);
  let seen: string | null | undefined;
  return {
    async read() {
      if (seen === undefined) {
        const text = await readFile(file, 'utf8').catch(() => '');
        seen = /^[0-9a-f]{40,64}$/.exec(text.trim())?.[0] ?? null;
      }
      return seen;
    },
    async write(commit) {
      if (commit === seen) return;
      seen = commit;
      const draft = `${file}.${randomUUID()}`;
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(draft, `${commit}\n`);
        await rename(draft, file);
      } catch {
        // a help for later, which a read-only or full disk does without
      }
    },
  };
}
