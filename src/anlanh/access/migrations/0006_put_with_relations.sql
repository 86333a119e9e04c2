-- Write one resource and the relations that follow from it, in one call: whoever writes next finds both.

create function put_with_relations(
    p_rid bigint, p_type smallint, p_id text, p_now timestamptz, p_method "char", p_expected integer,
    p_head bytea, p_tail bytea, p_refs smallint, p_keys bigint[], p_patients bigint[], p_labels bigint[],
    p_path integer[], p_key bigint[], p_low float8[], p_high float8[], p_system integer[], p_code integer[],
    p_unit integer[], p_unit_low float8[], p_unit_high float8[], p_payload jsonb,
    p_patient bigint[], p_party bigint[], p_kind text[], p_since timestamptz[], p_until timestamptz[],
    out outcome text, out version integer, out updated_at timestamptz
) language plpgsql as $$
declare
    written record;
begin
    written := put_resource(
        p_rid, p_type, p_id, p_now, p_method, p_expected, p_head, p_tail, p_refs, p_keys, p_patients, p_labels,
        p_path, p_key, p_low, p_high, p_system, p_code, p_unit, p_unit_low, p_unit_high, p_payload
    );
    outcome := written.outcome;
    version := written.version;
    updated_at := written.updated_at;
    if outcome not in ('created', 'updated') then
        return;
    end if;
    if put_with_relations.version > 1 then
        delete from relation where source = p_rid;
    end if;
    if cardinality(p_patient) > 0 then
        insert into relation (patient, party, kind, since, until, source)
        select x.*, p_rid from unnest(p_patient, p_party, p_kind, p_since, p_until) x;
    end if;
end $$;
alter function put_with_relations set plan_cache_mode = 'force_generic_plan';
