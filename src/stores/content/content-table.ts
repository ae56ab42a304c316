import type { Database, Row } from '../postgres/database.ts';
import type { LogHandle } from '../postgres/open-log.ts';
import type { SealedHeader } from './sealed-content.ts';
import { readHeader } from './sealed-content.ts';
import type { SealedStorage } from './sealed-storage.ts';

export type ContentTableOptions = {
  database: Database;
  log: LogHandle;
  /** Rows that are listed at once. */
  page?: number;
};

/**
 * Content in the database of the log, beside it: rows that may be deleted, which the role of a writer may not.
 * `stored_at` is compared as a text, as all times are.
 */
export function createContentTable({ database, log, page = 500 }: ContentTableOptions): SealedStorage {
  const find = async () => (await log.find())?.log;
  return {
    kind: 'table',
    place: `tamma_content, ${database.place}`,
    async has(digest, since) {
      const number = await find();
      if (number === undefined) return false;
      const text = 'select 1 from tamma_content where log = $1 and digest = $2 and stored_at >= $3';
      return (await database.query(text, [number, digest, since.toISOString()])).length > 0;
    },
    async write(header, sealed) {
      const { log: number } = await log.ensure();
      // The newest stays, whoever comes last.
      await database.query(
        `insert into tamma_content (log, digest, stored_at, header, sealed) values ($1, $2, $3, $4, $5)
         on conflict (log, digest) do update set stored_at = excluded.stored_at, header = excluded.header,
         sealed = excluded.sealed where tamma_content.stored_at <= excluded.stored_at`,
        [number, header.digest, header.storedAt, JSON.stringify(header), sealed],
      );
    },
    async read(digest) {
      const number = await find();
      if (number === undefined) return undefined;
      const text = 'select sealed from tamma_content where log = $1 and digest = $2';
      const [row] = await database.query(text, [number, digest]);
      return row?.[0] as Buffer | undefined;
    },
    async *list() {
      const number = await find();
      if (number === undefined) return;
      for (let last: Row = ['', '']; ; ) {
        const rows: Row[] = await database.query(
          `select stored_at, digest, substring(sealed from 1 for 1024) from tamma_content
           where log = $1 and (stored_at, digest) > ($2, $3) order by stored_at, digest limit ${page}`,
          [number, ...last.slice(0, 2)],
        );
        for (const row of rows) {
          const header = toHeader(row);
          if (header) yield header;
        }
        if (rows.length < page) return;
        last = rows.at(-1) ?? last;
      }
    },
    async prune(before) {
      const number = await find();
      if (number === undefined) return 0;
      const text = `with gone as (delete from tamma_content where log = $1 and stored_at < $2 returning 1)
        select count(*) from gone`;
      const [row] = await database.query(text, [number, before.toISOString()]);
      return Number(row?.[0] ?? 0);
    },
    // The pool is the log's, which closes it.
    close: () => Promise.resolve(),
  };
}

function toHeader([, digest, start]: Row): SealedHeader | undefined {
  const header = readHeader(start as Buffer);
  return header?.digest === digest ? header : undefined;
}
