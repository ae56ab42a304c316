import type { SnapshotStore } from '../../ports/event-store.ts';
import type { Database } from './database.ts';
import type { LogHandle } from './open-log.ts';

/** As JSON text: it is read back as a whole, and U+0000 stays. */
export function createSnapshotTable(database: Database, log: LogHandle): SnapshotStore {
  return {
    async load(projection) {
      const open = await log.find();
      if (!open) return undefined;
      const [row] = await database.query(
        'select version, position, hash, state from tamma_snapshot where log = $1 and projection = $2',
        [open.log, projection],
      );
      if (!row) return undefined;
      const [version, position, hash, state] = row.map(String) as [string, string, string, string];
      return { projection, version, position: Number(position), hash, state: JSON.parse(state) as unknown };
    },
    async save({ projection, version, position, hash, state }) {
      const { log: number } = await log.ensure();
      await database.query(
        `insert into tamma_snapshot (log, projection, version, position, hash, state) values ($1, $2, $3, $4, $5, $6)
         on conflict (log, projection) do update set version = excluded.version, position = excluded.position,
         hash = excluded.hash, state = excluded.state, saved_at = now()`,
        [number, projection, version, position, hash, JSON.stringify(state)],
      );
    },
    async remove(projection) {
      const open = await log.find();
      if (!open) return;
      await database.query('delete from tamma_snapshot where log = $1 and projection = $2', [
        open.log,
        projection,
      ]);
    },
  };
}
