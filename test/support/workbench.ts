import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, type ConfigInput, configSchema } from '../../src/core/config/schema.ts';
import type { Repository } from '../../src/ports/repository.ts';
import type { Sandbox } from '../../src/ports/sandbox.ts';
import type { Workspace } from '../../src/ports/workspace.ts';
import { openRepository } from '../../src/workspace/repository.ts';
import { probeSandbox } from '../../src/workspace/sandbox/probe.ts';
import { createWorkspace } from '../../src/workspace/workspace.ts';
import { createGitRepository, type TestRepository } from './git-repository.ts';

/** A real repository, a real workspace at its first commit, and the strongest sandbox of this machine. */
export type Workbench = {
  git: TestRepository;
  repository: Repository;
  workspace: Workspace;
  sandbox: Sandbox;
  /** The first commit. */
  base: string;
  /** A folder outside of everything a model may touch, for canaries. */
  outside: string;
  remove(): Promise<void>;
};

export async function createWorkbench(files: Readonly<Record<string, string>>): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'tamma-workbench-'));
  const [temporaryDirectory, outside] = await Promise.all([
    mkdtemp(join(folder, 'sandbox-')),
    mkdtemp(join(folder, 'outside-')),
  ]);
  const git = await createGitRepository({ files });
  const repository = await openRepository({ directory: git.directory });
  const workspace = await createWorkspace({ repository, directory: join(folder, 'workspace') });
  const base = await git.git(['rev-parse', 'HEAD']);
  await workspace.reset(base);
  const sandbox = await probeSandbox({
    policy: 'best-effort',
    temporaryDirectory,
    hidden: [git.directory, outside],
    path: process.env.PATH ?? '',
  });
  return {
    git,
    repository,
    workspace,
    sandbox,
    base,
    outside,
    async remove() {
      await Promise.all([git.remove(), rm(folder, { recursive: true, force: true, maxRetries: 3 })]);
    },
  };
}

/** The effective configuration of a file that says only this. */
export function createConfig(given: ConfigInput = {}): Config {
  return configSchema.parse(given);
}
