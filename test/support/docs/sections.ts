import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderConfigKeys } from './config-keys.ts';
import { listShown } from './shown.ts';
import {
  listCommands,
  listErrors,
  listEventTypes,
  listInputs,
  listOutputs,
  listPermissions,
  listPrompts,
  listVendors,
} from './tables.ts';

/** What stands between `<!-- generated: name -->` and `<!-- /generated -->` in the documentation. */
export const sections = [
  { file: 'README.md', name: 'commands', render: listCommands },
  { file: 'docs/configuration.md', name: 'keys', render: renderConfigKeys },
  { file: 'docs/configuration.md', name: 'vendors', render: listVendors },
  { file: 'docs/configuration.md', name: 'prompts', render: listPrompts },
  { file: 'docs/configuration.md', name: 'inputs', render: listInputs },
  { file: 'docs/configuration.md', name: 'outputs', render: listOutputs },
  { file: 'docs/events.md', name: 'types', render: listEventTypes },
  { file: 'docs/github.md', name: 'permissions', render: listPermissions },
  { file: 'docs/operations.md', name: 'errors', render: listErrors },
  ...listShown().map(({ name, render }) => ({ file: 'docs/what-you-see.md', name, render })),
] satisfies readonly { file: string; name: string; render: () => string }[];

export const root = join(import.meta.dirname, '../../..');

/** The text with the section's content replaced. Throws where the text has no such section. */
export function replaceSection(text: string, name: string, content: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const end = '<!-- /generated -->';
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`there is no ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

// Run as `node test/support/docs/sections.ts`; imported by the test that compares.
if (import.meta.main) {
  for (const { file, name, render } of sections) {
    const path = join(root, file);
    writeFileSync(path, replaceSection(readFileSync(path, 'utf8'), name, render()));
  }
}
