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
