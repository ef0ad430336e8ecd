SELECT count(*) FROM fills
