-- What became of rows without a number: found by what they say of the person, or kept under a temporary number.

alter table exchange_file_line add column outcome text not null default 'refused'
    check (outcome in ('refused', 'found', 'temporary'));
