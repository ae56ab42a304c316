/**
 * What is done in the database, each in one request. `tamma_append` runs with the rights of its owner, so that a writer
 * needs none on the tables but to read them. `schema`: quoted name of where the tables are.
 */
export function createLogFunctions(schema: string): string {
  return `
-- Positions after p_after up to p_until of events that have all of p_tags and one of p_types (null: any), in order. Of
-- several conditions the rarest one leads, found by counting no further than it takes: the planner cannot know it. What
-- an event has besides is found in the row of that tag for the same batch.
create function tamma_match(p_log integer, p_tags text[], p_types text[], p_after bigint, p_until bigint,
  p_limit integer, p_backwards boolean) returns setof bigint language plpgsql stable rows 100 as $$
declare
  v_types text[] := array(select distinct ':' || y.type from unnest(p_types) y(type));
  v_tag text;
  v_count integer;
  v_lead text := p_tags[1];
  v_fewest integer;
  v_most integer;
  v_leads text[];
  v_others text[];
  v_batches refcursor;
  v_positions bigint[];
  v_position bigint;
begin
  if cardinality(p_tags) + (p_types is not null)::integer > 1 then
    foreach v_fewest in array array[200, 5000] loop
      v_most := v_fewest;
      foreach v_tag in array p_tags loop
        select count(*) into v_count from (select 1 from tamma_event_tag t where t.log = p_log and t.tag = v_tag
          and t.batch > p_after - 100 and t.batch <= p_until limit v_fewest) counted;
        if v_count = 0 then return; end if;
        if v_count < v_fewest then v_fewest := v_count; v_lead := v_tag; end if;
      end loop;
      if p_types is not null then
        select count(*) into v_count from (select 1 from tamma_event_tag t where t.log = p_log and t.tag = any (v_types)
          and t.batch > p_after - 100 and t.batch <= p_until limit v_fewest) counted;
        if v_count = 0 then return; end if;
        if v_count < v_fewest then v_fewest := v_count; v_lead := null; end if;
      end if;
      exit when v_fewest < v_most;
    end loop;
    -- All are common. There are many types, so most events of one will have the tags, and few with a tag are of a type.
    if v_fewest = v_most and p_types is not null then v_lead := null; end if;
  end if;
  if v_lead is null then
    v_leads := v_types;
    v_types := null;
    v_others := p_tags;
  else
    v_leads := array[v_lead];
    v_types := case when p_types is not null then v_types end;
    v_others := array_remove(p_tags, v_lead);
  end if;
  if cardinality(v_leads) <> 1 and p_backwards then
    ${matchSeveral('desc')}
  elsif cardinality(v_leads) <> 1 then
    ${matchSeveral('asc')}
  elsif p_backwards then
    open v_batches no scroll for ${matchBatches('desc', 'v_leads[1]')};
  else
    open v_batches no scroll for ${matchBatches('asc', 'v_leads[1]')};
  end if;
  -- A cursor: no more batches are looked at than it takes.
  loop
    fetch v_batches into v_positions;
    exit when not found;
    foreach v_position in array v_positions loop
      return next v_position;
      p_limit := p_limit - 1;
      exit when p_limit <= 0;
    end loop;
    exit when p_limit <= 0;
  end loop;
  close v_batches;
end $$;

-- The first position after p_after that matches one of p_items and is not among p_own; null where there is none.
create function tamma_conflict(p_log integer, p_after bigint, p_until bigint, p_items json, p_own bigint[])
  returns bigint language plpgsql stable as $$
declare
  v_item json;
  v_tags text[];
  v_types text[];
  v_found bigint;
  v_first bigint;
begin
  for v_item in select value from json_array_elements(p_items) loop
    v_tags := array(select json_array_elements_text(v_item->'tags'));
    v_types := case json_typeof(v_item->'types') when 'array' then array(select json_array_elements_text(v_item->'types')) end;
    if cardinality(v_tags) = 0 and v_types is null then
      select e.position into v_found from tamma_event e where e.log = p_log and e.position > p_after
        and not e.position = any (p_own) order by e.position limit 1;
    else
      select min(m) into v_found from tamma_match(p_log, v_tags, v_types, p_after, least(p_until, v_first),
        cardinality(p_own) + 1, false) m where not m = any (p_own);
    end if;
    v_first := least(v_first, v_found);
  end loop;
  return v_first;
end $$;

-- One batch: whole or not at all. The row of the head is locked first, so writers of a log come one after the other, are
-- seen in the order of positions, and leave no gap. p_after null: no condition. p_last_hash: the batch is a stretch of
-- another log, which must follow the head at p_after and come to this hash.
create function tamma_append(p_log integer, p_ids uuid[], p_types text[], p_times text[], p_bodies text[],
  p_tag_events integer[], p_tags text[], p_after bigint, p_items json, p_last_hash text)
  returns table (outcome text, first_position bigint, last_position bigint, last_hash text)
  language plpgsql security definer set search_path = ${schema}, pg_temp as $$
declare
  v_head bigint;
  v_hash bytea;
  v_text text;
  v_known uuid[] := '{}';
  v_own bigint[] := '{}';
  v_first bigint;
  v_last bigint;
  v_conflict bigint;
  v_start bigint;
  -- A stretch of another log is indexed as if it had come in batches of an ordinary size.
  v_group bigint := case when p_last_hash is null then 100 else 5 end;
  v_positions bigint[] := '{}';
  v_before bytea[] := '{}';
  v_hashes bytea[] := '{}';
begin
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  select h.position, h.hash into v_head, v_hash from tamma_head h where h.log = p_log for update;
  if not found then raise exception 'there is no log %', p_log using errcode = 'TM001'; end if;
  if p_last_hash is not null then
    if v_head <> p_after then
      return query select 'conflict', v_head, v_head, null::text;
      return;
    end if;
  else
    select coalesce(array_agg(e.id), '{}'), coalesce(array_agg(e.position), '{}'), min(e.position), max(e.position)
      into v_known, v_own, v_first, v_last from tamma_event e where e.log = p_log and e.id = any (p_ids);
    if cardinality(v_known) = cardinality(p_ids) then
      return query select 'known', v_first, v_last, encode(e.hash, 'hex') from tamma_event e
        where e.log = p_log and e.position = v_last;
      return;
    end if;
    if p_after < v_head then
      v_conflict := tamma_conflict(p_log, p_after, v_head, p_items, v_own);
      if v_conflict is not null then
        return query select 'conflict', v_conflict, v_conflict, null::text;
        return;
      end if;
    end if;
  end if;

  v_start := v_head + 1;
  for i in 1 .. cardinality(p_ids) loop
    v_before := v_before || v_hash;
    if p_ids[i] = any (v_known) then
      v_positions := v_positions || 0::bigint;
    else
      v_head := v_head + 1;
      v_text := encode(v_hash, 'hex') || chr(10) || v_head || chr(10) || encode(sha256(convert_to(p_bodies[i], 'UTF8')), 'hex');
      v_hash := sha256(convert_to(v_text, 'UTF8'));
      v_positions := v_positions || v_head;
    end if;
    v_hashes := v_hashes || v_hash;
  end loop;
  if encode(v_hash, 'hex') <> p_last_hash then
    raise exception 'the events do not follow position %', p_after using errcode = 'TM002';
  end if;
  insert into tamma_event (log, position, id, type, ts, body, prev_hash, hash)
    select p_log, n.position, n.id, n.type, n.ts, n.body::json, n.before, n.hash
    from unnest(v_positions, p_ids, p_types, p_times, p_bodies, v_before, v_hashes)
      as n(position, id, type, ts, body, before, hash) where n.position > 0;
  insert into tamma_event_tag (log, tag, batch, positions)
    select p_log, t.tag, t.batch, array_agg(t.position order by t.position)
    from (select t.tag, v_positions[t.event] as position,
        v_start + (v_positions[t.event] - v_start) / v_group * v_group as batch
      from unnest(p_tag_events, p_tags) as t(event, tag) where v_positions[t.event] > 0) t
    group by t.tag, t.batch;
  update tamma_head h set position = v_head, hash = v_hash where h.log = p_log;
  perform pg_notify('tamma_log_' || p_log, v_head::text);
  return query select 'appended', least(v_first, (select min(p) from unnest(v_positions) p where p > 0)), v_head,
    encode(v_hash, 'hex');
end $$;

-- The number of the log of this repository, made where there is none.
create function tamma_open_log(p_repository text, p_repository_id text) returns integer
  language plpgsql security definer set search_path = ${schema}, pg_temp as $$
declare
  v_log integer;
begin
  insert into tamma_log (repository, repository_id) values (p_repository, p_repository_id)
    on conflict (repository) do nothing returning log into v_log;
  if v_log is null then
    select l.log into v_log from tamma_log l where l.repository = p_repository;
  else
    insert into tamma_head (log, position, hash) values (v_log, 0, decode(repeat('0', 64), 'hex'));
  end if;
  return v_log;
end $$;
revoke all on function tamma_append, tamma_open_log from public;
`;
}

