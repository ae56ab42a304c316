import { TammaError } from '../../core/errors.ts';
import type { Database, Query } from './database.ts';
import { migrations, NEWEST } from './migrations.ts';

export type SchemaStatus = {
  /** 0: there are no tables of Tamma. */
  version: number;
  newest: number;
  applied: { version: number; name: string; at: string }[];
};

/** PostgreSQL 12, as the server counts. */
const OLDEST_SERVER = 120_000;

/** Any number will do as long as nobody else takes it: "tamm". */
const MIGRATION_LOCK = 0x74616d6d;

/** Throws LOG_REFUSED where the server is too old or the database cannot hold every text. */
export async function readSchemaStatus(query: Query, place: string): Promise<SchemaStatus> {
  const [[server, encoding, table] = []] = await query(
    // Not to_regclass: what it remembers may be older than a lock that was waited for.
    `select current_setting('server_version_num')::integer, current_setting('server_encoding'),
      (select relname from pg_class where relname = 'tamma_schema' and pg_table_is_visible(oid))`,
  );
  if (Number(server) < OLDEST_SERVER) {
    const message = `The server (${place}) is PostgreSQL ${Math.floor(Number(server) / 10_000)}: too old for the log.`;
    throw new TammaError('LOG_REFUSED', message, { help: 'Use PostgreSQL 12 or newer.' });
  }
  if (encoding !== 'UTF8') {
    const message = `The database (${place}) is written in ${encoding}: it cannot hold every text.`;
    throw new TammaError('LOG_REFUSED', message, { help: 'Create the database with the encoding UTF8.' });
  }
  if (table === null) return { version: 0, newest: NEWEST, applied: [] };
  const rows = await query('select version, name, applied_at from tamma_schema order by version');
  const applied = rows.map(([version, name, at]) => ({
    version: Number(version),
    name: String(name),
    at: (at as Date).toISOString(),
  }));
  return { version: applied.at(-1)?.version ?? 0, newest: NEWEST, applied };
}

/** Brings the schema to version `to`, step by step in one transaction. May be repeated, and by several at once. */
export function migrate(database: Database, to: number): Promise<SchemaStatus> {
  return database.transaction(async (query) => {
    await query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const { version } = await readSchemaStatus(query, database.place);
    refuseUnknown(version, database.place);
    if (version === 0 && to > 0) await query(CREATE_SCHEMA_TABLE);
    await (to > version ? goUp(query, version, to) : goDown(query, version, to));
    return readSchemaStatus(query, database.place);
  });
}

/** A later Tamma may have changed what this one relies on. */
export function refuseUnknown(version: number, place: string): void {
  if (version <= NEWEST) return;
  const message = `The tables (${place}) are of version ${version}, and this Tamma knows ${NEWEST}.`;
  throw new TammaError('LOG_REFUSED', message, { help: 'Use the newer Tamma that migrated them.' });
}

const CREATE_SCHEMA_TABLE = `create table tamma_schema (
  version integer primary key, name text not null, applied_at timestamptz not null default now()
)`;

async function goUp(query: Query, from: number, to: number): Promise<void> {
  const [[schema] = []] = await query('select quote_ident(current_schema())');
  for (const { version, name, up } of migrations.slice(from, to)) {
    await query(up(String(schema)));
    await query('insert into tamma_schema (version, name) values ($1, $2)', [version, name]);
  }
}

async function goDown(query: Query, from: number, to: number): Promise<void> {
  for (const { version, down } of migrations.slice(to, from).reverse()) {
    await query(down);
    await query('delete from tamma_schema where version = $1', [version]);
  }
  if (to === 0 && from > 0) await query('drop table tamma_schema');
}
