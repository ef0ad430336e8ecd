//! Invites to a room: by link for anyone with the token, or for one user.
//!
//! Only a token's hash is stored. The first state that applies decides: revoked, declined, expired, used up.

use crate::chat::policy::Role;
use crate::shared::ids::{InviteId, RoomId, UserId};
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Default TTL of an invite, milliseconds: 7 days.
pub const DEFAULT_LIFETIME_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// Longest duration of an invite, a mute or a ban, milliseconds: ten years.
pub const FURTHEST_END_MS: i64 = 10 * 366 * 24 * 60 * 60 * 1_000;
/// Largest `max_uses` of an invite.
pub const MAX_USES: u32 = 100_000;
/// Acceptable invites that a room can have at a time.
pub const MAX_OPEN_INVITES: u32 = 1_000;

/// A validated invite to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvite {
    /// Id of the invite.
    pub id: InviteId,
    /// SHA-256 of the token.
    pub token_hash: String,
    /// The invited user; `None` for anyone with the token.
    pub user_id: Option<UserId>,
    /// Role of those who accept it.
    pub role: Role,
    /// Number of users who can accept it; `None` for any number.
    pub max_uses: Option<u32>,
    /// When it expires; `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// An invite, as the record stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// The room it leads to.
    pub room_id: RoomId,
    /// The person it is for; `null` for anyone with the token.
    pub user_id: Option<UserId>,
    /// That person's name.
    pub user_name: Option<String>,
    /// The role that it gives.
    pub role: Role,
    /// How many people can accept it; `null` for any number.
    pub max_uses: Option<u32>,
    /// How many people have accepted it.
    pub uses: u32,
    /// When it expires; `null` for never.
    pub expires_at: Option<Timestamp>,
    /// The inviter.
    pub created_by: UserId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last accepted.
    pub accepted_at: Option<Timestamp>,
    /// When the person it is for declined it.
    pub declined_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Invite {
    /// Checks that it can be accepted now. 410 if it is revoked, declined or expired, 409 if it is used up.
    pub fn check(&self, now: Timestamp) -> Result<(), Problem> {
        let problem = if let Some(at) = self.revoked_at {
            Problem::new(Kind::InviteRevoked, format!("at {}", at.to_rfc3339()))
        } else if let Some(at) = self.declined_at {
            Problem::new(Kind::InviteDeclined, format!("at {}", at.to_rfc3339()))
        } else if let Some(at) = self.expires_at.filter(|at| *at <= now) {
            Problem::new(Kind::InviteExpired, format!("at {}", at.to_rfc3339()))
        } else if self.max_uses.is_some_and(|most| self.uses >= most) {
            Problem::new(Kind::InviteUsedUp, "as many people as it was for have accepted it")
        } else {
            return Ok(());
        };
        Err(problem)
    }

    /// Whether it is addressed to this user, who can then use it by its id without the token.
    pub fn is_for(&self, user: &UserId) -> bool {
        self.user_id.as_ref() == Some(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn invite() -> Invite {
        Invite {
            id: InviteId::trusted("i"),
            room_id: RoomId::trusted("r"),
            user_id: None,
            user_name: None,
            role: Role::Member,
            max_uses: Some(2),
            uses: 0,
            expires_at: Some(at(100)),
            created_by: UserId::trusted("7"),
            created_at: at(0),
            accepted_at: None,
            declined_at: None,
            revoked_at: None,
        }
    }

    #[track_caller]
    fn check(invite: &Invite, now: i64, expected: Result<(), Kind>) {
        assert_eq!(invite.check(at(now)).map_err(|problem| problem.kind), expected);
    }

    #[test]
    fn an_invite_can_be_accepted_until_it_expires_or_is_used_up() {
        check(&invite(), 99, Ok(()));
        check(&invite(), 100, Err(Kind::InviteExpired));
        check(&Invite { uses: 1, ..invite() }, 99, Ok(()));
        check(&Invite { uses: 2, ..invite() }, 99, Err(Kind::InviteUsedUp));
        check(&Invite { uses: 9, max_uses: None, expires_at: None, ..invite() }, i64::MAX, Ok(()));
    }

    #[test]
    fn revoked_precedes_declined_which_precedes_expired() {
        let over = Invite { uses: 2, declined_at: Some(at(2)), revoked_at: Some(at(1)), ..invite() };
        check(&over, 100, Err(Kind::InviteRevoked));
        check(&Invite { revoked_at: None, ..over.clone() }, 100, Err(Kind::InviteDeclined));
        check(&Invite { revoked_at: None, declined_at: None, ..over }, 100, Err(Kind::InviteExpired));
    }
}
