-- What is counted of declarations, and when they are erased; the row stays as the proof. Answers of people with a record
-- are QuestionnaireResponses; those of guests lie here, sealed, apart from every record until their writer claims them.

create table declaration_entry (
    id          text collate "C" primary key,
    form        text not null,
    version     text not null,
    person      bigint,
    state       text not null check (state in ('begun', 'declared')),
    declared_at timestamptz not null,
    declared_on date not null,
    delete_on   date not null,
    colour      text not null,
    commune     text not null,
    erased_at   timestamptz,
    closed      bytea,
    told        text not null default '',
    alert       text not null default '',
    told_at     timestamptz,
    call        text not null default '' check (call in ('', 'called', 'not-reached', 'sent-to-emergency')),
    call_at     timestamptz,
    reminded_at timestamptz,
    constraint erased check (erased_at is null or closed is null)
);
comment on column declaration_entry.id is 'of the QuestionnaireResponse; of a guest SHA-256 of the receipt';
comment on column declaration_entry.person is 'rid of the Patient; null of a guest';
comment on column declaration_entry.closed is 'of a guest: who, and the QuestionnaireResponse, sealed';
comment on column declaration_entry.told is 'the Organization that was told of it; empty: none was';
comment on column declaration_entry.alert is 'under which name the station opens it; it stays when a guest makes it their own';
comment on column declaration_entry.call is 'what the station noted last; empty: nothing yet. Each try stands in the Task';
comment on column declaration_entry.reminded_at is 'when the station was reminded that nobody had called';
create index declaration_entry_person on declaration_entry (person, declared_at desc);
create index declaration_entry_due on declaration_entry (delete_on, id) where erased_at is null;
create index declaration_entry_counted on declaration_entry (form, declared_on);
create unique index declaration_entry_alert on declaration_entry (alert) where alert <> '';
create index declaration_entry_uncalled on declaration_entry (told_at, id) where call = '' and reminded_at is null;
