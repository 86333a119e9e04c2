-- What the migrations of HL7 v2 add up to. A new migration changes this file too; tests/architecture compares them.

-- The inbox of HL7 v2: every message that was accepted, as it came, and what became of it.

create table exchange_message (
    number      bigint generated always as identity primary key,
    sender      text        not null,
    control_id  text        not null,
    type        text        not null,
    received_at timestamptz not null,
    state       text        not null check (state in ('accepted', 'applied', 'parked', 'duplicate')),
    size        integer     not null,
    digest      bytea       not null,
    content     bytea,
    blob        text,
    attempts    smallint    not null default 0,
    settled_at  timestamptz,
    issue       text,
    reason      text,
    reason_vi   text,
    resources   text[]      not null default '{}'
);
comment on column exchange_message.sender is 'MSH-3|MSH-4';
comment on column exchange_message.digest is 'SHA-256 of the message without MSH-7: the same message sent again';
comment on column exchange_message.content is 'the bytes as they came; none of a duplicate';
comment on column exchange_message.blob is 'where the bytes are, when they are many';

create unique index exchange_message_once on exchange_message (digest) where state <> 'duplicate';
create index exchange_message_due on exchange_message (sender, number) where state = 'accepted';
create index exchange_message_parked on exchange_message (sender, number) where state = 'parked';
create index exchange_message_control on exchange_message (sender, control_id);
create index exchange_message_received on exchange_message (received_at);

-- What is particular about senders, as stewards have declared it on the pages.

create table exchange_overlay (
    sender     text        primary key,
    overlay    jsonb       not null,
    changed_at timestamptz not null,
    changed_by text        not null
);
comment on column exchange_overlay.sender is 'MSH-3|MSH-4; * stands for any';
