-- What FHIR cannot lock or count of messages: unread ones, deliveries, tries. The messages themselves are Communications.

create table notify_broadcast (
    id          text primary key,
    title       text not null,
    body        text not null,
    station     text not null,
    age_from    integer not null,
    age_to      integer not null,
    urgent      boolean not null,
    state       text not null default 'written' check (state in ('written', 'approved', 'refused', 'sent')),
    written_by  text not null,
    written_at  timestamptz not null,
    decided_by  text,
    decided_at  timestamptz,
    after       text,
    told        integer not null default 0,
    constraint four_eyes check (decided_by <> written_by),
    constraint decided check ((state = 'written') = (decided_by is null))
);
comment on column notify_broadcast.after is 'where the next batch of people begins; null: at the first';

create table notify_message (
    id          text collate "C" primary key,
    person      bigint not null,
    about       bigint not null,
    kind        text not null,
    priority    text not null,
    told_at     timestamptz not null,
    read_at     timestamptz,
    broadcast   text references notify_broadcast (id)
);
comment on column notify_message.id is 'of the Communication';
comment on column notify_message.person is 'rid of the Patient who is told';
comment on column notify_message.about is 'rid of the Patient whose data it is about';
create index notify_message_person on notify_message (person, told_at desc, id);
create index notify_message_unread on notify_message (person) where read_at is null;
create index notify_message_about on notify_message (about, told_at desc, id);
create index notify_message_broadcast on notify_message (broadcast) where broadcast is not null;

-- One row for each message and channel, so that no channel is used twice for one message.
create table notify_delivery (
    id          bigint generated always as identity primary key,
    message     text collate "C" not null references notify_message (id) on delete cascade,
    channel     text not null,
    due_at      timestamptz not null,
    state       text not null default 'waiting' check (state in
                ('waiting', 'sending', 'sent', 'spared', 'off', 'absent', 'refused', 'dead', 'unsure')),
    tries       integer not null default 0,
    changed_at  timestamptz,
    why         text not null default '',
    receipt     text not null default '',
    unique (message, channel)
);
create index notify_delivery_due on notify_delivery (due_at, id) where state = 'waiting';
create index notify_delivery_held on notify_delivery (changed_at) where state = 'sending';
create index notify_delivery_dead on notify_delivery (id) where state = 'dead';

-- Each try is here before it is made.
create table notify_attempt (
    delivery    bigint not null references notify_delivery (id) on delete cascade,
    number      integer not null,
    started_at  timestamptz not null,
    ended_at    timestamptz,
    outcome     text,
    primary key (delivery, number)
);

create table notify_subscription (
    id          text primary key,
    person      bigint not null,
    address     text not null,
    device      text not null,
    made_at     timestamptz not null
);
comment on column notify_subscription.id is 'SHA-256 of the endpoint';
comment on column notify_subscription.address is 'the PushSubscription as JSON';
create index notify_subscription_person on notify_subscription (person, made_at);

create table notify_off (
    person      bigint not null,
    kind        text not null,
    channel     text not null,
    primary key (person, kind, channel)
);

-- What goes nowhere: kept where no gateway is set up.
create table notify_sunk (
    delivery    bigint primary key,
    channel     text not null,
    address     text not null,
    body        text not null,
    sent_at     timestamptz not null default now()
);
create index notify_sunk_sent on notify_sunk (sent_at);
