SELECT ordinal, uncounted FROM log WHERE ordinal IS NOT NULL ORDER BY seq DESC LIMIT 1
