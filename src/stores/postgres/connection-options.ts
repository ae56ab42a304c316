import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { TammaError } from '../../core/errors.ts';

export type Address = {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string | undefined;
  ssl: TlsOptions | false;
  /** Settings for the session, as `-c name=value`. */
  options: string | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Those of libpq; `prefer` and `allow` go on in plain text where somebody in between wants it so, and are refused. */
const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type TlsMode = (typeof TLS_MODES)[number];

const HELP =
  'Write postgres://user:password@host:5432/database?sslmode=verify-full, with special characters of the password in percent form.';

/**
 * What DATABASE_URL says. Beyond this machine a connection is encrypted and the server's certificate checked, unless
 * `sslmode` says otherwise. Throws CONFIG_INVALID, without showing the password.
 */
export function parseDatabaseUrl(text: string, environment: Environment = {}): Address {
  const url = parseUrl(text);
  const parameter = (name: string) => url.searchParams.get(name) ?? undefined;
  const named = url.hostname === NOWHERE ? '' : decode(url.hostname).replace(/^\[|\]$/g, '');
  const host = parameter('host') ?? named;
  const database = decode(url.pathname.slice(1));
  const user = decode(url.username) || parameter('user') || environment.PGUSER;
  if (!host || !database || !user)
    throw refuse(`it names no ${host ? (database ? 'user' : 'database') : 'host'}`);
  const isLocal = host.startsWith('/') || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  return {
    host,
    port: Number(url.port || parameter('port') || environment.PGPORT || 5432),
    database,
    user,
    password: decode(url.password) || parameter('password') || environment.PGPASSWORD,
    ssl: toTls(parameter('sslmode') ?? environment.PGSSLMODE ?? (isLocal ? 'disable' : 'verify-full'), {
      rootCertificate: parameter('sslrootcert') ?? environment.PGSSLROOTCERT,
      certificate: parameter('sslcert') ?? environment.PGSSLCERT,
      key: parameter('sslkey') ?? environment.PGSSLKEY,
    }),
    options: parameter('options'),
  };
}

/** For people: host, port and database, and no credentials. */
export function describeAddress({ host, port, database }: Address): string {
  return `${host}:${port}/${database}`;
}

/** libpq lets the host be left out behind a user, URLs do not. */
const NOWHERE = 'nowhere.invalid';

function parseUrl(text: string): URL {
  try {
    const url = new URL(text.trim().replace(/^([a-z]+:\/\/[^/]*@)\//, `$1${NOWHERE}/`));
    if (url.protocol === 'postgres:' || url.protocol === 'postgresql:') return url;
  } catch {
    // The message of the parser holds the whole text, password and all.
  }
  throw refuse('it is no address of PostgreSQL');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('a percent sign in it is not followed by two hex digits');
  }
}

type TlsFiles = Record<'rootCertificate' | 'certificate' | 'key', string | undefined>;

function toTls(mode: string, { rootCertificate, certificate, key }: TlsFiles): TlsOptions | false {
  if (!isTlsMode(mode)) throw refuse(`sslmode is ${TLS_MODES.join(', ')}, and not ${mode}`);
  if (mode === 'disable') return false;
  if (mode === 'verify-ca' && !rootCertificate) throw refuse('sslmode=verify-ca needs sslrootcert');
  const files = {
    ...(rootCertificate && rootCertificate !== 'system' ? { ca: readFile(rootCertificate) } : {}),
    ...(certificate ? { cert: readFile(certificate) } : {}),
    ...(key ? { key: readFile(key) } : {}),
  };
  if (mode === 'verify-full') return files;
  // As in libpq: `require` with a root certificate is `verify-ca`.
  return rootCertificate
    ? { ...files, checkServerIdentity: () => undefined }
    : { ...files, rejectUnauthorized: false };
}

function isTlsMode(mode: string): mode is TlsMode {
  return TLS_MODES.some((known) => known === mode);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw refuse(`the file ${path} cannot be read`, cause);
  }
}

function refuse(why: string, cause?: unknown): TammaError {
  return new TammaError('CONFIG_INVALID', `DATABASE_URL cannot be used: ${why}.`, { help: HELP, cause });
}
