INSERT INTO cached_channels (tenant_id, channel, kept_until) VALUES (?1, ?2, ?3)
ON CONFLICT (tenant_id, channel) DO UPDATE SET kept_until = max(kept_until, excluded.kept_until)
