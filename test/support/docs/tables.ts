import { prompts } from '../../../src/agent/prompts/index.ts';
import { inputRows } from '../../../src/app/action/inputs.ts';
import { outputRows } from '../../../src/app/action/outputs.ts';
import { commandTable } from '../../../src/app/cli/command-table.ts';
import { neededPermissions } from '../../../src/app/doctor/github/needed-permissions.ts';
import { vendors } from '../../../src/core/config/vendors.ts';
import { errorCatalogue } from '../../../src/core/errors.ts';
import { eventTypes } from '../../../src/core/events/catalogue.ts';
import { vendorRows } from '../../../src/providers/vendors.ts';

/** The tables of the documentation that are told by the code, as Markdown. */

export function listCommands(): string {
  const rows = commandTable.map(({ name, args, options = [], summary }) => {
    const issue = options.includes('issue!') ? ['--issue N'] : [];
    return [code(['tamma', name, ...issue, ...(args ? [args] : [])].join(' ')), summary];
  });
  return toTable(['Command', 'What it does'], rows);
}

export function listErrors(): string {
  const rows = Object.entries(errorCatalogue).map(([name, { exit, retryable, help }]) => [
    code(name),
    String(exit),
    retryable ? 'yes' : '',
    escapeTags(help),
  ]);
  return toTable(['Code', 'Exit', 'Repeat', 'What to do'], rows);
}

export function listPermissions(): string {
  const rows = Object.entries(neededPermissions).map(([name, { level, reason }]) => [
    code(`${name}: ${level}`),
    reason,
  ]);
  return toTable(['Permission', 'For'], rows);
}

/** One line an aggregate: the part of a type before its first dot. */
export function listEventTypes(): string {
  const aggregates = new Set(eventTypes.map((type) => type.split('.')[0] ?? ''));
  return [...aggregates]
    .sort()
    .map((aggregate) => {
      const types = eventTypes.filter((type) => type.startsWith(`${aggregate}.`)).sort();
      return `- ${types.map((type) => `[${code(type)}](../events-schema/${type}.json)`).join(' · ')}`;
    })
    .join('\n');
}

export function listVendors(): string {
  const rows = Object.entries(vendors).map(([name, { apiKeyEnv, model, baseUrl }]) => [
    code(name),
    vendorRows[name as keyof typeof vendorRows].wire,
    model ? code(model) : 'name one',
    apiKeyEnv ? code(apiKeyEnv) : 'none',
    baseUrl ? code(baseUrl) : name === 'recorded' ? 'none' : 'name one',
  ]);
  return toTable(['Vendor', 'Wire', 'Default model', 'Key', 'Base URL'], rows);
}

type Input = { description: string; default?: string; choices?: readonly string[] };

export function listInputs(): string {
  const rows = Object.entries<Input>(inputRows).map(
    ([name, { description, default: value, choices = [] }]) => [
      code(name),
      choices.map(code).join(', '),
      value ? code(value) : '',
      description,
    ],
  );
  return toTable(['Input', 'Values', 'Default', 'Meaning'], rows);
}

export function listOutputs(): string {
  return toTable(
    ['Output', 'Meaning'],
    Object.entries(outputRows).map(([name, text]) => [code(name), text]),
  );
}

export function listPrompts(): string {
  const list = (names: readonly string[]) => names.map((name) => code(`{{${name}}}`)).join(' ');
  const rows = Object.entries(prompts).map(([name, { required, optional }]) => [
    code(`${name}.md`),
    list(required),
    list(optional),
  ]);
  return toTable(['File', 'Must hold', 'May hold'], rows);
}

export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Markdown takes `<name>` outside of code for HTML and shows nothing. */
function escapeTags(text: string): string {
  return text.replaceAll('<', '&lt;');
}

export function code(text: string): string {
  return `\`${text}\``;
}
