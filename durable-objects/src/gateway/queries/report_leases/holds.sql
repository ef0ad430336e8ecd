SELECT 1 AS holds FROM report_leases WHERE channel = ?1 AND until > ?2
