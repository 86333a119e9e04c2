-- What staff changed of the articles, and what was looked for in vain. The articles themselves come with the program.

create table knowledge_version (
    slug        text collate "C" not null,
    number      integer not null check (number > 0),
    state       text not null check (state in ('waiting', 'public', 'refused', 'withdrawn')),
    body        text not null,
    written_by  text not null,
    written_at  timestamptz not null,
    decided_by  text,
    decided_name text not null default '',
    decided_at  timestamptz,
    review_due  date,
    primary key (slug, number),
    constraint four_eyes check (state = 'withdrawn' or decided_by <> written_by),
    constraint decided check ((state = 'waiting') = (decided_by is null)),
    constraint dated check ((state = 'public') = (review_due is not null))
);
comment on table knowledge_version is 'of each article the public or withdrawn version with the highest number holds';

create table knowledge_question (
    words       text primary key,
    times       integer not null default 1,
    last_on     date not null
);
comment on table knowledge_question is 'searches that found nothing, counted; nobody is noted who asked';
create index knowledge_question_last on knowledge_question (last_on);
