-- Plans: every search is planned for its own values (see platform/database); what only follows keys needs no plan of its
-- own. Long ranges have an index to themselves, so that all others are bounded at both ends by range_index_low.

alter function put_resource set plan_cache_mode = 'force_generic_plan';
alter function delete_resource set plan_cache_mode = 'force_generic_plan';

-- 1728000000000 ticks are 2 days
drop index range_index_high;
create index range_index_long on range_index (path, high, rid) where key is null and high - low > 1728000000000;
create index range_index_unit_wide on range_index (path, unit, unit_high)
    where unit is not null and key is null and unit_high > unit_low;
