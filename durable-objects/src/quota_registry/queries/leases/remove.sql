DELETE FROM leases WHERE source = ?1
