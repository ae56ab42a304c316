import { stringify } from 'yaml';
import { maskTokens } from '../text/secret-patterns.ts';
import type { ParsedConfig } from './parse.ts';
import type { Config } from './schema.ts';

/** The effective configuration as data for `config show --json`: anything of the shape of a credential is masked. */
export function maskConfig(config: Config): Config {
  return JSON.parse(JSON.stringify(config), (_, value: unknown) =>
    typeof value === 'string' ? maskTokens(value) : value,
  ) as Config;
}

/**
 * The effective configuration as YAML for `config show`, masked, and below it where each value that is no default
 * comes from.
 */
export function describeConfig(config: Config, sources: ParsedConfig['sources'] = {}): string {
  const text = stringify(maskConfig(config), { lineWidth: 0 });
  const origins = Object.entries(sources).map(([path, source]) => `# ${path}: ${maskTokens(source)}`);
  return origins.length === 0 ? text : `${text}\n# Not a default:\n${origins.join('\n')}\n`;
}
