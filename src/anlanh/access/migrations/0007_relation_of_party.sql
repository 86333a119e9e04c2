-- Of all relations of a person only those with whoever asks are looked at: a third less for each row of a page.

drop index relation_patient;
create index relation_patient on relation (patient, party);
