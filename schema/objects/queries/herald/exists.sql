-- Whether the object ever noted anything.
SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'happenings'
