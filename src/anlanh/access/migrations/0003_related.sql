-- A row about several people is rare: what it takes to judge one is set up only when there is one.

create function related_to_all(
    p_patients bigint[], p_parties bigint[], p_kinds text[], p_type integer, p_keys bigint[]
) returns boolean language plpgsql stable as $$
begin
    return not exists (
        select from unnest(p_patients) p where not exists (
            select from relation a where a.patient = p and a.party = any(p_parties) and a.kind = any(p_kinds)
            and a.since <= now() and a.until > now() and (a.types is null or p_type = any(a.types))
            and (a.keys is null or a.keys && p_keys)
        )
    );
end
$$;
