import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import { refusedWith } from './failure.ts';
import type { Api } from './request.ts';
import { createSignedCommit } from './signed-commit.ts';

export type LabelRow = { name: string; color: string; description: string };

export type Proposal = {
  branch: string;
  /** New files by path. */
  files: ReadonlyMap<string, string>;
  title: string;
  body: string;
};

export type Proposed =
  | { status: 'opened' | 'already-open'; number: number; url: string }
  /** The branch is there and holds other files: nothing of it was touched. */
  | { status: 'differs'; paths: readonly string[] };

export interface SiteWrites {
  /** Text of a file on a branch; undefined where there is none. */
  readText(path: string, ref?: string): Promise<string | undefined>;
  /** Makes those that are missing; one that is there keeps its colour and text. May be repeated. */
  ensureLabels(rows: readonly LabelRow[], apply: boolean): Promise<{ created: string[]; kept: string[] }>;
  /** A branch of one commit and its pull request. May be repeated. Leaves nothing behind where it fails. */
  propose(proposal: Proposal): Promise<Proposed>;
}

const content = z.object({ content: z.string(), encoding: z.string() });
const ref = z.object({ object: z.object({ sha: z.string() }) });
const pull = z.object({ number: z.number(), html_url: z.string() });

export function createSiteWrites(api: Api): SiteWrites {
  async function readText(path: string, branch?: string): Promise<string | undefined> {
    const found = await api.find(content, 'GET /repos/{owner}/{repo}/contents/{+path}', {
      path,
      ...(branch === undefined ? {} : { ref: branch }),
    });
    return found && Buffer.from(found.content, 'base64').toString('utf8');
  }

  return {
    readText,
    async ensureLabels(rows, apply) {
      const there = await api.list(z.object({ name: z.string() }), 'GET /repos/{owner}/{repo}/labels');
      // GitHub compares names of labels without case.
      const names = new Set(there.map(({ name }) => name.toLowerCase()));
      const missing = rows.filter(({ name }) => !names.has(name.toLowerCase()));
      for (const row of apply ? missing : []) await createLabel(api, row);
      const kept = rows.filter((row) => !missing.includes(row));
      return { created: missing.map(({ name }) => name), kept: kept.map(({ name }) => name) };
    },
    async propose(proposal) {
      const { branch, files } = proposal;
      const base = await findDefault(api);
      const head = await api.find(ref, 'GET /repos/{owner}/{repo}/git/ref/{+ref}', {
        ref: `heads/${branch}`,
      });
      if (head) {
        const paths: string[] = [];
        for (const [path, text] of files) if ((await readText(path, branch)) !== text) paths.push(path);
        if (paths.length > 0) return { status: 'differs', paths };
      } else await createBranch(api, proposal, base.head);
      return openPull(api, proposal, base.name);
    },
  };
}

/** Another run may have made it in the meantime. */
async function createLabel(api: Api, row: LabelRow): Promise<void> {
  try {
    await api.write(z.unknown(), 'POST /repos/{owner}/{repo}/labels', { ...row });
  } catch (error) {
    if (refusedWith(error) !== 422) throw error;
  }
}

async function findDefault(api: Api): Promise<{ name: string; head: string }> {
  const { default_branch: name } = await api.get(
    z.object({ default_branch: z.string() }),
    'GET /repos/{owner}/{repo}',
  );
  const found = await api.find(ref, 'GET /repos/{owner}/{repo}/git/ref/{+ref}', { ref: `heads/${name}` });
  if (found) return { name, head: found.object.sha };
  throw new TammaError('REPOSITORY_EMPTY', `${api.owner}/${api.repo} has no commit on ${name}`);
}

/** The branch first, since GitHub signs commits only on one that exists; without its commit it does not stay. */
async function createBranch(api: Api, { branch, files, title }: Proposal, base: string): Promise<void> {
  await api.write(z.unknown(), 'POST /repos/{owner}/{repo}/git/refs', {
    ref: `refs/heads/${branch}`,
    sha: base,
  });
  try {
    await createSignedCommit(api, { name: branch, expected: base, message: title, files });
  } catch (error) {
    await api.write(z.unknown(), 'DELETE /repos/{owner}/{repo}/git/refs/{+ref}', { ref: `heads/${branch}` });
    throw error;
  }
}

async function openPull(api: Api, { branch, title, body }: Proposal, base: string): Promise<Proposed> {
  const [open] = await api.list(pull, 'GET /repos/{owner}/{repo}/pulls', {
    head: `${api.owner}:${branch}`,
    state: 'open',
  });
  if (open) return { status: 'already-open', number: open.number, url: open.html_url };
  const made = await api.write(pull, 'POST /repos/{owner}/{repo}/pulls', { head: branch, base, title, body });
  return { status: 'opened', number: made.number, url: made.html_url };
}
