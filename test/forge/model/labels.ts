import { invalid } from '../answers.ts';
import type { Label, Repository, World } from '../state.ts';

/** What GitHub gives a new repository. */
const NAMES = [
  'bug',
  'documentation',
  'duplicate',
  'enhancement',
  'good first issue',
  'help wanted',
] as const;

export function defaultLabels(world: World): Label[] {
  return [...NAMES, 'invalid', 'question', 'wontfix'].map((name) => ({
    id: world.newId(),
    name,
    color: 'ededed',
    description: null,
  }));
}

export function findLabel(repository: Repository, name: string): Label | undefined {
  return repository.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
}

export function createLabel(
  world: World,
  repository: Repository,
  draft: { name: string; color?: string; description?: string | null },
): Label {
  if (draft.name.length === 0 || draft.name.length > 50) throw invalid('Label', 'name', 'invalid');
  if (findLabel(repository, draft.name)) throw invalid('Label', 'name', 'already_exists');
  const color = draft.color ?? 'ededed';
  if (!/^[0-9a-fA-F]{6}$/.test(color)) throw invalid('Label', 'color', 'invalid');
  const label = { id: world.newId(), name: draft.name, color, description: draft.description ?? null };
  repository.labels.push(label);
  return label;
}

/** Names an issue is to carry; ones the repository does not have are made, as GitHub does for who may push. */
export function ensureLabels(world: World, repository: Repository, names: readonly string[]): string[] {
  return names.map((name) => (findLabel(repository, name) ?? createLabel(world, repository, { name })).name);
}
