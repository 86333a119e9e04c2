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
