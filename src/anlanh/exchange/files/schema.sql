-- What the migrations of file imports add up to. A new migration changes this file too; tests/architecture compares them.

-- Spreadsheets that were sent, what their columns mean, and the lines that were not taken, or not by a number.

create table exchange_file (
    number      bigint generated always as identity primary key,
    sender      text        not null,
    name        text        not null,
    blob        text        not null,
    header      text        not null,
    columns     jsonb       not null,
    sent_at     timestamptz not null,
    sent_by     text        not null,
    imported_at timestamptz,
    taken       integer     not null default 0,
    rejected    integer     not null default 0
);
comment on column exchange_file.sender is 'the facility that sends, Organization/id, or who sent it';
comment on column exchange_file.blob is 'SHA-256 of the file, under which it is kept sealed';
comment on column exchange_file.header is 'SHA-256 of the headers: the next file with the same gets the same columns';
comment on column exchange_file.columns is 'number of a column to its meaning';

create unique index exchange_file_once on exchange_file (sender, blob);

create table exchange_file_line (
    file      bigint  not null references exchange_file (number) on delete cascade,
    line      integer not null,
    reason    text    not null,
    reason_vi text    not null,
    outcome   text    not null default 'refused' check (outcome in ('refused', 'found', 'temporary')),
    primary key (file, line)
);

create table exchange_columns (
    sender  text  not null,
    header  text  not null,
    columns jsonb not null,
    primary key (sender, header)
);
