INSERT INTO report_leases (channel, until) VALUES (?1, ?2)
ON CONFLICT (channel) DO UPDATE SET until = excluded.until
