INSERT INTO counters (tenant_id, name, count) VALUES (?1, ?2, CAST(?3 AS INTEGER))
ON CONFLICT (tenant_id, name) DO UPDATE SET count = count + excluded.count
