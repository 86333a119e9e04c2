-- New blocks are hashed as COPY gives their rows; those that are there as JSON stay as they are.

alter table access_seal add column packed boolean not null default false;
comment on column access_seal.packed is 'whether rows were hashed as COPY gives them, or each as JSON, as before';
