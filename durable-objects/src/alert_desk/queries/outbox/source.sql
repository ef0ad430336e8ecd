-- Name of the current numbering of errands.
SELECT value
FROM meta
WHERE key = 'errands'
