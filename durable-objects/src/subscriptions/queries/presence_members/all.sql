SELECT channel, listener FROM announced
