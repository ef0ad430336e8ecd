INSERT OR REPLACE INTO link_cache (url, preview, until)
VALUES (?1, ?2, ?3)
