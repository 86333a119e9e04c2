-- An export holds what whoever asked for it may see when it runs. Jobs of before are forgotten: nobody knows whose they were.

delete from bulk_job;
alter table bulk_job add column principal jsonb not null;
comment on column bulk_job.principal is 'who asked for it: it holds what they may see when it runs';
