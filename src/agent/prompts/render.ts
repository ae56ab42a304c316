import { TammaError } from '../../core/errors.ts';
import { type PromptName, type PromptValues, prompts } from './index.ts';

const PLACEHOLDER = /\{\{\s*([A-Za-z][A-Za-z0-9_-]*)\s*\}\}/g;

/**
 * The text of a prompt. `override` is the repository's own template of that name; it must know what it talks about:
 * throws CONFIG_INVALID for a placeholder that does not exist and for a required one that is missing, naming the file.
 * Values are put in once: a placeholder inside a value stays text.
 */
export function renderPrompt<N extends PromptName>(
  name: N,
  values: PromptValues<N>,
  override?: string,
): string {
  if (override !== undefined) checkOverride(name, override);
  const given = values as Record<string, string>;
  const template = override ?? prompts[name].template;
  // A section that is empty today leaves no gap; blank lines inside values stay.
  const filled = template.replace(PLACEHOLDER, (whole, key: string) => (given[key] ? whole : ''));
  return filled
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .replace(PLACEHOLDER, (_, key: string) => given[key] ?? '');
}

function checkOverride(name: PromptName, override: string): void {
  const { required, optional } = prompts[name];
  const known: readonly string[] = [...required, ...optional];
  const used = new Set([...override.matchAll(PLACEHOLDER)].map(([, key]) => key ?? ''));
  const unknown = [...used].filter((key) => !known.includes(key)).map((key) => `{{${key}}} does not exist`);
  const missing = required.filter((key) => !used.has(key)).map((key) => `{{${key}}} is missing`);
  const problems = [...unknown, ...missing];
  if (override.trim() === '') problems.push('it is empty');
  if (problems.length === 0) return;
  const list = known.map((key) => `{{${key}}}`).join(', ') || 'none';
  throw new TammaError('CONFIG_INVALID', `.tamma/prompts/${name}.md: ${problems.join(', ')}`, {
    help: `Mend the template, or delete it to use the built-in one. Placeholders of this prompt: ${list}.`,
  });
}
