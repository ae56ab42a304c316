/** What lies beside the log: caches that a writer may delete, content with a life of its own, and signatures, which stay. */
export const createBesideTables = `
create table tamma_snapshot (
  log integer not null references tamma_log,
  projection text collate "C" not null,
  version text not null,
  position bigint not null,
  hash text not null,
  state text not null,
  saved_at timestamptz not null default now(),
  primary key (log, projection)
);
create table tamma_signature (
  log integer not null references tamma_log,
  position bigint not null,
  hash text not null,
  key_id text not null,
  signature text not null,
  signed_at timestamptz not null default now(),
  primary key (log, position, key_id)
);
create trigger tamma_signature_append_only before update or delete on tamma_signature
  for each row execute function tamma_refuse();
create table tamma_content (
  log integer not null references tamma_log,
  digest text collate "C" not null,
  stored_at text collate "C" not null,
  header text not null,
  sealed bytea not null,
  primary key (log, digest)
);
alter table tamma_content alter column sealed set storage external;
create index tamma_content_age on tamma_content (log, stored_at);
`;

export const dropBesideTables = `
drop table tamma_content, tamma_signature, tamma_snapshot;
`;
