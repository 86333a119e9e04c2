-- What the migrations of subscriptions add up to. A new migration changes this file too; tests/architecture compares them.

-- Where each Subscription stands, what it is to be told, and what could not be told.

create table subscription (
    id          text        primary key,
    version     integer     not null,
    state       text        not null check (state in ('requested', 'active', 'error', 'off')),
    greeted     boolean     not null default false,
    last_event  bigint      not null default 0,
    sent_event  bigint      not null default 0,
    failures    integer     not null default 0,
    retry_at    timestamptz,
    told_at     timestamptz
);
comment on column subscription.greeted is 'the handshake was answered, or none is needed';

create table subscription_owner (
    rid         bigint      primary key,
    subject     text        not null,
    principal   jsonb       not null
);
comment on table subscription_owner is 'who wrote the Subscription: it is told what they may see';

create table subscription_event (
    subscription_id text        not null references subscription on delete cascade,
    number          bigint      not null,
    at              timestamptz not null,
    rid             bigint      not null,
    version         integer     not null,
    type            smallint    not null,
    resource_id     text        not null,
    method          text        not null,
    again           boolean     not null default false,
    dead_at         timestamptz,
    why             text,
    primary key (subscription_id, number)
);
create index subscription_event_dead on subscription_event (dead_at) where dead_at is not null;
create index subscription_event_again on subscription_event (subscription_id) where again;
create index subscription_event_at on subscription_event (at);

create table subscription_token (
    token_sha256    bytea       primary key,
    subscription_id text        not null,
    expires_at      timestamptz not null
);

alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table heard (
    seq         bigserial   primary key,
    hearing     text        not null,
    type        smallint    not null,
    id          text        not null,
    version     integer     not null,
    method      "char"      not null,
    due         timestamptz not null default '-infinity',
    tries       smallint    not null default 0,
    why         text
);
create index heard_hearing on heard (hearing, seq);
