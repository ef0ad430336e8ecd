DELETE FROM paged
WHERE endpoint = ?1
