DELETE FROM revocation_receivers WHERE source = ?1
