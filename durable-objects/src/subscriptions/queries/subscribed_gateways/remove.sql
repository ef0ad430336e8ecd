DELETE FROM listening WHERE channel = ?1 AND gateway = ?2
