-- Receipts of consent: what was agreed to, taken back or entrusted, in which words, when and how. Only ever added to.

create table consent_receipt (
    id          uuid        primary key,
    patient     bigint      not null,
    consent     text        not null,
    act         text        not null check (act in ('given', 'withdrawn')),
    purpose     text        not null,
    says        text        not null,
    text_sha256 text        not null,
    until       timestamptz,
    signer      text        not null,
    relation    text        not null,
    channel     text        not null,
    method      text        not null,
    network     text        not null,
    device      text        not null,
    at          timestamptz not null
);
comment on column consent_receipt.consent is 'id of the Consent that it is about';
comment on column consent_receipt.relation is 'of the signer to the person: self, parent, delegate';
create index consent_receipt_patient on consent_receipt (patient, at desc);

create function receipts_stay() returns trigger language plpgsql as $$
begin
    raise exception 'receipts of consent are only ever added to';
end $$;
create trigger consent_receipt_stays before update or delete or truncate on consent_receipt
    for each statement execute function receipts_stay();

-- Requests of people about their own data, with the law's clocks.

create table rights_request (
    id          uuid        primary key,
    patient     bigint      not null,
    asked_by    text        not null,
    kind        text        not null check (kind in ('copy', 'correct', 'restrict', 'withdraw', 'object', 'erase')),
    scopes      text[]      not null default '{}',
    item        text        not null default '',
    says        text        not null,
    asked_at    timestamptz not null,
    answer_by   timestamptz not null,
    done_by     timestamptz not null,
    extended    text        not null default '',
    answered_at timestamptz,
    answered_by text        not null default '',
    outcome     text        check (outcome in ('done', 'partly', 'refused')),
    answer      text        not null default '',
    erase_from  timestamptz,
    erased_at   timestamptz,
    erased      integer     not null default 0
);
comment on column rights_request.extended is 'why the time was extended, once; empty: it was not';
comment on column rights_request.erase_from is 'from when on what may go is erased by the job; null: nothing is to be erased';
create index rights_request_patient on rights_request (patient, asked_at desc);
create index rights_request_open on rights_request (done_by) where answered_at is null;
create index rights_request_erase on rights_request (erase_from) where erase_from is not null and erased_at is null;

-- By whom a relation is held, for those who ask whose records they may open.
create index relation_of_family on relation (party) where kind in ('parent', 'delegate');

-- What was deleted before stands in history still; erasing finds it here.
create index resource_deleted_of on resource using gin (patients) where deleted;

-- What members of staff looked at on each day, in numbers, and the cases in which that was far from usual.

create table access_day (
    day         date        not null,
    subject     text        not null,
    role        text        not null,
    organization text       not null,
    counts      integer[]   not null,
    primary key (day, subject, role, organization)
);
comment on column access_day.counts is 'in the order of unusual/measures.py; no person is named here';

create table staff_person (
    subject     text        primary key,
    patient     bigint,
    found_at    timestamptz not null
);
comment on table staff_person is 'rid of the Patient who a member of staff is, so that looks at colleagues are counted; null: none';

create table unusual_case (
    id          uuid        primary key,
    day         date        not null,
    subject     text        not null,
    role        text        not null,
    organization text       not null,
    findings    jsonb       not null,
    noted_at    timestamptz not null,
    state       text        not null default 'waiting' check (state in ('waiting', 'inquiry', 'dismissed', 'confirmed')),
    decided_at  timestamptz,
    decided_by  text        check (decided_by <> subject),
    words       text        not null default '',
    unique (day, subject)
);
comment on column unusual_case.findings is 'measure, count, what is usual for the person and for the role; null: not known';
create index unusual_case_open on unusual_case (day) where state in ('waiting', 'inquiry');
