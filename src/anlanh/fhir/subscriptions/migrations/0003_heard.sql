-- What services are still to hear of the record.

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
