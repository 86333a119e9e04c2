-- What the migrations of exports and imports add up to. A new migration changes this file too; tests/architecture compares them.

-- Exports and imports that run in the background, and the files that exports have written.

create table bulk_job (
    id              text primary key,
    kind            text        not null check (kind in ('export', 'import')),
    state           text        not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
    requested_by    text        not null,
    request         text        not null,
    asked           jsonb       not null,
    asked_at        timestamptz not null,
    as_of           timestamptz,
    progress        text        not null default 'waiting',
    attempts        integer     not null default 0,
    problem         bytea,
    ended_at        timestamptz,
    expires_at      timestamptz,
    principal       jsonb       not null
);
comment on column bulk_job.principal is 'who asked for it: it holds what they may see when it runs';
comment on column bulk_job.as_of is 'transactionTime: everything written up to here is in the export';
comment on column bulk_job.problem is 'the OperationOutcome of a job that failed';

create table bulk_file (
    job_id          text        not null references bulk_job on delete cascade,
    kind            text        not null check (kind in ('output', 'error', 'deleted')),
    type            text        not null,
    number          integer     not null,
    resources       bigint      not null,
    bytes           bigint      not null,
    last_rid        bigint,
    whole           boolean     not null,
    primary key (job_id, kind, type, number)
);
comment on column bulk_file.bytes is 'how much of the file on disk counts; what lies beyond was not noted before a crash';
