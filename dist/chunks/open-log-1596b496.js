import{t as e}from"./errors-3d4e169b.js";import{t}from"./once-d2f1ec3e.js";import{a as n,i as r,t as i}from"./chain-6d6c97a7.js";import{n as a}from"./batch-3f49963f.js";import{a as o,r as s,t as c}from"./line-c07762e0.js";import{_ as l,a as u,d,f,h as p,l as m,m as h,n as g,p as _,t as v,u as y,v as b,y as x}from"./verification-34b095bb.js";import{readFileSync as S}from"node:fs";import{randomUUID as C}from"node:crypto";import{setTimeout as w}from"node:timers/promises";async function pause(e,t){await w(e,void 0,{signal:t}).catch(e=>{if(!t.aborted)throw e})}const T=[`disable`,`require`,`verify-ca`,`verify-full`];function parseDatabaseUrl(e,t={}){let n=parseUrl(e),parameter=e=>n.searchParams.get(e)??void 0,r=n.hostname===E?``:decode(n.hostname).replace(/^\[|\]$/g,``),i=parameter(`host`)??r,a=decode(n.pathname.slice(1)),o=decode(n.username)||parameter(`user`)||t.PGUSER;if(!i||!a||!o)throw refuse(`it names no ${i?a?`user`:`database`:`host`}`);let s=i.startsWith(`/`)||/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(i);return{host:i,port:Number(n.port||parameter(`port`)||t.PGPORT||5432),database:a,user:o,password:decode(n.password)||parameter(`password`)||t.PGPASSWORD,ssl:toTls(parameter(`sslmode`)??t.PGSSLMODE??(s?`disable`:`verify-full`),{rootCertificate:parameter(`sslrootcert`)??t.PGSSLROOTCERT,certificate:parameter(`sslcert`)??t.PGSSLCERT,key:parameter(`sslkey`)??t.PGSSLKEY}),options:parameter(`options`)}}function describeAddress({host:e,port:t,database:n}){return`${e}:${t}/${n}`}const E=`nowhere.invalid`;function parseUrl(e){try{let t=new URL(e.trim().replace(/^([a-z]+:\/\/[^/]*@)\//,`$1${E}/`));if(t.protocol===`postgres:`||t.protocol===`postgresql:`)return t}catch{}throw refuse(`it is no address of PostgreSQL`)}function decode(e){try{return decodeURIComponent(e)}catch{throw refuse(`a percent sign in it is not followed by two hex digits`)}}function toTls(e,{rootCertificate:t,certificate:n,key:r}){if(!isTlsMode(e))throw refuse(`sslmode is ${T.join(`, `)}, and not ${e}`);if(e===`disable`)return!1;if(e===`verify-ca`&&!t)throw refuse(`sslmode=verify-ca needs sslrootcert`);let i={...t&&t!==`system`?{ca:readFile(t)}:{},...n?{cert:readFile(n)}:{},...r?{key:readFile(r)}:{}};return e===`verify-full`?i:t?{...i,checkServerIdentity:()=>void 0}:{...i,rejectUnauthorized:!1}}function isTlsMode(e){return T.some(t=>t===e)}function readFile(e){try{return S(e,`utf8`)}catch(t){throw refuse(`the file ${e} cannot be read`,t)}}function refuse(t,n){return new e(`CONFIG_INVALID`,`DATABASE_URL cannot be used: ${t}.`,{help:`Write postgres://user:password@host:5432/database?sslmode=verify-full, with special characters of the password in percent form.`,cause:n})}const D=`Nothing continues unrecorded: start the database or mend the network, then repeat the command.`,O={"08":{code:`LOG_UNREACHABLE`,message:`The connection was lost`,help:D,transient:!0},"22P05":{code:`LOG_REFUSED`,message:`The database cannot hold every character`,help:`Make the database anew with the encoding UTF8.`},23505:{code:`LOG_CONFLICT`,message:`An event with this id is in the log already`},25006:{code:`LOG_REFUSED`,message:`The database only lets read`,help:`Name the primary and not a replica in DATABASE_URL, and see that default_transaction_read_only is off.`},28:{code:`LOG_UNREACHABLE`,message:`The database refused the credentials`,help:`Check user and password in DATABASE_URL, and what pg_hba.conf allows this user from here.`},"3D000":{code:`LOG_UNREACHABLE`,message:`There is no such database`,help:`Create it, or name another one in DATABASE_URL.`},40:{code:`LOG_UNREACHABLE`,message:`The database gave others precedence`,transient:!0},42501:{code:`LOG_REFUSED`,message:`This user may not do that`,help:`docs/postgres.md lists the rights of each role.`},"42P01":{code:`LOG_REFUSED`,message:`The tables of Tamma are not there`,help:"Run `tamma events migrate up` as the owner of the tables (docs/postgres.md)."},42883:{code:`LOG_REFUSED`,message:`The functions of Tamma are not there`,help:"Run `tamma events migrate up` as the owner of the tables (docs/postgres.md)."},53100:{code:`LOG_DISK_FULL`,message:`The disk of the database is full`},53:{code:`LOG_UNREACHABLE`,message:`The database has no more to give`,help:D,transient:!0},"55P03":{code:`LOG_UNREACHABLE`,message:`Others kept the log locked`,help:D,transient:!0},57014:{code:`LOG_UNREACHABLE`,message:`The database took too long`,help:D,transient:!0},57:{code:`LOG_UNREACHABLE`,message:`The database is going down or coming up`,help:D,transient:!0},58:{code:`LOG_UNREACHABLE`,message:`The machine of the database is in trouble`,help:D},TM002:{code:`LOG_CONFLICT`,message:`The events do not follow this log`},TM003:{code:`LOG_REFUSED`,message:`The database holds events`,help:`Export them first; then an administrator removes them, on purpose and by hand.`},XX001:corrupt(`A table`),XX002:corrupt(`An index`),ECONNREFUSED:{code:`LOG_UNREACHABLE`,message:`Nobody answers there`,help:D,transient:!0},ECONNRESET:{code:`LOG_UNREACHABLE`,message:`The connection was lost`,help:D,transient:!0},EPIPE:{code:`LOG_UNREACHABLE`,message:`The connection was lost`,help:D,transient:!0},ETIMEDOUT:{code:`LOG_UNREACHABLE`,message:`The database does not answer`,help:D,transient:!0},EHOSTUNREACH:{code:`LOG_UNREACHABLE`,message:`There is no way to the host`,help:D,transient:!0},ENETUNREACH:{code:`LOG_UNREACHABLE`,message:`There is no way to the host`,help:D,transient:!0},EAI_AGAIN:{code:`LOG_UNREACHABLE`,message:`The name of the host cannot be looked up`,help:D,transient:!0},ENOTFOUND:{code:`LOG_UNREACHABLE`,message:`There is no such host`,help:`Check the host in DATABASE_URL.`},ENOENT:{code:`LOG_UNREACHABLE`,message:`There is no such socket`,help:`Check the host in DATABASE_URL: a path is the folder of the server’s socket.`}},k=[{pattern:/does not support SSL/i,code:`LOG_REFUSED`,message:`The server knows no TLS`,help:`Switch it on there; sslmode=disable in DATABASE_URL goes without, on a network you trust.`},{pattern:/certificate|self.signed|altnames|SSL|TLS/i,code:`LOG_REFUSED`,message:`The server’s certificate cannot be trusted`,help:`Give the certificate of its authority as sslrootcert=FILE, or choose another sslmode in DATABASE_URL (docs/postgres.md).`},{pattern:/password must be a string|no password/i,code:`LOG_UNREACHABLE`,message:`The database asks for a password`,help:`Put it into DATABASE_URL or PGPASSWORD.`},{pattern:/timeout|terminated|closed|ended|not queryable|socket/i,code:`LOG_UNREACHABLE`,message:`The connection was lost`,help:D,transient:!0}];function toLogError(t,n){if(t instanceof e)return t;let{code:r=``,message:i=String(t)}=t,a=O[r]??O[r.slice(0,2)]??k.find(({pattern:e})=>e.test(i)),o=(i.split(`
`)[0]??``).slice(0,300);return a?new e(a.code,`${a.message} (${n}): ${o}`,{...a.help?{help:a.help}:{},details:{transient:a.transient??!1,sqlState:r},cause:t}):new e(`UNEXPECTED`,`PostgreSQL at ${n}: ${o}`,{cause:t})}function isTransient(e){return e.details.transient===!0}function corrupt(e){return{code:`LOG_CORRUPT`,message:`${e} of the database is damaged`,help:"Stop writing, and restore the database from a backup; `tamma events verify` tells how far it is whole."}}function openDatabase(e){let n=describeAddress(e.address),r=toConfig(e),i=t(()=>createPool(r,e.connections??4)),run=async e=>{try{return await e()}catch(e){throw toLogError(e,n)}},a=!1,open=()=>(a=!0,i());return{place:n,query:(e,t)=>run(async()=>query(await open(),e,t)),transaction:e=>run(async()=>transact(await(await open()).connect(),e)),listen:(e,t)=>run(()=>listen(r,e,t)),async close(){a&&await(await i()).end(),a=!1}}}function toConfig({address:e,statementTimeoutMs:t=3e4,connectTimeoutMs:n=1e4}){let{options:r,password:i,...a}=e;return{...a,...i===void 0?{}:{password:i},...r===void 0?{}:{options:r},application_name:`tamma`,keepAlive:!0,connectionTimeoutMillis:n,statement_timeout:t,lock_timeout:Math.ceil(t/2),idle_in_transaction_session_timeout:t,query_timeout:t+5e3}}async function createPool(e,t){let{default:n}=await import(`./esm-8c2708c3.js`),r=new n.Pool({...e,max:t,idleTimeoutMillis:1e4,allowExitOnIdle:!0});return r.on(`error`,()=>{}),r.on(`connect`,e=>void e.on(`error`,()=>{})),r}async function query(e,t,n=[]){let{rows:r}=await e.query({text:t,values:[...n],rowMode:`array`});return r??[]}async function transact(e,t){let n=!0;try{await e.query(`begin`);let r=await t((t,n)=>query(e,t,n));return await e.query(`commit`),n=!1,r}finally{e.release(n)}}async function listen(e,t,n){let{default:r}=await import(`./esm-8c2708c3.js`),i=new r.Client(e);return i.on(`error`,()=>n(!0)),i.on(`end`,()=>n(!0)),i.on(`notification`,()=>n(!1)),await i.connect(),await i.query(`listen ${i.escapeIdentifier(t)}`),()=>i.end().catch(()=>{})}function createLogFunctions(e){return`
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
    ${matchSeveral(`desc`)}
  elsif cardinality(v_leads) <> 1 then
    ${matchSeveral(`asc`)}
  elsif p_backwards then
    open v_batches no scroll for ${matchBatches(`desc`,`v_leads[1]`)};
  else
    open v_batches no scroll for ${matchBatches(`asc`,`v_leads[1]`)};
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
  language plpgsql security definer set search_path = ${e}, pg_temp as $$
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
  language plpgsql security definer set search_path = ${e}, pg_temp as $$
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
`}function matchBatches(e,t){return`
      select f.positions from tamma_event_tag t cross join lateral (
        select array(select x.position from unnest(t.positions) x(position)
          where x.position > p_after and x.position <= p_until
          and (cardinality(v_others) = 0 or (select count(*) from tamma_event_tag o where o.log = p_log
            and o.tag = any (v_others) and o.batch = t.batch and x.position = any (o.positions)) = cardinality(v_others))
          and (v_types is null or exists (select 1 from tamma_event_tag o where o.log = p_log
            and o.tag = any (v_types) and o.batch = t.batch and x.position = any (o.positions)))
          order by x.position ${e}) as positions) f
      where t.log = p_log and t.tag = ${t} and t.batch > p_after - 100 and t.batch <= p_until
        and cardinality(f.positions) > 0
      order by t.batch ${e}`}function matchSeveral(e){return`return query select p.position
      from unnest(v_leads) l(tag) cross join lateral (${matchBatches(e,`l.tag`)} limit p_limit) f
      cross join lateral unnest(f.positions) p(position) order by p.position ${e} limit p_limit;
    return;`}const A=[{version:1,name:`log`,up:e=>`
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
`+createLogFunctions(e),down:`
drop function tamma_append, tamma_open_log, tamma_conflict, tamma_match;

do $$
begin
  if exists (select 1 from tamma_event) then
    raise exception 'the database holds events' using errcode = 'TM003';
  end if;
end $$;
drop view tamma_events;
drop table tamma_event_tag, tamma_event, tamma_head, tamma_log;
drop function tamma_refuse();
`},{version:2,name:`beside`,up:()=>`
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
`,down:`
drop table tamma_content, tamma_signature, tamma_snapshot;
`},{version:3,name:`archive`,up:()=>`
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
`,down:`
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
`}],j=A.length;async function readSchemaStatus(t,n){let[[r,i,a]=[]]=await t(`select current_setting('server_version_num')::integer, current_setting('server_encoding'),
      (select relname from pg_class where relname = 'tamma_schema' and pg_table_is_visible(oid))`);if(Number(r)<12e4){let t=`The server (${n}) is PostgreSQL ${Math.floor(Number(r)/1e4)}: too old for the log.`;throw new e(`LOG_REFUSED`,t,{help:`Use PostgreSQL 12 or newer.`})}if(i!==`UTF8`){let t=`The database (${n}) is written in ${i}: it cannot hold every text.`;throw new e(`LOG_REFUSED`,t,{help:`Create the database with the encoding UTF8.`})}if(a===null)return{version:0,newest:j,applied:[]};let o=(await t(`select version, name, applied_at from tamma_schema order by version`)).map(([e,t,n])=>({version:Number(e),name:String(t),at:n.toISOString()}));return{version:o.at(-1)?.version??0,newest:j,applied:o}}function migrate(e,t){return e.transaction(async n=>{await n(`select pg_advisory_xact_lock($1)`,[1952542061]);let{version:r}=await readSchemaStatus(n,e.place);return refuseUnknown(r,e.place),r===0&&t>0&&await n(M),await(t>r?goUp(n,r,t):goDown(n,r,t)),readSchemaStatus(n,e.place)})}function refuseUnknown(t,n){if(t<=j)return;let r=`The tables (${n}) are of version ${t}, and this Tamma knows ${j}.`;throw new e(`LOG_REFUSED`,r,{help:`Use the newer Tamma that migrated them.`})}const M=`create table tamma_schema (
  version integer primary key, name text not null, applied_at timestamptz not null default now()
)`;async function goUp(e,t,n){let[[r]=[]]=await e(`select quote_ident(current_schema())`);for(let{version:i,name:a,up:o}of A.slice(t,n))await e(o(String(r))),await e(`insert into tamma_schema (version, name) values ($1, $2)`,[i,a])}async function goDown(e,t,n){for(let{version:r,down:i}of A.slice(n,t).reverse())await e(i),await e(`delete from tamma_schema where version = $1`,[r]);n===0&&t>0&&await e(`drop table tamma_schema`)}function createLogHandle(t,n){let r,i=!1;async function look(){let[e]=await t.query(`select log, repository_id from tamma_log where repository = $1`,[n]);return e&&{log:Number(e[0]),repositoryId:String(e[1])}}async function find(){if(r)return r;let{version:e}=await readSchemaStatus(t.query,t.place);return checkVersion(e,t.place),i=e>0,r=i?await look():void 0,r}return{repository:n,find,async ensure(){let a=await find();if(a)return a;if(i||await migrate(t,j),await t.query(`select tamma_open_log($1, $2)`,[n,C()]),r=await look(),!r)throw new e(`LOG_REFUSED`,`The log of ${n} (${t.place}) cannot be seen.`);return r}}}function checkVersion(t,n){if(refuseUnknown(t,n),t===0||t===j)return;let r=`The tables (${n}) are of version ${t}, and this Tamma needs ${j}.`;throw new e(`LOG_REFUSED`,r,{help:"Run `tamma events migrate up` as the owner of the tables (docs/postgres.md)."})}async function withPatience({budgetMs:e,random:t,place:n},r){let i=performance.now()+e;for(let e=1,a=20;;e+=1,a=Math.min(2*a,2e3)){let o;try{return await r(e)}catch(e){o=toLogError(e,n)}let s=i-performance.now();if(!isTransient(o)||s<=0)throw o;await w(Math.min(t()*a,s))}}function toTagRows({type:e,tags:t}){return[toTypeTag(e),...Object.entries(t).map(([e,t])=>toTag(e,t))]}function toTag(e,t){return`${e}=${t.replaceAll(`\\`,`\\\\`).replaceAll(`\0`,`\\0`)}`}function toTypeTag(e){return`:${e}`}function toIndexItems(e){let t=e.items.map(toIndexItem);if(!(t.length===0||t.some(({tags:e,types:t})=>e.length===0&&t===null)))return t.filter(({types:e})=>e===null||e.length>0)}function toIndexItem({tags:e={},types:t}){return{tags:Object.entries(e).map(([e,t])=>toTag(e,t)),types:t?[...new Set(t)].filter(e=>!e.includes(`\0`)):null}}const N=`select * from tamma_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;async function appendEvents({database:e,log:t,patience:n,sign:i},o,s){a(o);let c=s&&(toIndexItems(s.failIfEventsMatch)??[{tags:[],types:null}]),l=toArrays(o.map(e=>({event:e,body:r(e)})));return await withPatience(n,async n=>{let r=await t.ensure(),[a=[]]=await e.query(N,[r.log,...l,s?.after??null,JSON.stringify(c??[]),null]),[o,u,d,f]=a;if(o===`conflict`)return{status:`conflict`,position:Number(u)};let p={position:Number(d),hash:String(f)};await signHead(e,r,{head:p,sign:i});let m=o===`known`?0:n;return{status:`appended`,firstPosition:Number(u),lastPosition:p.position,hash:p.hash,tries:m}})}async function importLines({database:t,log:n,patience:r,sign:i},a){let[o,s]=[a[0]?.event,a.at(-1)?.event],l=await n.ensure();if(!o||!s)return readHead(t,l);let u=toArrays(a.map(({line:e,event:t})=>({event:t,body:c(e,t)})));return withPatience(r,async n=>{let[[r,a]=[]]=await t.query(N,[l.log,...u,o.position-1,`[]`,s.hash]),c={position:s.position,hash:s.hash},d=n>1&&Number(a)===c.position&&(await readHead(t,l)).hash===c.hash;if(r!==`conflict`||d)return await signHead(t,l,{head:c,sign:i}),c;let f=`Position ${o.position} does not follow the head at ${a} (${t.place}).`;throw new e(`LOG_CONFLICT`,f)})}async function readHead(t,{log:n}){let[r]=await t.query(`select position, encode(hash, 'hex') from tamma_head where log = $1`,[n]);if(!r)throw new e(`LOG_CORRUPT`,`The row of the head is missing (${t.place}, tamma_head).`);return{position:Number(r[0]),hash:String(r[1])}}function toArrays(e){let t=e.flatMap(({event:e},t)=>toTagRows(e).map(e=>({number:t+1,tag:e})));return[e.map(({event:e})=>e.id),e.map(({event:e})=>e.type),e.map(({event:e})=>e.timestamp),e.map(({body:e})=>e),t.map(({number:e})=>e),t.map(({tag:e})=>e)]}async function signHead(e,t,{head:n,sign:r}){if(!r)return;let{keyId:i,signature:a}=r({...n,repository:t.repositoryId});await e.query(`insert into tamma_signature (log, position, hash, key_id, signature) values ($1, $2, $3, $4, $5) on conflict do nothing`,[t.log,n.position,n.hash,i,a])}async function readParts(t,{log:n}){let r=await t.query(`select part from tamma_archived where log = $1 order by first`,[n]);try{return d(r.map(([e])=>`${String(e)}\n`).join(``))}catch(n){let r=n instanceof Error?n.message:String(n);throw new e(`LOG_CORRUPT`,`The log is damaged in tamma_archived, ${t.place}: ${r}`,{details:{place:`tamma_archived`,reason:r},help:"`tamma events verify` names every damaged row; restore the database from a backup that verifies."})}}function createArchivedLines({database:t,open:n,archive:r}){let i,a,o;async function getPart(r){i??=await readParts(t,n);let a=i.find(({first:e,last:t})=>e<=r&&t>=r);if(a)return a;let o=`its text is missing, and it was not archived`;throw new e(`LOG_CORRUPT`,`The log is damaged at position ${r}, ${t.place}: ${o}`,{details:{position:r,place:`tamma_event`,reason:o},help:"`tamma events verify` names every damaged row; restore the database from a backup that verifies."})}return{async find(e){let t=await getPart(e);if(!r)throw b(t);let n=o?.part===t?o.lines[e-t.first]:void 0;if(n!==void 0)return n;if(a?.part===t&&a.next>e){let n=[];for await(let{line:e}of l(r,t))n.push(e);return o={part:t,lines:n},n[e-t.first]??``}for(a?.part!==t&&(a={part:t,lines:l(r,t),next:t.first});;){let{value:n,done:r}=await a.lines.next();if(a.next+=1,r)throw b(t);if(a.next>e)return n.line}}}}const P=`e.position, e.body::text, encode(e.prev_hash, 'hex'), encode(e.hash, 'hex')`;async function*readEvents(e,t,n){let r=toIndexItems(t),a=await findRange(e,n,r===void 0),{unchecked:s=!1,limit:c=1/0}=n,l=c,d=a.first===1&&!a.backwards?i:void 0,f=a.backwards?a.last:a.first,p=a.backwards?-1:1;for await(let{position:t,line:i}of readPages(e,{items:r,...a,limit:c})){if(l<=0)return;let c=`tamma_event, position ${t}`;if(!r&&t!==f)throw toMissing(e.database,f);let m=s?g(i,c,t):o(i,c,{position:t,...d&&!r?{previous:d}:{}});a.backwards||(d=m),f=t+p,u(m,n)&&(--l,yield m)}let m=a.backwards?f<a.first:f>a.last;if(!r&&l>0&&!m)throw toMissing(e.database,f)}async function findRange({database:e,open:t},{after:n=0,until:r=2**53-1,since:i,before:a,backwards:o=!1},s){let c=s?(await readHead(e,t)).position:r,l={first:n+1,last:Math.min(r,c),backwards:o};if(i===void 0&&a===void 0)return l;let[[u,d]=[]]=await e.query(`select min(position), max(position) from (select position from tamma_event
       where log = $1 and ts >= $2 and ts < $3 offset 0) during`,[t.log,i??``,a??`~`]);return u===null?{...l,last:0}:{...l,first:Math.max(l.first,Number(u)),last:Math.min(l.last,Number(d))}}async function*readPages(e,t){let{backwards:n,limit:r}=t,i=createArchivedLines(e),{first:a,last:o}=t,s=Math.min(200,Math.max(r,1));if(a>o||t.items?.length===0)return;let c=readPage(e,{...t,count:s});for(;c!==void 0;){let r=await c;c=void 0;let l=r.at(-1)?.position,u=r.length===s;if(l!==void 0&&([a,o]=n?[a,l-1]:[l+1,o]),u&&a<=o){let n=r.reduce((e,{line:t})=>e+(t?.length??0),0);s=Math.min(4e3,4*s,Math.max(1,Math.floor(4194304*r.length/Math.max(n,1)))),c=readPage(e,{...t,first:a,last:o,count:s}),c.catch(()=>{})}for(let{position:e,line:t}of r)yield{position:e,line:t??await i.find(e)}}}async function readPage({database:e,open:t},{items:n,first:r,last:i,backwards:a,count:o}){let s=a?`desc`:`asc`;if(!n){let n=`select ${P} from tamma_event e where e.log = $1 and e.position between $2 and $3 order by e.position ${s} limit $4`;return(await e.query(n,[t.log,r,i,o])).map(toLogRow)}let c=n.map((e,t)=>`select tamma_match($1, $${5+2*t}, $${6+2*t}, $2, $3, $4, ${a}) as position`),l=`select ${P} from (select distinct position from (${c.join(` union all `)}) m
    order by position ${s} limit $4) m join tamma_event e on e.log = $1 and e.position = m.position order by e.position ${s}`,u=n.flatMap(({tags:e,types:t})=>[e,t]);return(await e.query(l,[t.log,r-1,i,o,...u])).map(toLogRow)}function toLogRow([e,t,n,r]){if(t===null)return{position:Number(e),line:null};let i={position:Number(e),prevHash:String(n),hash:String(r)};return{position:i.position,line:s(String(t),i)}}function toMissing(t,n){let r=`there is no such row`;return new e(`LOG_CORRUPT`,`The log is damaged at position ${n}, ${t.place}: ${r}`,{details:{position:n,place:`tamma_event`,reason:r},help:"`tamma events verify` names every damaged row; restore the database from a backup that verifies."})}function createPostgresArchive({log:e,database:t}){return{async parts(){let n=await e.find();return n?readParts(t,n):[]},async plan(n){let r=await e.find();return r?listMonths({database:t,open:r},n):[]},async move(n){let r=await e.find();return r?moveMonths({database:t,open:r},n):[]}}}async function moveMonths(e,t){let{database:n,open:r}=e;await clearBodies(e,f(await readParts(n,r)).position);let i=[];for(let n of await listMonths(e,t.before)){let r=await packMonth(e,n,t);await note(e,r),await clearBodies(e,r.last),i.push(r)}return i}async function listMonths({database:e,open:t},n){let r=f(await readParts(e,t)).position,i=(await readHead(e,t)).position,a=[];for(let o=r+1;o<i;){let[r]=await e.query(`select substring(ts, 1, 7) from tamma_event where log = $1 and position = $2`,[t.log,o]),s=String(r?.[0]);if(!r||s>=n)break;let[[c]=[]]=await e.query(`select min(position) from tamma_event where log = $1 and position > $2 and ts >= $3`,[t.log,o,toNextMonth(s)]),l=Math.min(c?Number(c)-1:i,i-1);a.push({month:s,first:o,last:l}),o=l+1}return a}function toNextMonth(e){let[t=0,n=0]=e.split(`-`).map(Number);return new Date(Date.UTC(t,n,1)).toISOString().slice(0,7)}async function packMonth(t,{month:n,first:r,last:i},{files:a}){let{database:s,open:c}=t,l=f(await readParts(s,c)),u,d=l;async function*readLines(){let e={first:r,last:i,backwards:!1,items:void 0,limit:1/0};for await(let{position:t,line:n}of readPages({database:s,open:c},e)){let e=o(n,`tamma_event, position ${t}`,{position:d.position+1,previous:d});u=y(u,m([e])),d=e,yield n}}let p=await x(a,_(n,r,i),readLines());if(!u||d.position!==i)throw new e(`LOG_CORRUPT`,`The log is damaged at position ${d.position+1}, ${s.place}`);return h({month:n,first:r,last:i,prevHash:l.hash,hash:d.hash,times:[...u],archivedAt:await readClock(s),...p})}async function readClock(e){let[t]=await e.query(`select extract(epoch from now())`);return new Date(1e3*Number(t?.[0])).toISOString()}async function note({database:t,open:r},i){if((await t.query(`insert into tamma_archived (log, first, last, part) values ($1, $2, $3, $4) on conflict do nothing returning 1`,[r.log,i.first,i.last,n(i)])).length===0)throw new e(`ARCHIVE_FAILED`,`somebody else archives ${i.month} at this moment`)}async function clearBodies({database:e,open:t},n){for(;;){let[[r]=[]]=await e.query(`select min(position) from tamma_event where log = $1 and position <= $2 and body is not null`,[t.log,n]);if(r==null)return;await e.query(`update tamma_event set body = null where log = $1 and position between $2 and $3 and body is not null`,[t.log,Number(r),Math.min(n,Number(r)+2e4-1)])}}function createSnapshotTable(e,t){return{async load(n){let r=await t.find();if(!r)return;let[i]=await e.query(`select version, position, hash, state from tamma_snapshot where log = $1 and projection = $2`,[r.log,n]);if(!i)return;let[a,o,s,c]=i.map(String);return{projection:n,version:a,position:Number(o),hash:s,state:JSON.parse(c)}},async save({projection:n,version:r,position:i,hash:a,state:o}){let{log:s}=await t.ensure();await e.query(`insert into tamma_snapshot (log, projection, version, position, hash, state) values ($1, $2, $3, $4, $5, $6)
         on conflict (log, projection) do update set version = excluded.version, position = excluded.position,
         hash = excluded.hash, state = excluded.state, saved_at = now()`,[s,n,r,i,a,JSON.stringify(o)])},async remove(n){let r=await t.find();r&&await e.query(`delete from tamma_snapshot where log = $1 and projection = $2`,[r.log,n])}}}async function*followLog({database:e,log:t,patience:n,pollMs:r},{query:i={items:[]},after:a,signal:o}){let s=createBell(o),c,l=a;try{for(;!o.aborted;){s.reset();let a=await withPatience(n,()=>t.find());if(a&&(!c||s.isBroken())&&(await c?.(),s.mend(),c=await withPatience(n,()=>e.listen(`tamma_log_${a.log}`,s.ring))),a){for await(let t of readEvents({database:e,open:a},i,{after:l}))if(yield t,l=t.position,o.aborted)return}await s.wait(a?r:Math.min(r,200))}}finally{await c?.()}}function createBell(e){let t=new AbortController,n=!1;return{ring(e){n||=e,t.abort()},reset:()=>{t=new AbortController},isBroken:()=>n,mend:()=>{n=!1},wait:n=>pause(n,AbortSignal.any([e,t.signal]))}}function verifyNothing(e){return v({...e,place:`tamma_head`}).finish()}async function verifyLog(e,t){let{database:n,open:r,checkSignature:i}=e,a=await findStoredHead(n,r),o=v({...t,place:`tamma_head`,stored:a,...i?{signatures:{repository:r.repositoryId,check:i}}:{}});a||o.addProblem(tail(1,`the row of the head is missing`));let s=i?await readSignatures(n,r):[],c=await passArchived(e,o),l={first:c+1,last:a?.position??2**53-1,backwards:!1},u=[],d=0,flush=async()=>{u.length>0&&(d+=await checkIndex(e,o,u)),u=[]},f={...l,items:void 0,limit:1/0};for await(let{position:t,line:n}of readPages(e,f)){let e=o.addLine(n,`tamma_event, position ${t}`);addSignatures(o,s,t),e?.position===t&&u.push(e),u.length>=500&&await flush()}return await flush(),o.isSound()&&await countTags(e,o,{tags:d,seal:c,last:l.last}),await lookBehind(e,o),o.finish()}async function passArchived({database:t,open:n,archive:r},i){let a=await readParts(t,n).catch(t=>{if(!(t instanceof e&&t.code===`LOG_CORRUPT`))throw t;return i.addProblem({kind:`archive`,position:1,place:`tamma_archived`,message:t.message}),[]}),o=r?await p(r,a):[];for(let e of o)i.addProblem(e);if(r&&o.length===0)return 0;for(let{name:e,first:t,prevHash:n,last:r,hash:o}of a)i.skip({first:t,firstPrevHash:n,last:{position:r,hash:o}},`archive/${e}`);return f(a).position}async function findStoredHead(e,{log:t}){let[n]=await e.query(`select position, encode(hash, 'hex') from tamma_head where log = $1`,[t]);return n&&{position:Number(n[0]),hash:String(n[1])}}async function lookBehind({database:e,open:t},n){let[[r]=[]]=await e.query(`select min(e.position) from tamma_event e join tamma_head h using (log) where log = $1 and e.position > h.position`,[t.log]);r!=null&&n.addProblem(tail(Number(r),`the log goes on behind its head`))}function tail(e,t){return{kind:`tail`,position:e,place:`tamma_head`,message:t}}function readSignatures(e,{log:t}){return e.query(`select position, hash, key_id, signature from tamma_signature where log = $1 order by position desc`,[t])}function addSignatures(e,t,n){for(let r=t.at(-1);r&&Number(r[0])<=n;r=t.at(-1)){t.pop();let[n,i,a,o]=r,s={position:Number(n),hash:String(i)};e.addSignature(s,{keyId:String(a),signature:String(o)},`tamma_signature, position ${s.position}`)}}async function checkIndex({database:e,open:t},n,r){let i=await e.query(`select x.position, 'its columns id, type or ts' from unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[]) as x(position, id, type, ts)
       where (select e.id = x.id and e.type = x.type and e.ts = x.ts from tamma_event e
         where e.log = $1 and e.position = x.position) is not true
     union all
     select x.position, 'its tag ' || x.tag from unnest($6::bigint[], $7::text[]) as x(position, tag)
       where (select true from tamma_event_tag t where t.log = $1 and t.tag = x.tag and t.batch > x.position - 100
         and t.batch <= x.position and x.position = any (t.positions) limit 1) is null
     order by 1 limit 10`,[t.log,r.map(({position:e})=>e),r.map(({id:e})=>e),r.map(({type:e})=>e),r.map(({timestamp:e})=>e),...toColumns(r)]);for(let[e,t]of i){let r=`the index does not fit the event: ${t}`;n.addProblem({kind:`index`,position:Number(e),place:`tamma_event_tag`,message:r})}return r.reduce((e,t)=>e+toTagRows(t).length,0)}function toColumns(e){let t=e.flatMap(e=>toTagRows(e).map(t=>({position:e.position,tag:t})));return[t.map(({position:e})=>e),t.map(({tag:e})=>e)]}async function countTags({database:e,open:t},n,{tags:r,seal:i,last:a}){let[[o]=[]]=await e.query(`select coalesce(sum(cardinality(positions)), 0) from tamma_event_tag where log = $1 and batch > $2 and batch <= $3`,[t.log,i,a]);if(Number(o)<=r)return;let s=`the index has ${o} tags, and the events have ${r}`;n.addProblem({kind:`index`,position:null,place:`tamma_event_tag`,message:s})}function createPostgresStore(e){let{database:t,log:n,sign:r,checkSignature:a,budgetMs:o=6e4,pollMs:s=5e3}=e,patient=n=>({budgetMs:Math.min(o,n),random:e.random??Math.random,place:t.place}),c=patient(5e3),l={database:t,log:n,patience:patient(o),sign:r},find=()=>withPatience(c,()=>n.find()),u={...t,query:(e,n)=>withPatience(c,()=>t.query(e,n))};return{kind:`postgres`,place:`${t.place} (${n.repository})`,async head(){let e=await find();return e?readHead(u,e):i},async*read(t={items:[]},n={}){let r=await find();r&&(yield*readEvents({database:u,open:r,archive:e.archive},t,n))},append:(e,t)=>appendEvents(l,e,t),importLines:e=>importLines(l,e),subscribe:e=>followLog({database:u,log:n,patience:c,pollMs:s},e),async verify(t={}){let n=await find();return n?verifyLog({database:u,open:n,checkSignature:a,archive:e.archive},t):verifyNothing(t)},archive:createPostgresArchive({database:t,log:n}),snapshots:createSnapshotTable(u,n),close:()=>t.close()}}function openLog(e){let{config:t,environment:n,archive:r,signing:i}=e;if(t.events.store===`git`)return{store:e.openGitStore()};let a=openLogDatabase(n),o=createLogHandle(a,nameLog(e));return{store:createPostgresStore({database:a,log:o,archive:r,...i}),table:{database:a,log:o}}}function openLogDatabase(t){let{DATABASE_URL:n}=t;if(n)return openDatabase({address:parseDatabaseUrl(n,t)});throw new e(`KEY_MISSING`,`the log is in PostgreSQL (events.store), and DATABASE_URL is not set.`,{help:`Set DATABASE_URL in the environment of this run: postgres://user:password@host/database (docs/postgres.md).`})}function nameLog({environment:e,remoteUrl:t,gitDirectory:n}){return e.TAMMA_LOG_NAME||toPlainName(t??n)}function toPlainName(e){let[,t,n]=/^(?:[a-z][a-z0-9+.-]*:\/\/)(?:[^/@]*@)?([^/]*)\/+(.*)$/i.exec(e)??/^(?:[^/@:]+@)?([^/:]+):(?!\/\/)\/*(.*)$/.exec(e)??[void 0,``,e],r=(n??``).replace(/\/+$/,``).replace(/\/\.git$|\.git$/,``);return t?`${t.toLowerCase().replace(/:(?:22|80|443)$/,``)}/${r}`:r}export{pause as a,readSchemaStatus as i,openLogDatabase as n,migrate as r,openLog as t};