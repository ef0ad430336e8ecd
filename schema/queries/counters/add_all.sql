INSERT INTO counters (tenant_id, name, count)
SELECT item.value ->> 0, item.value ->> 1, item.value ->> 2 FROM json_each(?1) AS item
WHERE true
ON CONFLICT (tenant_id, name) DO UPDATE SET count = count + excluded.count
