-- By what each person is found, and when they are to be compared with others.

create table person_key (
    rid         bigint      primary key,
    keys        bigint[]    not null,
    due_at      timestamptz
);
comment on column person_key.rid is 'of the Patient; those that are not active, or were replaced, have no keys';
create index person_key_keys on person_key using gin (keys) with (fastupdate = on, gin_pending_list_limit = 1024);
create index person_key_due on person_key (due_at) where due_at is not null;

-- Pairs of Patients that may be one person. one < two.

create table person_pair (
    one         bigint      not null,
    two         bigint      not null,
    bits        real        not null,
    levels      text[]      not null,
    state       text        not null check (state in ('automatic', 'waiting', 'same', 'different')),
    found_at    timestamptz not null,
    put_off     timestamptz,
    decided_at  timestamptz,
    decided_by  text,
    primary key (one, two),
    check (one < two)
);
create index person_pair_two on person_pair (two);
create index person_pair_open on person_pair (bits desc, one, two) where state in ('automatic', 'waiting') and decided_at is null;

-- Merges, with what is needed to undo them: of each resource that was changed the version before and the one made.

create table person_merge (
    id          uuid        primary key,
    source      bigint      not null,
    target      bigint      not null,
    how         text        not null check (how in ('automatic', 'steward', 'system', 'message')),
    merged_at   timestamptz not null,
    merged_by   text        not null,
    moved       jsonb       not null default '{}',
    undone_at   timestamptz,
    undone_by   text
);
comment on column person_merge.moved is 'ids of rows of other tables that follow the person';
create unique index person_merge_source on person_merge (source) where undone_at is null;
create index person_merge_target on person_merge (target);
create index person_merge_latest on person_merge (merged_at desc, id);

create table person_merge_change (
    merge       uuid        not null references person_merge,
    rid         bigint      not null,
    before      integer     not null,
    after       integer     not null,
    primary key (merge, rid)
);

-- Write one Patient, the relations that follow from it, and by what the person is found, in one call. Outcome `more`:
-- nothing was written, for there are RelatedPersons (of that type, of these rids or keys) whose relations follow from it too.

create function put_patient(
    p_rid bigint, p_type smallint, p_id text, p_now timestamptz, p_method "char", p_expected integer,
    p_head bytea, p_tail bytea, p_refs smallint, p_keys bigint[], p_patients bigint[], p_labels bigint[],
    p_path integer[], p_key bigint[], p_low float8[], p_high float8[], p_system integer[], p_code integer[],
    p_unit integer[], p_unit_low float8[], p_unit_high float8[], p_payload jsonb,
    p_patient bigint[], p_party bigint[], p_kind text[], p_since timestamptz[], p_until timestamptz[],
    p_related smallint, p_related_rids bigint[], p_related_keys bigint[], p_person bigint[], p_due timestamptz,
    out outcome text, out version integer, out updated_at timestamptz
) language plpgsql as $$
declare
    written record;
begin
    if exists (
        select from resource r where r.type = p_related and not r.deleted
        and (r.rid = any(p_related_rids) or r.keys && p_related_keys)
    ) then
        outcome := 'more';
        return;
    end if;
    written := put_with_relations(
        p_rid, p_type, p_id, p_now, p_method, p_expected, p_head, p_tail, p_refs, p_keys, p_patients, p_labels,
        p_path, p_key, p_low, p_high, p_system, p_code, p_unit, p_unit_low, p_unit_high, p_payload,
        p_patient, p_party, p_kind, p_since, p_until
    );
    outcome := written.outcome;
    version := written.version;
    updated_at := written.updated_at;
    if outcome in ('created', 'updated') then
        insert into person_key (rid, keys, due_at) values (p_rid, p_person, p_due)
        on conflict (rid) do update set keys = excluded.keys, due_at = excluded.due_at;
    end if;
end $$;
alter function put_patient set plan_cache_mode = 'force_generic_plan';
