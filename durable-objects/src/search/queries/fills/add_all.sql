-- The condition tells the parser that ON belongs to the insertion.
INSERT INTO fills (conversation, after_seq)
SELECT id.value, 0 FROM json_each(?1) AS id
WHERE true
ON CONFLICT (conversation) DO UPDATE SET after_seq = 0
