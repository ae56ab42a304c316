import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { hasScopes } from '../access.ts';
import type { Artifact } from '../state.ts';
import { findToken } from '../tokens.ts';
import type { OwnAction } from './own-actions.ts';
import { type StepResult, toStepResult } from './step-process.ts';

const fail = (name: string, log: string): StepResult => ({ ...toStepResult(name, `${log}\n`), code: 1 });

/** As actions/upload-artifact: paths keep what they do not have in common; hidden files stay behind unless told. */
export async function uploadArtifact(action: OwnAction): Promise<StepResult> {
  const { world, repository, run, machine, root, inputs } = action;
  const name = inputs.name ?? 'artifact';
  if (/[":<>|*?\r\n\\/]/.test(name))
    return fail('upload-artifact', `The artifact name is not valid: ${name}`);
  const twin = repository.artifacts.find((entry) => entry.run === run.id && entry.name === name);
  if (twin && inputs.overwrite !== 'true') {
    return fail('upload-artifact', `an artifact with this name already exists on the workflow run: ${name}`);
  }
  repository.artifacts = repository.artifacts.filter((entry) => entry !== twin);
  const files = await findFiles(machine.workspace, inputs);
  if (files.length === 0) {
    const log = `No files were found with the provided path: ${inputs.path}`;
    return inputs['if-no-files-found'] === 'error'
      ? fail('upload-artifact', log)
      : toStepResult('upload-artifact', `${log}\n`);
  }
  const id = world.newId();
  const directory = join(root, `artifact-${id}`);
  const digest = createHash('sha256');
  for (const { source, target } of files) {
    await mkdir(dirname(join(directory, target)), { recursive: true });
    // Permissions are lost, as in the real one's zip.
    await cp(source, join(directory, target));
    digest.update(await readFile(source));
  }
  const artifact: Artifact = { id, run: run.id, name, directory, createdAt: world.now() };
  repository.artifacts.push(artifact);
  const outputs = { 'artifact-id': String(id), 'artifact-digest': digest.digest('hex') };
  return toStepResult('upload-artifact', `Uploaded ${name}\n`, outputs);
}

type Found = { source: string; target: string };

async function findFiles(workspace: string, inputs: OwnAction['inputs']): Promise<Found[]> {
  const lines = (inputs.path ?? '').split('\n').map((line) => line.trim());
  const paths = lines.filter(Boolean).map((line) => resolve(workspace, line));
  if (paths.some((path) => /[*?!]/.test(path))) throw new Error('the forge uploads no patterns, only paths');
  const known = await Promise.all(
    paths.map(async (path) => ({ path, stats: await stat(path).catch(() => undefined) })),
  );
  const sources = known.flatMap(({ path, stats }) =>
    stats ? [{ path, isFolder: stats.isDirectory() }] : [],
  );
  const base = findBase(sources.map(({ path, isFolder }) => (isFolder ? path : dirname(path))));
  const files = await Promise.all(
    sources.map(({ path, isFolder }) => (isFolder ? listFolder(path) : Promise.resolve([path]))),
  );
  const isHidden = (target: string) => target.split(sep).some((part) => part.startsWith('.'));
  return files
    .flat()
    .map((source) => ({ source, target: relative(base, source) }))
    .filter(({ target }) => inputs['include-hidden-files'] === 'true' || !isHidden(target));
}

async function listFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** The folder all have in common. */
function findBase(folders: readonly string[]): string {
  const [first = sep, ...rest] = folders;
  const holds = (base: string) => rest.every((path) => path === base || path.startsWith(`${base}${sep}`));
  let base = first;
  while (!holds(base) && base !== dirname(base)) base = dirname(base);
  return base;
}

/** As actions/download-artifact; of another run with `run-id` and a token that may read it. */
export async function downloadArtifacts(action: OwnAction): Promise<StepResult> {
  const { world, repository, run, machine, inputs } = action;
  const other = inputs['run-id'];
  if (other !== undefined && other !== String(run.id)) {
    const token = findToken(world, `Bearer ${inputs['github-token'] ?? ''}`);
    if (!token || !hasScopes(token, repository, { actions: 'read' })) {
      return fail(
        'download-artifact',
        'Unable to download artifacts: Resource not accessible by integration',
      );
    }
  }
  const isWanted = inputs.pattern ? picomatch(inputs.pattern) : () => true;
  const found = repository.artifacts.filter(
    ({ run: of, name }) =>
      String(of) === (other ?? String(run.id)) && (inputs.name ? name === inputs.name : isWanted(name)),
  );
  if (inputs.name && found.length === 0) {
    return fail(
      'download-artifact',
      `Unable to download artifact(s): Artifact not found for name: ${inputs.name}`,
    );
  }
  const target = resolve(machine.workspace, inputs.path ?? '');
  const isFlat = Boolean(inputs.name) || inputs['merge-multiple'] === 'true';
  for (const { name, directory } of found) {
    await cp(directory, isFlat ? target : join(target, name), { recursive: true });
  }
  const log = `Downloaded ${found.map(({ name }) => name).join(', ')}\n`;
  return toStepResult('download-artifact', log, { 'download-path': target });
}

export const removeArtifact = ({ directory }: Artifact) => rm(directory, { recursive: true, force: true });
