SELECT s.tbl_name, s.name, SUM(d.pgsize) AS bytes
FROM dbstat d JOIN sqlite_schema s ON s.name = d.name
GROUP BY s.tbl_name, s.name
ORDER BY bytes DESC
