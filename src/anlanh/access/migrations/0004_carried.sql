-- Looks that an older version left in the outbox as JSON arrays go into the log; what is carried since then is packed.

insert into access_log (
    at, patients, deed, resources, subject, role, organization, client, purpose, rule, interaction, query, request, network
)
select
    (e ->> 0)::timestamptz, array(select p::bigint from jsonb_array_elements_text(e -> 1) p), (e ->> 2)::"char",
    decode(e ->> 3, 'hex'), e ->> 4, e ->> 5, e ->> 6, e ->> 7, e ->> 8, e ->> 9, e ->> 10, e ->> 11, e ->> 12, e ->> 13
from outbox o, jsonb_array_elements(o.payload) with ordinality carried (e, place)
where jsonb_typeof(o.payload) = 'array'
order by o.seq, carried.place;

update outbox set payload = null where jsonb_typeof(payload) = 'array';
