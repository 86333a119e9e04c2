-- Whose data a resource is: what access rules and the audit go by. Of what is there already, told by the keys of the
-- patient compartment; `anlanh check --repair` completes the few types that the compartment leaves out, and the labels.

alter table resource add column patients bigint[] not null default '{}';
comment on column resource.patients is 'rids of those whose data it is';
alter table resource add column labels bigint[] not null default '{}';
comment on column resource.labels is 'keys of its sensitive labels, given or earned by its codes';
-- An import writes many rows at one instant; the planner must not take the index by instant for one by few values.
alter table resource alter column updated_at set (n_distinct = -0.5);
alter table history add column patients bigint[] not null default '{}';

update resource r set patients = array[r.rid] where r.type = 103;
update resource r
set patients = (
    select coalesce(array_agg(p.rid order by p.rid), '{}')
    from unnest(r.keys) k join resource p on p.rid = (k # (-7332228956639653173)) and p.type = 103
)
where r.type <> 103;
update resource r
set keys = r.keys || (select coalesce(array_agg(p # (-7332228956639653173)), '{}') from unnest(r.patients) p where not r.keys @> array[p # (-7332228956639653173)])
where r.patients <> '{}' and not r.deleted;
update history h set patients = r.patients from resource r where r.rid = h.rid;

drop function put_resource;
drop function delete_resource;

-- Write one resource. p_expected: null any, 0 it must be new, else the version it must have.
-- outcome: created, updated, exists, missing, conflict, collision
create function put_resource(
    p_rid bigint, p_type smallint, p_id text, p_now timestamptz, p_method "char", p_expected integer,
    p_head bytea, p_tail bytea, p_refs smallint, p_keys bigint[], p_patients bigint[], p_labels bigint[],
    p_path integer[], p_key bigint[], p_low float8[], p_high float8[], p_system integer[], p_code integer[],
    p_unit integer[], p_unit_low float8[], p_unit_high float8[], p_payload jsonb,
    out outcome text, out version integer, out updated_at timestamptz
) language plpgsql as $$
declare
    old record;
begin
    updated_at := p_now;
    loop
        if p_expected is distinct from 0 then
            select r.version, r.updated_at, r.deleted, r.type, r.id into old from resource r where r.rid = p_rid for update;
            exit when found;
            if p_expected is not null then
                outcome := 'missing';
                return;
            end if;
        end if;
        version := 1;
        insert into resource (rid, updated_at, version, type, refs, method, id, keys, content, patients, labels)
        values (p_rid, updated_at, 1, p_type, p_refs, p_method, p_id, p_keys,
                whole_content(p_head, 1, updated_at, p_tail), p_patients, p_labels)
        on conflict do nothing;
        if found then
            outcome := 'created';
            exit;
        end if;
        if p_expected = 0 then
            outcome := 'exists';
            return;
        end if;
    end loop;
    if outcome is null then
        if old.type <> p_type or old.id <> p_id then
            outcome := 'collision';
            return;
        end if;
        if p_expected is not null and (old.deleted or old.version <> p_expected) then
            outcome := 'conflict';
            version := old.version;
            return;
        end if;
        version := old.version + 1;
        if updated_at <= old.updated_at then
            updated_at := old.updated_at + interval '1 ms';
        end if;
        insert into history (rid, updated_at, version, type, method, deleted, id, content, patients)
        select r.rid, r.updated_at, r.version, r.type, r.method, r.deleted, r.id, r.content, r.patients
        from resource r where r.rid = p_rid;
        update resource r
        set updated_at = put_resource.updated_at, version = put_resource.version, refs = p_refs, method = p_method,
            deleted = false, keys = p_keys, patients = p_patients, labels = p_labels,
            content = whole_content(p_head, put_resource.version, put_resource.updated_at, p_tail)
        where r.rid = p_rid;
        delete from range_index where rid = p_rid;
        outcome := case when old.deleted then 'created' else 'updated' end;
    end if;
    if cardinality(p_path) > 0 then
        insert into range_index (rid, path, key, low, high, system, code, unit, unit_low, unit_high)
        select p_rid, x.* from unnest(p_path, p_key, p_low, p_high, p_system, p_code, p_unit, p_unit_low, p_unit_high) x;
    end if;
    insert into outbox (topic, rid, version, payload) values ('resource', p_rid, put_resource.version, p_payload);
end $$;
alter function put_resource set plan_cache_mode = 'force_generic_plan';

-- Delete one resource. outcome: deleted, gone (it was deleted before), missing, conflict
create function delete_resource(
    p_rid bigint, p_now timestamptz, p_expected integer, p_payload jsonb,
    out outcome text, out version integer, out updated_at timestamptz
) language plpgsql as $$
declare
    old record;
begin
    select r.version, r.updated_at, r.deleted into old from resource r where r.rid = p_rid for update;
    if not found then
        outcome := 'missing';
        return;
    end if;
    version := old.version;
    updated_at := old.updated_at;
    if old.deleted then
        outcome := 'gone';
        return;
    end if;
    if p_expected is not null and old.version <> p_expected then
        outcome := 'conflict';
        return;
    end if;
    insert into history (rid, updated_at, version, type, method, deleted, id, content, patients)
    select r.rid, r.updated_at, r.version, r.type, r.method, r.deleted, r.id, r.content, r.patients
    from resource r where r.rid = p_rid;
    version := old.version + 1;
    updated_at := greatest(p_now, old.updated_at + interval '1 ms');
    update resource r
    set updated_at = delete_resource.updated_at, version = delete_resource.version, refs = 0, method = 'D', deleted = true,
        keys = '{}', content = ''
    where r.rid = p_rid;
    delete from range_index where rid = p_rid;
    insert into outbox (topic, rid, version, payload) values ('resource', p_rid, delete_resource.version, p_payload);
    outcome := 'deleted';
end $$;
alter function delete_resource set plan_cache_mode = 'force_generic_plan';
