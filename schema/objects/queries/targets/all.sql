SELECT target FROM targets
