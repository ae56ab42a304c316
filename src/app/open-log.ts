import type { Config } from '../core/config/schema.ts';
import { TammaError } from '../core/errors.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { ArchiveFiles } from '../ports/log-archive.ts';
import type { ContentTableOptions } from '../stores/content/content-table.ts';
import { parseDatabaseUrl } from '../stores/postgres/connection-options.ts';
import { type Database, openDatabase } from '../stores/postgres/database.ts';
import { createLogHandle } from '../stores/postgres/open-log.ts';
import { createPostgresStore } from '../stores/postgres/postgres-store.ts';
import type { LogSigning } from './log-signing.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type OpenLogOptions = {
  config: Config;
  environment: Environment;
  signing: LogSigning;
  /** Of the remote that holds the truth, where there is one. */
  remoteUrl: string | undefined;
  gitDirectory: string;
  /** Where old parts of the log are, if somebody said so. */
  archive?: ArchiveFiles | undefined;
  openGitStore(): EventStore;
};

/** The log of the configuration; `table`: where content lies beside it. Throws KEY_MISSING, CONFIG_INVALID; opens nothing. */
export function openLog(options: OpenLogOptions): { store: EventStore; table?: ContentTableOptions } {
  const { config, environment, archive, signing } = options;
  if (config.events.store === 'git') return { store: options.openGitStore() };
  const database = openLogDatabase(environment);
  const log = createLogHandle(database, nameLog(options));
  return {
    store: createPostgresStore({ database, log, archive, ...signing }),
    table: { database, log },
  };
}

/** Throws KEY_MISSING where there is no DATABASE_URL, CONFIG_INVALID where it is none. */
export function openLogDatabase(environment: Environment): Database {
  const { DATABASE_URL: url } = environment;
  if (url) return openDatabase({ address: parseDatabaseUrl(url, environment) });
  throw new TammaError(
    'KEY_MISSING',
    'the log is in PostgreSQL (events.store), and DATABASE_URL is not set.',
    {
      help: 'Set DATABASE_URL in the environment of this run: postgres://user:password@host/database (docs/postgres.md).',
    },
  );
}

type Named = Pick<OpenLogOptions, 'environment' | 'remoteUrl' | 'gitDirectory'>;

/**
 * Which log of the database is this repository's: `github.com/team/app`, however the remote is reached. TAMMA_LOG_NAME
 * keeps a log where the repository moves.
 */
export function nameLog({ environment, remoteUrl, gitDirectory }: Named): string {
  return environment.TAMMA_LOG_NAME || toPlainName(remoteUrl ?? gitDirectory);
}

function toPlainName(url: string): string {
  const [, host, path] = /^(?:[a-z][a-z0-9+.-]*:\/\/)(?:[^/@]*@)?([^/]*)\/+(.*)$/i.exec(url) ??
    /^(?:[^/@:]+@)?([^/:]+):(?!\/\/)\/*(.*)$/.exec(url) ?? [undefined, '', url];
  const plain = (path ?? '').replace(/\/+$/, '').replace(/\/\.git$|\.git$/, '');
  const port = /:(?:22|80|443)$/;
  return host ? `${host.toLowerCase().replace(port, '')}/${plain}` : plain;
}
