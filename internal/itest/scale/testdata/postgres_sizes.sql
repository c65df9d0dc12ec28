SELECT relname AS "table",
       pg_table_size(relid) AS rows_bytes,
       pg_indexes_size(relid) AS indexes_bytes,
       n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_hot_upd AS heap_only
FROM pg_stat_user_tables
WHERE n_tup_ins > 0
ORDER BY pg_total_relation_size(relid) DESC
