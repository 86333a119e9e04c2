-- Write one Patient, the relations that follow from it, and by what the person is found, in one call. Outcome `more`:
-- nothing was written, for there are RelatedPersons (of that type, of these rids or keys) whose relations follow from it too.

create function put_patient(
    p_rid bigint, p_type smallint, p_id text, p_now timestamptz, p_method "char", p_expected integer,
    p_head bytea, p_tail bytea, p_refs smallint, p_keys bigint[], p_patients bigint[], p_labels bigint[],
    p_path integer[], p_key bigint[], p_low float8[], p_high float8[], p_system integer[], p_code integer[],
    p_unit integer[], p_unit_low float8[], p_unit_high float8[], p_payload jsonb,
    p_patient bigint[], p_party bigint[], p_kind text[], p_since timestamptz[], p_until timestamptz[],
    p_related smallint, p_related_rids bigint[], p_related_keys bigint[], p_person bigint[], p_due timestamptz,
    out outcome text, out version integer, out updated_at timestamptz
) language plpgsql as $$
declare
    written record;
begin
    if exists (
        select from resource r where r.type = p_related and not r.deleted
        and (r.rid = any(p_related_rids) or r.keys && p_related_keys)
    ) then
        outcome := 'more';
        return;
    end if;
    written := put_with_relations(
        p_rid, p_type, p_id, p_now, p_method, p_expected, p_head, p_tail, p_refs, p_keys, p_patients, p_labels,
        p_path, p_key, p_low, p_high, p_system, p_code, p_unit, p_unit_low, p_unit_high, p_payload,
        p_patient, p_party, p_kind, p_since, p_until
    );
    outcome := written.outcome;
    version := written.version;
    updated_at := written.updated_at;
    if outcome in ('created', 'updated') then
        insert into person_key (rid, keys, due_at) values (p_rid, p_person, p_due)
        on conflict (rid) do update set keys = excluded.keys, due_at = excluded.due_at;
    end if;
end $$;
alter function put_patient set plan_cache_mode = 'force_generic_plan';
