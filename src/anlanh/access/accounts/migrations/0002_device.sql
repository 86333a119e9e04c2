create table account_device (
    account_id bigint not null references account,
    key bytea not null,
    seen_at timestamptz not null,
    primary key (account_id, key)
);
create index account_device_seen on account_device (seen_at);
