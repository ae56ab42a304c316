import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gitText } from '../../../src/lib/git.ts';
import type { Repository, Run, World } from '../state.ts';
import { downloadArtifacts, uploadArtifact } from './artifacts.ts';
import { type Machine, type StepResult, toStepResult } from './step-process.ts';

export type OwnAction = {
  world: World;
  repository: Repository;
  run: Run;
  machine: Machine;
  /** Of the job. */
  token: string;
  /** Where artifacts are kept. */
  root: string;
  inputs: Readonly<Record<string, string>>;
};

/** Actions of GitHub's own that the forge does itself, by what stands before `@`. */
export const ownActions: Readonly<Record<string, (action: OwnAction) => Promise<StepResult>>> = {
  'actions/checkout': checkOut,
  'actions/upload-artifact': uploadArtifact,
  'actions/download-artifact': downloadArtifacts,
  'actions/setup-node': () => Promise.resolve(toStepResult('setup-node', 'Node is here already.\n')),
};

/** As actions/checkout: one commit deep unless told, on a branch, with the token in the configuration unless told. */
async function checkOut({ world, repository, run, machine, token, inputs }: OwnAction): Promise<StepResult> {
  const directory = join(machine.workspace, inputs.path ?? '');
  const url = `${world.url}/${repository.fullName}`;
  const header = `basic ${Buffer.from(`x-access-token:${inputs.token || token}`).toString('base64')}`;
  const ref = inputs.ref || run.headSha;
  const sha = (await repository.git.resolve(ref)) ?? ref;
  const branch = ref === run.headSha ? run.headBranch : ref.replace(/^refs\/heads\//, '');
  const isBranch = (await repository.git.find(`refs/heads/${branch}`)) !== undefined;
  const depth = inputs['fetch-depth'] ?? '1';
  await mkdir(directory, { recursive: true });
  const options = { cwd: directory, gitDirectory: join(directory, '.git'), authorization: { url, header } };
  await gitText(['init', '-q', directory]);
  await gitText(['remote', 'add', 'origin', url], options);
  const wanted = depth === '0' ? ['+refs/heads/*:refs/remotes/origin/*'] : [];
  const one = isBranch ? `+${sha}:refs/remotes/origin/${branch}` : sha;
  await gitText(
    ['fetch', '-q', '--no-tags', ...(depth === '0' ? [] : [`--depth=${depth}`]), 'origin', ...wanted, one],
    options,
  );
  const target = isBranch ? ['-B', branch, sha] : ['--detach', sha];
  await gitText(['checkout', '-q', '--force', ...target], options);
  if (inputs['persist-credentials'] !== 'false') {
    await gitText(['config', `http.${world.url}/.extraheader`, `AUTHORIZATION: ${header}`], options);
  }
  return toStepResult('checkout', `Checked out ${sha}\n`, { ref, commit: sha });
}
