-- A Subscription is told what whoever wrote it may see.

create table subscription_owner (
    rid         bigint      primary key,
    subject     text        not null,
    principal   jsonb       not null
);
comment on table subscription_owner is 'who wrote the Subscription: it is told what they may see';
