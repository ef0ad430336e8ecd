//! "May X do Y here": one function for HTTP, native sockets and Pusher alike.
//!
//! Who an administrator of the app is comes from the token; roles in a place come from membership.
//! A person who may not even see a thing gets the same answer as for one that does not exist.

use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// A member's role in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and writes.
    Member,
    /// Also manages members and deletes others' messages.
    Moderator,
    /// Also changes roles.
    Owner,
}

impl Role {
    /// The name in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Owner => "owner",
        }
    }

    /// Reads [`Role::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Member, Self::Moderator, Self::Owner].into_iter().find(|role| role.as_str() == text)
    }
}

/// Who can find and join a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone of the tenant.
    Public,
    /// Members only.
    Private,
}

impl Visibility {
    /// The name in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }

    /// Reads [`Visibility::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Public, Self::Private].into_iter().find(|v| v.as_str() == text)
    }
}

/// What kind of place the act happens in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The tenant as a whole.
    App,
    /// A room that everyone can find.
    PublicRoom,
    /// A room for its members.
    PrivateRoom,
    /// Two people.
    Direct,
    /// Some people, without a room.
    Group,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make a room.
    CreateRoom,
    /// Change a room's name, description or visibility.
    UpdateRoom,
    /// Delete a room with all that is in it.
    DeleteRoom,
    /// See that a room exists, its name and its members.
    ViewRoom,
    /// Become a member without being asked.
    Join,
    /// Stop being a member.
    Leave,
    /// Read messages, open a socket.
    ViewConversation,
    /// Change a group's metadata.
    UpdateConversation,
    /// Write a message.
    Send,
    /// Change a message's body.
    EditMessage {
        /// Whether the actor wrote it.
        own: bool,
    },
    /// Delete a message.
    DeleteMessage {
        /// Whether the actor wrote it.
        own: bool,
    },
    /// Say that one is typing.
    Type,
    /// Move one's read marker.
    MarkRead,
    /// Make somebody a member.
    AddMember {
        /// The role they are to have.
        role: Role,
    },
    /// Take somebody's membership away.
    RemoveMember {
        /// The role they have.
        target: Role,
    },
    /// Give a member another role.
    ChangeRole {
        /// The role they have.
        from: Role,
        /// The role they are to have.
        to: Role,
    },
    /// Take the right to write from somebody for a time, or give it back.
    Mute {
        /// The role they have.
        target: Role,
    },
    /// Keep somebody out, or let them in again.
    Ban {
        /// The role they have; a member's, if they have none.
        target: Role,
    },
    /// Invite people.
    Invite {
        /// The role they are to have.
        role: Role,
    },
    /// See all invites and bans of a room, take invites of others back.
    Moderate,
    /// See and set what concerns the whole app: its audit log, its settings, its numbers.
    Administer,
}

impl Action {
    /// Whether it says something to others: what a mute takes away. Each new action has to be told apart here.
    const fn writes(self) -> bool {
        match self {
            Self::Send | Self::EditMessage { .. } | Self::Type | Self::UpdateConversation | Self::Invite { .. } => true,
            Self::CreateRoom
            | Self::UpdateRoom
            | Self::DeleteRoom
            | Self::ViewRoom
            | Self::Join
            | Self::Leave
            | Self::ViewConversation
            | Self::DeleteMessage { .. }
            | Self::MarkRead
            | Self::AddMember { .. }
            | Self::RemoveMember { .. }
            | Self::ChangeRole { .. }
            | Self::Mute { .. }
            | Self::Ban { .. }
            | Self::Moderate
            | Self::Administer => false,
        }
    }
}

/// Where the actor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Administrator of the app.
    pub admin: bool,
    /// Role in the place, `None` for somebody who is not a member.
    pub role: Option<Role>,
    /// The place.
    pub place: Place,
    /// Until when they are muted there; `None` if they are not, or no longer.
    pub muted_until: Option<Timestamp>,
}

