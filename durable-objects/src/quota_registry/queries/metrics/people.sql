SELECT day, registers FROM metric_people WHERE slot = ?1
