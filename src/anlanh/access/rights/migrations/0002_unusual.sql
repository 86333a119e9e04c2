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
