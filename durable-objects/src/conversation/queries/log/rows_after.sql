SELECT seq, event, ordinal, changed_row, uncounted, audit FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2
