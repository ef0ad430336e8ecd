-- Whether the object was ever used.
SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'
