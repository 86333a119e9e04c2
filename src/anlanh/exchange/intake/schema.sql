-- Documents that other systems posted, and what became of each. Those that are in the record are kept there, as they came.

create table exchange_document (
    number      bigint generated always as identity primary key,
    sender      text        not null,
    type        text        not null,
    control_id  text        not null,
    received_at timestamptz not null,
    settled_at  timestamptz not null,
    state       text        not null check (state in ('applied', 'parked', 'duplicate')),
    size        integer     not null,
    digest      bytea       not null,
    content     bytea,
    attempts    smallint    not null default 1,
    issue       text,
    reason      text,
    reason_vi   text,
    resources   text[]      not null default '{}'
);
comment on column exchange_document.sender is 'who posted it: the subject of the token';
comment on column exchange_document.type is 'the protocol: cda, document (FHIR)';
comment on column exchange_document.control_id is 'the DocumentReference in which it is kept; empty while it is parked';
comment on column exchange_document.content is 'the bytes as they came, while it is parked';
create unique index exchange_document_parked on exchange_document (digest) where state = 'parked';
create index exchange_document_sender on exchange_document (sender, number);
create index exchange_document_received on exchange_document (received_at);
