INSERT INTO texts (texts, rank) VALUES ('merge', 500)
