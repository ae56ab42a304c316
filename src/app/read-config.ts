import { readFile } from 'node:fs/promises';
import { type ParsedConfig, parseConfig } from '../core/config/parse.ts';
import { TammaError } from '../core/errors.ts';
import type { Repository } from '../ports/repository.ts';
import { CONFIG_PATHS } from './config-paths.ts';

type ReadConfigOptions = {
  repository: Repository;
  /** The default branch as it is now: a head under review cannot change the rules it is judged by. */
  baseSha: string;
  /** `--config FILE` or TAMMA_CONFIG_PATH. */
  file: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  sandbox: 'required' | 'best-effort' | undefined;
};

/** The effective configuration and where it came from. Throws CONFIG_UNREADABLE, and CONFIG_INVALID with every mistake. */
export async function readConfig(options: ReadConfigOptions): Promise<ParsedConfig & { source: string }> {
  const { environment, sandbox } = options;
  const found = options.file ? await readNamed(options.file) : await findCommitted(options);
  const parsed = parseConfig({
    text: found?.text,
    file: found?.file ?? CONFIG_PATHS[0],
    environment,
    floor: { sandbox },
  });
  return { ...parsed, source: found?.source ?? 'defaults (no .tamma/config.yml on the default branch)' };
}

async function readNamed(file: string): Promise<{ text: string; file: string; source: string }> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new TammaError('CONFIG_UNREADABLE', `${file} cannot be read: ${cause.message}`, { cause });
  });
  return { text, file, source: file };
}

async function findCommitted({ repository, baseSha }: ReadConfigOptions) {
  for (const file of CONFIG_PATHS) {
    const content = await repository.readFile(baseSha, file);
    if (content)
      return { text: content.toString('utf8'), file, source: `${file} at ${baseSha.slice(0, 12)}` };
  }
  return undefined;
}
