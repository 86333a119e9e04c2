-- What is particular about senders, as stewards have declared it on the pages.

create table exchange_overlay (
    sender     text        primary key,
    overlay    jsonb       not null,
    changed_at timestamptz not null,
    changed_by text        not null
);
comment on column exchange_overlay.sender is 'MSH-3|MSH-4; * stands for any';
