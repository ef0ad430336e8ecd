-- Invites whose creator loses the authority to invite.
CREATE INDEX room_invites_by_creator ON room_invites (room_id, created_by);
