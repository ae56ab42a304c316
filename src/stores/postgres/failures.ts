import { type ErrorCode, TammaError } from '../../core/errors.ts';

type Failure = { code: ErrorCode; message: string; help?: string; transient?: true };

const AFFECTED = 'docs/postgres.md lists the rights of each role.';
const WAIT = 'Nothing continues unrecorded: start the database or mend the network, then repeat the command.';
const TLS_HELP =
  'Give the certificate of its authority as sslrootcert=FILE, or choose another sslmode in DATABASE_URL (docs/postgres.md).';

/**
 * What codes of the server, of Node and of TLS mean; a code of the server is also looked up by its class, its first two
 * characters. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const failures: Readonly<Record<string, Failure>> = {
  '08': { code: 'LOG_UNREACHABLE', message: 'The connection was lost', help: WAIT, transient: true },
  '22P05': {
    code: 'LOG_REFUSED',
    message: 'The database cannot hold every character',
    help: 'Make the database anew with the encoding UTF8.',
  },
  '23505': { code: 'LOG_CONFLICT', message: 'An event with this id is in the log already' },
  '25006': {
    code: 'LOG_REFUSED',
    message: 'The database only lets read',
    help: 'Name the primary and not a replica in DATABASE_URL, and see that default_transaction_read_only is off.',
  },
  '28': {
    code: 'LOG_UNREACHABLE',
    message: 'The database refused the credentials',
    help: 'Check user and password in DATABASE_URL, and what pg_hba.conf allows this user from here.',
  },
  '3D000': {
    code: 'LOG_UNREACHABLE',
    message: 'There is no such database',
    help: 'Create it, or name another one in DATABASE_URL.',
  },
  '40': { code: 'LOG_UNREACHABLE', message: 'The database gave others precedence', transient: true },
  '42501': { code: 'LOG_REFUSED', message: 'This user may not do that', help: AFFECTED },
  '42P01': {
    code: 'LOG_REFUSED',
    message: 'The tables of Tamma are not there',
    help: 'Run `tamma events migrate up` as the owner of the tables (docs/postgres.md).',
  },
  '42883': {
    code: 'LOG_REFUSED',
    message: 'The functions of Tamma are not there',
    help: 'Run `tamma events migrate up` as the owner of the tables (docs/postgres.md).',
  },
  '53100': { code: 'LOG_DISK_FULL', message: 'The disk of the database is full' },
  '53': { code: 'LOG_UNREACHABLE', message: 'The database has no more to give', help: WAIT, transient: true },
  '55P03': { code: 'LOG_UNREACHABLE', message: 'Others kept the log locked', help: WAIT, transient: true },
  '57014': { code: 'LOG_UNREACHABLE', message: 'The database took too long', help: WAIT, transient: true },
  '57': {
    code: 'LOG_UNREACHABLE',
    message: 'The database is going down or coming up',
    help: WAIT,
    transient: true,
  },
  '58': { code: 'LOG_UNREACHABLE', message: 'The machine of the database is in trouble', help: WAIT },
  TM002: { code: 'LOG_CONFLICT', message: 'The events do not follow this log' },
  TM003: {
    code: 'LOG_REFUSED',
    message: 'The database holds events',
    help: 'Export them first; then an administrator removes them, on purpose and by hand.',
  },
  XX001: corrupt('A table'),
  XX002: corrupt('An index'),
  ECONNREFUSED: { code: 'LOG_UNREACHABLE', message: 'Nobody answers there', help: WAIT, transient: true },
  ECONNRESET: { code: 'LOG_UNREACHABLE', message: 'The connection was lost', help: WAIT, transient: true },
  EPIPE: { code: 'LOG_UNREACHABLE', message: 'The connection was lost', help: WAIT, transient: true },
  ETIMEDOUT: {
    code: 'LOG_UNREACHABLE',
    message: 'The database does not answer',
    help: WAIT,
    transient: true,
  },
  EHOSTUNREACH: {
    code: 'LOG_UNREACHABLE',
    message: 'There is no way to the host',
    help: WAIT,
    transient: true,
  },
  ENETUNREACH: {
    code: 'LOG_UNREACHABLE',
    message: 'There is no way to the host',
    help: WAIT,
    transient: true,
  },
  EAI_AGAIN: {
    code: 'LOG_UNREACHABLE',
    message: 'The name of the host cannot be looked up',
    help: WAIT,
    transient: true,
  },
  ENOTFOUND: {
    code: 'LOG_UNREACHABLE',
    message: 'There is no such host',
    help: 'Check the host in DATABASE_URL.',
  },
  ENOENT: {
    code: 'LOG_UNREACHABLE',
    message: 'There is no such socket',
    help: 'Check the host in DATABASE_URL: a path is the folder of the server’s socket.',
  },
};

/** What comes without a code. */
const texts: readonly (Failure & { pattern: RegExp })[] = [
  {
    pattern: /does not support SSL/i,
    code: 'LOG_REFUSED',
    message: 'The server knows no TLS',
    help: 'Switch it on there; sslmode=disable in DATABASE_URL goes without, on a network you trust.',
  },
  {
    pattern: /certificate|self.signed|altnames|SSL|TLS/i,
    code: 'LOG_REFUSED',
    message: 'The server’s certificate cannot be trusted',
    help: TLS_HELP,
  },
  {
    pattern: /password must be a string|no password/i,
    code: 'LOG_UNREACHABLE',
    message: 'The database asks for a password',
    help: 'Put it into DATABASE_URL or PGPASSWORD.',
  },
  {
    pattern: /timeout|terminated|closed|ended|not queryable|socket/i,
    code: 'LOG_UNREACHABLE',
    message: 'The connection was lost',
    help: WAIT,
    transient: true,
  },
];

/**
 * Any throw of the driver as an error of the log. `details.transient`: trying again may help. Texts of the server may
 * hold parts of events, so only its first line is taken, and never the detail.
 */
export function toLogError(thrown: unknown, place: string): TammaError {
  if (thrown instanceof TammaError) return thrown;
  const { code: sqlState = '', message = String(thrown) } = thrown as { code?: string; message?: string };
  const failure =
    failures[sqlState] ??
    failures[sqlState.slice(0, 2)] ??
    texts.find(({ pattern }) => pattern.test(message));
  const text = (message.split('\n')[0] ?? '').slice(0, 300);
  if (!failure) return new TammaError('UNEXPECTED', `PostgreSQL at ${place}: ${text}`, { cause: thrown });
  return new TammaError(failure.code, `${failure.message} (${place}): ${text}`, {
    ...(failure.help ? { help: failure.help } : {}),
    details: { transient: failure.transient ?? false, sqlState },
    cause: thrown,
  });
}

export function isTransient(error: TammaError): boolean {
  return error.details.transient === true;
}

function corrupt(what: string): Failure {
  return {
    code: 'LOG_CORRUPT',
    message: `${what} of the database is damaged`,
    help: 'Stop writing, and restore the database from a backup; `tamma events verify` tells how far it is whole.',
  };
}
