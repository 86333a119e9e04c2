-- Which days have had their reminders: each is told of once, and none is left out when the server was down.

create table portal_round (
    day         date primary key,
    done_at     timestamptz not null
);
