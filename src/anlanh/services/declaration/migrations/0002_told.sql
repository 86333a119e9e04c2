-- Which station was told at once of what somebody declared.

alter table declaration_entry add column told text not null default '';
alter table declaration_entry add column alert text not null default '';
comment on column declaration_entry.told is 'the Organization that was told of it; empty: none was';
comment on column declaration_entry.alert is 'under which name the station opens it; it stays when a guest makes it their own';
create unique index declaration_entry_alert on declaration_entry (alert) where alert <> '';
