SELECT seq, event, ordinal, changed_row, uncounted, audit FROM log WHERE seq > ?1 ORDER BY seq LIMIT CAST(?2 AS INTEGER)
