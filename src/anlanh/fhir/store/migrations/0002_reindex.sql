-- Search parameters that a site has added, and how far their back-fill is. Not searchable before `ready`.

create table reindex (
    url         text primary key,
    types       smallint[]  not null,
    state       text        not null check (state in ('waiting', 'indexing', 'verifying', 'ready')),
    last_rid    bigint,
    done        bigint      not null default 0,
    total       bigint      not null default 0,
    repaired    bigint      not null default 0,
    asked_at    timestamptz not null,
    ready_at    timestamptz
);
