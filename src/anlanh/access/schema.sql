-- What opens a person's data to somebody, and what closes it. Read in every query of those who do not see everything.

create table relation (
    patient     bigint      not null,
    party       bigint      not null,
    kind        text        not null,
    since       timestamptz not null,
    until       timestamptz not null,
    source      bigint      not null,
    types       smallint[],
    keys        bigint[],
    primary key (source, patient, party, kind)
);
comment on column relation.source is 'rid of the resource, or id of the act, that it follows from';
create index relation_patient on relation (patient, party);

create table denial (
    patient     bigint      not null,
    recipients  bigint[],
    types       smallint[],
    keys        bigint[],
    purposes    text[],
    since       timestamptz not null,
    until       timestamptz not null,
    source      bigint      not null
);
create index denial_patient on denial (patient);
create index denial_source on denial (source);

-- Who saw or changed whose data, when, why. Apart from the record; only ever added to, and sealed block by block.

create table access_log (
    seq         bigint      generated always as identity,
    tx          bigint      not null default pg_current_xact_id()::text::bigint,
    at          timestamptz not null,
    patients    bigint[]    not null,
    deed        "char"      not null,
    resources   bytea       not null,
    subject     text        not null,
    role        text        not null,
    organization text       not null,
    client      text        not null,
    purpose     text        not null,
    rule        text        not null,
    interaction text        not null,
    query       text        not null,
    request     text        not null,
    network     text        not null
);
comment on column access_log.patients is 'rids of those whose data it is';
comment on column access_log.deed is 'C R U D E, as AuditEvent.action';
comment on column access_log.resources is 'rid (8 bytes), number of the type (2) and place in patients (2) of each resource';
create index access_log_patients on access_log using gin (patients) with (fastupdate = on, gin_pending_list_limit = 512);
create index access_log_place on access_log using brin (seq, at) with (pages_per_range = 16, autosummarize = on);
create index access_log_in_order on access_log (tx, seq);

create table access_seal (
    number      bigint      primary key,
    day         date        not null,
    last_tx     bigint      not null,
    last_seq    bigint      not null,
    rows        integer     not null,
    sealed_at   timestamptz not null,
    hash        bytea       not null,
    packed      boolean     not null default false
);
comment on column access_seal.packed is 'whether rows were hashed as COPY gives them, or each as JSON, as before';
comment on column access_log.tx is 'rows are sealed in order of (tx, seq): all of a lower transaction have ended';
comment on table access_seal is 'hash of the block and of the seal before it: whoever changes a row changes all that follow';

-- Emergency access (break-glass): one person, four hours, reviewed within a day.

create table emergency (
    id          uuid        primary key,
    patient     bigint      not null,
    subject     text        not null,
    organization text       not null,
    reason      text        not null,
    opened_at   timestamptz not null,
    until       timestamptz not null,
    review_by   timestamptz not null,
    reviewed_at timestamptz,
    reviewed_by text,
    verdict     text        check (verdict in ('justified', 'not-justified'))
);
create index emergency_open on emergency (review_by) where reviewed_at is null;
create index emergency_patient on emergency (patient, opened_at desc);

-- Questions of citizens about accesses ("Tôi thắc mắc"), with the law's deadline.

create table inquiry (
    id          uuid        primary key,
    patient     bigint      not null,
    asked_by    text        not null,
    access_seq  bigint,
    question    text        not null,
    asked_at    timestamptz not null,
    answer_by   timestamptz not null,
    answered_at timestamptz,
    answered_by text,
    answer      text
);
create index inquiry_patient on inquiry (patient, asked_at desc);
create index inquiry_open on inquiry (answer_by) where answered_at is null;

create table access_journal (
    name        text        primary key,
    taken       bigint      not null
);
comment on column access_journal.taken is 'bytes of the file whose rows are in access_log';

create function related_to_all(
    p_patients bigint[], p_parties bigint[], p_kinds text[], p_type integer, p_keys bigint[]
) returns boolean language plpgsql stable as $$
begin
    return not exists (
        select from unnest(p_patients) p where not exists (
            select from relation a where a.patient = p and a.party = any(p_parties) and a.kind = any(p_kinds)
            and a.since <= now() and a.until > now() and (a.types is null or p_type = any(a.types))
            and (a.keys is null or a.keys && p_keys)
        )
    );
end
$$;

-- Write one resource and the relations that follow from it, in one call: whoever writes next finds both.

create function put_with_relations(
    p_rid bigint, p_type smallint, p_id text, p_now timestamptz, p_method "char", p_expected integer,
    p_head bytea, p_tail bytea, p_refs smallint, p_keys bigint[], p_patients bigint[], p_labels bigint[],
    p_path integer[], p_key bigint[], p_low float8[], p_high float8[], p_system integer[], p_code integer[],
    p_unit integer[], p_unit_low float8[], p_unit_high float8[], p_payload jsonb,
    p_patient bigint[], p_party bigint[], p_kind text[], p_since timestamptz[], p_until timestamptz[],
    out outcome text, out version integer, out updated_at timestamptz
) language plpgsql as $$
declare
    written record;
begin
    written := put_resource(
        p_rid, p_type, p_id, p_now, p_method, p_expected, p_head, p_tail, p_refs, p_keys, p_patients, p_labels,
        p_path, p_key, p_low, p_high, p_system, p_code, p_unit, p_unit_low, p_unit_high, p_payload
    );
    outcome := written.outcome;
    version := written.version;
    updated_at := written.updated_at;
    if outcome not in ('created', 'updated') then
        return;
    end if;
    if put_with_relations.version > 1 then
        delete from relation where source = p_rid;
    end if;
    if cardinality(p_patient) > 0 then
        insert into relation (patient, party, kind, since, until, source)
        select x.*, p_rid from unnest(p_patient, p_party, p_kind, p_since, p_until) x;
    end if;
end $$;
alter function put_with_relations set plan_cache_mode = 'force_generic_plan';