export const dropLogFunctions = `
drop function tamma_append, tamma_open_log, tamma_conflict, tamma_match;
`;

type Order = 'asc' | 'desc';

/** For each batch with the leading tag, the positions of its events that have everything else too. */
function matchBatches(order: Order, tag: string): string {
  return `
      select f.positions from tamma_event_tag t cross join lateral (
        select array(select x.position from unnest(t.positions) x(position)
          where x.position > p_after and x.position <= p_until
          and (cardinality(v_others) = 0 or (select count(*) from tamma_event_tag o where o.log = p_log
            and o.tag = any (v_others) and o.batch = t.batch and x.position = any (o.positions)) = cardinality(v_others))
          and (v_types is null or exists (select 1 from tamma_event_tag o where o.log = p_log
            and o.tag = any (v_types) and o.batch = t.batch and x.position = any (o.positions)))
          order by x.position ${order}) as positions) f
      where t.log = p_log and t.tag = ${tag} and t.batch > p_after - 100 and t.batch <= p_until
        and cardinality(f.positions) > 0
      order by t.batch ${order}`;
}

/** Several leads have to be merged, and none gives more than all of them together. */
function matchSeveral(order: Order): string {
  return `return query select p.position
      from unnest(v_leads) l(tag) cross join lateral (${matchBatches(order, 'l.tag')} limit p_limit) f
      cross join lateral unnest(f.positions) p(position) order by p.position ${order} limit p_limit;
    return;`;
}
