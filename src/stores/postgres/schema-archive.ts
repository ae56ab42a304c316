/**
 * What was moved elsewhere: `part` is the line that a branch has in its manifest. Rows of archived events stay, with
 * their ids, tags and hashes, so that conditions and the chain hold; only their text goes, which is most of them, and only
 * after the part was noted.
 */
export const createArchiveTables = `
create table tamma_archived (
  log integer not null references tamma_log,
  first bigint not null,
  last bigint not null,
  part text not null,
  primary key (log, first)
);
create trigger tamma_archived_append_only before update or delete on tamma_archived
  for each row execute function tamma_refuse();
alter table tamma_event alter column body drop not null;

create function tamma_refuse_unless_archived() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.body is null and (new.log, new.position, new.id, new.type, new.ts, new.prev_hash, new.hash)
        = (old.log, old.position, old.id, old.type, old.ts, old.prev_hash, old.hash)
      and exists (select 1 from tamma_archived a
        where a.log = old.log and a.first <= old.position and a.last >= old.position) then
      return new;
    end if;
  end if;
  raise exception 'the log of Tamma is only ever added to: % of % is refused', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;
drop trigger tamma_event_append_only on tamma_event;
create trigger tamma_event_append_only before update or delete on tamma_event
  for each row execute function tamma_refuse_unless_archived();
`;

export const dropArchiveTables = `
do $$
begin
  if exists (select 1 from tamma_archived) then
    raise exception 'the database has archived events' using errcode = 'TM003';
  end if;
end $$;
drop trigger tamma_event_append_only on tamma_event;
create trigger tamma_event_append_only before update or delete on tamma_event
  for each row execute function tamma_refuse();
drop function tamma_refuse_unless_archived();
alter table tamma_event alter column body set not null;
drop table tamma_archived;
`;
