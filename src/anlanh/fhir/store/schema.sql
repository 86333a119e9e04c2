-- What the migrations of the record add up to. A new migration changes this file too; tests/architecture compares them.

-- The record of one tenant. See docs/decisions/0002-keys.md for rid and keys.

create table resource (
    rid         bigint primary key,
    updated_at  timestamptz not null,
    version     integer     not null,
    type        smallint    not null,
    refs        smallint    not null default 0,
    method      "char"      not null,
    deleted     boolean     not null default false,
    id          text collate "C" not null,
    keys        bigint[]    not null,
    content     bytea       not null,
    patients    bigint[]    not null default '{}',
    labels      bigint[]    not null default '{}'
) with (fillfactor = 95, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
comment on column resource.rid is 'hash of Type/id';
comment on column resource.refs is 'how many of keys, from the first, are references';
comment on column resource.content is 'the JSON as it is served; empty when deleted';
comment on column resource.patients is 'rids of those whose data it is';
comment on column resource.labels is 'keys of its sensitive labels, given or earned by its codes';
alter table resource alter column keys set statistics 1000;
alter table resource alter column updated_at set (n_distinct = -0.5);

create index resource_keys on resource using gin (keys) with (fastupdate = on, gin_pending_list_limit = 1024);
create index resource_type on resource (type, rid) where not deleted;
create index resource_updated on resource (updated_at, rid);

create table history (
    rid         bigint      not null,
    updated_at  timestamptz not null,
    version     integer     not null,
    type        smallint    not null,
    method      "char"      not null,
    deleted     boolean     not null,
    id          text collate "C" not null,
    content     bytea       not null,
    patients    bigint[]    not null default '{}',
    primary key (rid, version)
);
create index history_updated on history (updated_at, rid, version);

-- Dates, numbers and quantities as ranges. key: the discrete parts of a composite that stand in the same element.
create table range_index (
    rid         bigint  not null,
    low         float8  not null,
    high        float8  not null,
    key         bigint,
    unit_low    float8,
    unit_high   float8,
    path        integer not null,
    system      integer,
    code        integer,
    unit        integer
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index range_index_rid on range_index (rid);
create index range_index_low on range_index (path, low, rid) where key is null;
-- 1728000000000 ticks are 2 days
create index range_index_long on range_index (path, high, rid) where key is null and high - low > 1728000000000;
create index range_index_unit on range_index (path, unit, unit_low) where unit is not null and key is null;
create index range_index_unit_wide on range_index (path, unit, unit_high)
    where unit is not null and key is null and unit_high > unit_low;
create index range_index_key on range_index (key, path, low) where key is not null;

-- Every distinct string of every index path, once. Written before the resources that need it; harmless without them.
create table string_value (
    key     bigint  primary key,
    path    integer not null,
    whole   boolean not null,
    value   text collate "C" not null
);
create index string_value_path on string_value (path, left(value, 128));

-- What happened, in the transaction in which it happened; readers wait for older transactions (tx) to end.
create table outbox (
    seq         bigint generated always as identity primary key,
    tx          xid8        not null default pg_current_xact_id(),
    topic       text        not null,
    rid         bigint,
    version     integer,
    payload     jsonb
);

-- Write one resource. p_expected: null any, 0 it must be new, else the version it must have.
-- outcome: created, updated, exists, missing, conflict, collision
create function put_resource(
    p_rid bigint, p_type smallint, p_id text, p_now timestamptz, p_method "char", p_expected integer,
    p_head bytea, p_tail bytea, p_refs smallint, p_keys bigint[], p_patients bigint[], p_labels bigint[],
    p_path integer[], p_key bigint[], p_low float8[], p_high float8[], p_system integer[], p_code integer[],
    p_unit integer[], p_unit_low float8[], p_unit_high float8[], p_payload jsonb,
    out outcome text, out version integer, out updated_at timestamptz
) language plpgsql as $$
declare
    old record;
begin
    updated_at := p_now;
    loop
        if p_expected is distinct from 0 then
            select r.version, r.updated_at, r.deleted, r.type, r.id into old from resource r where r.rid = p_rid for update;
            exit when found;
            if p_expected is not null then
                outcome := 'missing';
                return;
            end if;
        end if;
        version := 1;
        insert into resource (rid, updated_at, version, type, refs, method, id, keys, content, patients, labels)
        values (p_rid, updated_at, 1, p_type, p_refs, p_method, p_id, p_keys,
                whole_content(p_head, 1, updated_at, p_tail), p_patients, p_labels)
        on conflict do nothing;
        if found then
            outcome := 'created';
            exit;
        end if;
        if p_expected = 0 then
            outcome := 'exists';
            return;
        end if;
    end loop;
    if outcome is null then
        if old.type <> p_type or old.id <> p_id then
            outcome := 'collision';
            return;
        end if;
        if p_expected is not null and (old.deleted or old.version <> p_expected) then
            outcome := 'conflict';
            version := old.version;
            return;
        end if;
        version := old.version + 1;
        if updated_at <= old.updated_at then
            updated_at := old.updated_at + interval '1 ms';
        end if;
        insert into history (rid, updated_at, version, type, method, deleted, id, content, patients)
        select r.rid, r.updated_at, r.version, r.type, r.method, r.deleted, r.id, r.content, r.patients
        from resource r where r.rid = p_rid;
        update resource r
        set updated_at = put_resource.updated_at, version = put_resource.version, refs = p_refs, method = p_method,
            deleted = false, keys = p_keys, patients = p_patients, labels = p_labels,
            content = whole_content(p_head, put_resource.version, put_resource.updated_at, p_tail)
        where r.rid = p_rid;
        delete from range_index where rid = p_rid;
        outcome := case when old.deleted then 'created' else 'updated' end;
    end if;
    if cardinality(p_path) > 0 then
        insert into range_index (rid, path, key, low, high, system, code, unit, unit_low, unit_high)
        select p_rid, x.* from unnest(p_path, p_key, p_low, p_high, p_system, p_code, p_unit, p_unit_low, p_unit_high) x;
    end if;
    insert into outbox (topic, rid, version, payload) values ('resource', p_rid, put_resource.version, p_payload);
end $$;
alter function put_resource set plan_cache_mode = 'force_generic_plan';

create function whole_content(p_head bytea, p_version integer, p_at timestamptz, p_tail bytea) returns bytea
language sql stable as $$
    select p_head || convert_to(
        p_version || '","lastUpdated":"' || to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '"', 'UTF8'
    ) || p_tail
$$;

-- Delete one resource. outcome: deleted, gone (it was deleted before), missing, conflict
create function delete_resource(
    p_rid bigint, p_now timestamptz, p_expected integer, p_payload jsonb,
    out outcome text, out version integer, out updated_at timestamptz
) language plpgsql as $$
declare
    old record;
begin
    select r.version, r.updated_at, r.deleted into old from resource r where r.rid = p_rid for update;
    if not found then
        outcome := 'missing';
        return;
    end if;
    version := old.version;
    updated_at := old.updated_at;
    if old.deleted then
        outcome := 'gone';
        return;
    end if;
    if p_expected is not null and old.version <> p_expected then
        outcome := 'conflict';
        return;
    end if;
    insert into history (rid, updated_at, version, type, method, deleted, id, content, patients)
    select r.rid, r.updated_at, r.version, r.type, r.method, r.deleted, r.id, r.content, r.patients
    from resource r where r.rid = p_rid;
    version := old.version + 1;
    updated_at := greatest(p_now, old.updated_at + interval '1 ms');
    update resource r
    set updated_at = delete_resource.updated_at, version = delete_resource.version, refs = 0, method = 'D', deleted = true,
        keys = '{}', content = ''
    where r.rid = p_rid;
    delete from range_index where rid = p_rid;
    insert into outbox (topic, rid, version, payload) values ('resource', p_rid, delete_resource.version, p_payload);
    outcome := 'deleted';
end $$;
alter function delete_resource set plan_cache_mode = 'force_generic_plan';

-- Search parameters that a site has added, and how far their back-fill is. Not searchable before `ready`.

create table reindex (
    url         text primary key,
    types       smallint[]  not null,
    state       text        not null check (state in ('waiting', 'indexing', 'verifying', 'ready')),
    last_rid    bigint,
    done        bigint      not null default 0,
    total       bigint      not null default 0,
    repaired    bigint      not null default 0,
    asked_at    timestamptz not null,
    ready_at    timestamptz
);

-- Closure tables that clients keep here, by who keeps them. See ConceptMap/$closure.

create table closure (
    owner       text        not null,
    name        text        not null,
    version     integer     not null,
    primary key (owner, name)
);

create table closure_code (
    owner       text        not null,
    name        text        not null,
    system      text        not null,
    code        text        not null,
    added       integer     not null,
    primary key (owner, name, system, code),
    foreign key (owner, name) references closure on delete cascade
);
comment on column closure_code.added is 'the version of the table since which it has the code';
