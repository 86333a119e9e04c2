-- What is to be sealed is found by its place. A range index could not tell (tx, seq) after a row apart from all before it, and
-- the whole log was read every second.

drop index access_log_in_order;
create index access_log_place on access_log using brin (seq, at) with (pages_per_range = 16, autosummarize = on);
create index access_log_in_order on access_log (tx, seq);
