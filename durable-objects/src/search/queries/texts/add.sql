INSERT INTO texts (rowid, body, keys) VALUES (CAST(?1 AS INTEGER), ?2, ?3)