/// Decides. `Err` is the answer to give: 404 where the actor may not see the place, else 403; who is muted is told until
/// when.
///
/// The table of requirement 0.8: administrators create, change and delete rooms; public rooms are seen
/// by all of the tenant, private ones by members; anyone signed in joins a public room; administrators,
/// owners and moderators moderate; only participants read and write. Members of a public room invite others to it; to a
/// private one only who could add them.
pub fn decide(action: Action, standing: Standing) -> Result<(), Problem> {
    if permits(action, standing) {
        return match standing.muted_until {
            Some(until) if action.writes() => Err(Problem::muted(until)),
            _ => Ok(()),
        };
    }
    if sees(standing) {
        return Err(Problem::new(Kind::Forbidden, refusal(action)));
    }
    Err(Problem::not_found())
}

fn sees(standing: Standing) -> bool {
    match standing.place {
        Place::App | Place::PublicRoom => true,
        Place::PrivateRoom => standing.admin || standing.role.is_some(),
        Place::Direct | Place::Group => standing.role.is_some(),
    }
}

fn permits(action: Action, standing: Standing) -> bool {
    let Standing { admin, role, place, .. } = standing;
    let is_room = matches!(place, Place::PublicRoom | Place::PrivateRoom);
    let participant = role.is_some() && place != Place::App;
    let above = |rank: Role| (admin && is_room) || role.is_some_and(|mine| mine > rank);
    let moderates = (admin && is_room) || role.is_some_and(|mine| mine >= Role::Moderator);
    let may_give = |rank: Role| moderates && (rank == Role::Member || above(rank));
    match action {
        Action::CreateRoom | Action::Administer => admin && place == Place::App,
        Action::UpdateRoom | Action::DeleteRoom => admin && is_room,
        Action::ViewRoom => is_room && sees(standing),
        Action::Join => place == Place::PublicRoom,
        Action::Leave => participant && place != Place::Direct,
        Action::ViewConversation | Action::Send | Action::Type | Action::MarkRead => participant,
        Action::UpdateConversation => place == Place::Group && participant,
        Action::EditMessage { own } => participant && own,
        Action::DeleteMessage { own } => (participant && own) || (place != Place::Direct && moderates),
        Action::AddMember { role: rank } => place != Place::Direct && may_give(rank),
        Action::Invite { role: rank } => {
            is_room && (may_give(rank) || (participant && place == Place::PublicRoom && rank == Role::Member))
        }
        Action::RemoveMember { target } => place != Place::Direct && moderates && above(target),
        Action::Mute { target } | Action::Ban { target } => is_room && moderates && above(target),
        Action::Moderate => is_room && moderates,
        Action::ChangeRole { from, to } => {
            place != Place::Direct && ((admin && is_room) || role == Some(Role::Owner)) && (above(from) || above(to))
        }
    }
}

const fn refusal(action: Action) -> &'static str {
    match action {
        Action::CreateRoom | Action::UpdateRoom | Action::DeleteRoom | Action::Administer => {
            "only an administrator can do this"
        }
        Action::ViewRoom | Action::ViewConversation | Action::Send | Action::Type | Action::MarkRead => {
            "only participants can do this"
        }
        Action::Join => "this place can only be joined by invitation",
        Action::Leave => "only a member can leave, and a direct conversation cannot be left",
        Action::UpdateConversation => "only a member of a group can change it",
        Action::EditMessage { .. } => "only its author can change a message",
        Action::DeleteMessage { .. } => "only its author or a moderator can delete a message",
        Action::AddMember { .. } | Action::RemoveMember { .. } | Action::Mute { .. } | Action::Ban { .. } => {
            "only a moderator of higher rank can do this"
        }
        Action::Invite { .. } => "only a moderator can invite to this place, and to no higher rank than their own",
        Action::Moderate => "only a moderator can do this",
        Action::ChangeRole { .. } => "only an owner or an administrator can change roles",
    }
}

#[cfg(test)]
mod tests;
