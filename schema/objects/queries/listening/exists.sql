-- Whether anybody ever listened here by a gateway.
SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'listening'
