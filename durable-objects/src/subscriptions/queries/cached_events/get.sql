SELECT frame, data, until FROM cached WHERE channel = ?1
