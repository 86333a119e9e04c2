-- Closure tables that clients keep here, by who keeps them. See ConceptMap/$closure.

create table closure (
    owner       text        not null,
    name        text        not null,
    version     integer     not null,
    primary key (owner, name)
);

create table closure_code (
    owner       text        not null,
    name        text        not null,
    system      text        not null,
    code        text        not null,
    added       integer     not null,
    primary key (owner, name, system, code),
    foreign key (owner, name) references closure on delete cascade
);
comment on column closure_code.added is 'the version of the table since which it has the code';
