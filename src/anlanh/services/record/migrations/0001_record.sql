-- What FHIR cannot lock or count of summaries that were handed on: tries, openings, the end. The summary itself lies here
-- sealed with a key that only the link holds.

create table record_link (
    id          text collate "C" primary key,
    person      bigint not null,
    made_by     text not null,
    made_at     timestamptz not null,
    expires_at  timestamptz not null,
    passcode    bytea,
    tries       integer not null default 10 check (tries >= 0),
    opened      integer not null default 0,
    file        bytea not null,
    constraint ends check (expires_at > made_at)
);
comment on column record_link.id is 'hash of the secret in the address';
comment on column record_link.person is 'rid of the Patient';
comment on column record_link.passcode is 'keyed hash; null: the link needs none';
comment on column record_link.tries is 'wrong passcodes still allowed';
comment on column record_link.file is 'JWE, compact';
create index record_link_person on record_link (person, made_at desc, id);
create index record_link_end on record_link (expires_at);
