DELETE FROM sources
WHERE heard_at < ?1
