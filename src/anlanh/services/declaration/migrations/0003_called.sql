-- Whether a station that was told of a declaration has called, and whether it was reminded.

alter table declaration_entry add column told_at timestamptz;
alter table declaration_entry add column call text not null default ''
    check (call in ('', 'called', 'not-reached', 'sent-to-emergency'));
alter table declaration_entry add column call_at timestamptz;
alter table declaration_entry add column reminded_at timestamptz;
comment on column declaration_entry.call is 'what the station noted last; empty: nothing yet. Each try stands in the Task';
comment on column declaration_entry.reminded_at is 'when the station was reminded that nobody had called';
create index declaration_entry_uncalled on declaration_entry (told_at, id) where call = '' and reminded_at is null;
