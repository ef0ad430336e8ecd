SELECT channel, gateway FROM listening
