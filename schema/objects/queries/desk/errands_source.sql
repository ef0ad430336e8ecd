-- The name of the numbering of errands.
SELECT value
FROM meta
WHERE key = 'errands'
