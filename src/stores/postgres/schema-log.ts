/**
 * The log: one row for an event, one for each tag of a batch with the positions of its events, and one for the head of
 * each log, which is the mutex of its writers. `batch` is the first position of the batch, and a batch has at most a
 * hundred events: tags that all of them share, as most are, cost one row (measured: 5 events with 6 tags each make 11 rows
 * and not 35). `body` is the RFC 8785 text that was hashed, as JSON and not JSONB: JSONB knows no U+0000, sorts keys its own
 * way and writes numbers anew. Times are compared as texts, as everywhere. No foreign keys: only `tamma_append` writes,
 * and each would cost a lookup for every row.
 */
export const createLogTables = `
create table tamma_log (
  log integer generated always as identity primary key,
  repository text collate "C" not null unique,
  repository_id text not null,
  created_at timestamptz not null default now()
);
create table tamma_head (
  log integer primary key references tamma_log,
  position bigint not null,
  hash bytea not null
) with (fillfactor = 20);
create table tamma_event (
  log integer not null,
  position bigint not null,
  id uuid not null,
  type text collate "C" not null,
  ts text collate "C" not null,
  body json not null,
  prev_hash bytea not null,
  hash bytea not null,
  primary key (log, position),
  unique (log, id)
);
create index tamma_event_ts on tamma_event (log, ts, position);
create table tamma_event_tag (
  log integer not null,
  tag text collate "C" not null,
  batch bigint not null,
  positions bigint[] not null,
  primary key (log, tag, batch)
);
create view tamma_events as
  select l.repository, e.position, e.id, e.type, e.ts as timestamp, b.body->'tags' as tags,
    b.body->'metadata' as metadata, b.body->'data' as data, encode(e.hash, 'hex') as hash
  from tamma_event e join tamma_log l using (log)
  -- No operator of PostgreSQL looks into JSON with a U+0000 in it: for people it becomes U+FFFD.
  cross join lateral (select case when strpos(e.body::text, '\\u0000') = 0 then e.body::jsonb
    else regexp_replace(e.body::text, '(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', '\\1\\ufffd', 'g')::jsonb end as body) b;

create function tamma_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the log of Tamma is only ever added to: % of % is refused', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;
create trigger tamma_event_append_only before update or delete on tamma_event
  for each row execute function tamma_refuse();
create trigger tamma_event_no_truncate before truncate on tamma_event
  for each statement execute function tamma_refuse();
`;

export const dropLogTables = `
do $$
begin
  if exists (select 1 from tamma_event) then
    raise exception 'the database holds events' using errcode = 'TM003';
  end if;
end $$;
drop view tamma_events;
drop table tamma_event_tag, tamma_event, tamma_head, tamma_log;
drop function tamma_refuse();
`;
