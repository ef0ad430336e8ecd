DELETE FROM revocation_receivers WHERE source = ?1 AND kind = ?2 AND subject = ?3 AND version <= ?4
