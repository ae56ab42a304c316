import { TammaError } from '../core/errors.ts';
import { migrate, readSchemaStatus, type SchemaStatus } from '../stores/postgres/migrate.ts';
import { openLogDatabase } from './open-log.ts';

export type MigratedLog = SchemaStatus & { place: string; before: number };

/**
 * `up` to the newest version of the tables, `down` by one, which is refused where events would be lost; `status` changes
 * nothing. Throws USAGE, KEY_MISSING, CONFIG_INVALID, LOG_REFUSED, LOG_UNREACHABLE.
 */
export async function migrateLog(
  environment: Readonly<Record<string, string | undefined>>,
  direction: string,
): Promise<MigratedLog> {
  const database = openLogDatabase(environment);
  const { place } = database;
  try {
    const before = await readSchemaStatus(database.query, place);
    const to = { up: before.newest, down: Math.max(0, before.version - 1), status: before.version }[
      direction
    ];
    if (to === undefined)
      throw new TammaError('USAGE', `there is no direction ${direction}: it is up, down or status`);
    const status = direction === 'status' ? before : await migrate(database, to);
    return { ...status, place, before: before.version };
  } finally {
    await database.close();
  }
}
