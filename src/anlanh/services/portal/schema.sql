-- Which days have had their reminders: each is told of once, and none is left out when the server was down.

create table portal_round (
    day         date primary key,
    done_at     timestamptz not null
);

-- Up to which result somebody has looked: what reached the record later is new to them.
create table portal_looked (
    id          bigint generated always as identity primary key,
    person      bigint not null,
    about       bigint not null,
    test        text not null,
    until       timestamptz not null
);
comment on column portal_looked.person is 'rid of the Patient who looked';
comment on column portal_looked.about is 'rid of the Patient whose results they are';
comment on column portal_looked.test is 'system|code of one test; empty: all of them';
create index portal_looked_person on portal_looked (person, about);
