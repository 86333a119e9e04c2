-- How far the journals of processes are taken over into the log.

create table access_journal (
    name        text        primary key,
    taken       bigint      not null
);
comment on column access_journal.taken is 'bytes of the file whose rows are in access_log';
