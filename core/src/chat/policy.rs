//! Authorization policy: one decision function for HTTP, native sockets and the Pusher protocol.
//!
//! The token says whether a user administers the app; memberships give the roles in conversations. A user who may not
//! see a place gets the same answer as for one that does not exist.

use crate::named;
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

named! {
    /// A member's role in a conversation.
    #[derive(PartialOrd, Ord, Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum Role {
        /// Reads and writes.
        #[default]
        Member = "member",
        /// Also manages members and deletes others' messages.
        Moderator = "moderator",
        /// Also changes roles.
        Owner = "owner",
    }
}

named! {
    /// Who can find and join a room.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum Visibility {
        /// Everyone of the tenant.
        #[default]
        Public = "public",
        /// Members only.
        Private = "private",
    }
}

named! {
    /// Who may write in a room.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum Posting {
        /// Every member.
        #[default]
        All = "all",
        /// Moderators, owners and administrators: an announcement room.
        Moderators = "moderators",
    }
}

/// Kind of place in which the action happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The tenant as a whole.
    App,
    /// A room that everyone can find.
    PublicRoom,
    /// A room that only its members and administrators can find.
    PrivateRoom,
    /// A conversation of two users.
    Direct,
    /// A conversation of several users without a room.
    Group,
}

/// An action to authorize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Create a room.
    CreateRoom,
    /// Change a room's name, description or visibility.
    UpdateRoom,
    /// Change who may write in a room, and how often.
    UpdatePosting,
    /// Delete a room with its conversation.
    DeleteRoom,
    /// See that a room exists, its name and its members.
    ViewRoom,
    /// Join without an invite.
    Join,
    /// Leave.
    Leave,
    /// Read messages, open a socket.
    ViewConversation,
    /// Listen to the general room's public channel, without an identity.
    ListenOpenly,
    /// Change a group's metadata.
    UpdateConversation,
    /// Send a message.
    Send,
    /// Edit a message's body.
    EditMessage {
        /// Whether the actor wrote it.
        own: bool,
    },
    /// Read the earlier bodies of an edited message.
    ViewHistory {
        /// Whether the actor wrote it.
        own: bool,
    },
    /// Delete a message.
    DeleteMessage {
        /// Whether the actor wrote it.
        own: bool,
    },
    /// React to a message, or take a reaction back.
    React,
    /// Pin a message, or unpin it.
    Pin,
    /// Signal typing.
    Type,
    /// Move the actor's read marker.
    MarkRead,
    /// Keep what only the actor sees of the place: preferences, drafts, saved messages.
    Personalize,
    /// Add a member.
    AddMember {
        /// Role of the new member.
        role: Role,
    },
    /// Remove a member.
    RemoveMember {
        /// The member's role.
        target: Role,
    },
    /// Change a member's role.
    ChangeRole {
        /// The member's present role.
        from: Role,
        /// The new role.
        to: Role,
    },
    /// Mute or unmute a member.
    Mute {
        /// The member's role.
        target: Role,
    },
    /// Ban a user, or lift a ban.
    Ban {
        /// The user's role; `Member` if they have none.
        target: Role,
    },
    /// Create an invite.
    Invite {
        /// Role that the invite gives.
        role: Role,
    },
    /// List all invites and bans of a room, revoke invites of others.
    Moderate,
    /// Administer the app: audit log, settings, statistics.
    Administer,
}

impl Action {
    /// Whether the action changes who is a member, or with which role.
    const fn changes_members(self) -> bool {
        matches!(
            self,
            Self::Join
                | Self::Leave
                | Self::AddMember { .. }
                | Self::RemoveMember { .. }
                | Self::ChangeRole { .. }
                | Self::Ban { .. }
        )
    }

    /// Whether a mute forbids the action, because it shows content to others. The match is exhaustive on purpose: each
    /// new action needs a decision.
    const fn writes(self) -> bool {
        match self {
            Self::Send
            | Self::EditMessage { .. }
            | Self::React
            | Self::Pin
            | Self::Type
            | Self::UpdateConversation
            | Self::Invite { .. } => true,
            Self::CreateRoom
            | Self::UpdateRoom
            | Self::UpdatePosting
            | Self::DeleteRoom
            | Self::ViewRoom
            | Self::Join
            | Self::Leave
            | Self::ViewConversation
            | Self::ListenOpenly
            | Self::ViewHistory { .. }
            | Self::DeleteMessage { .. }
            | Self::MarkRead
            | Self::Personalize
            | Self::AddMember { .. }
            | Self::RemoveMember { .. }
            | Self::ChangeRole { .. }
            | Self::Mute { .. }
            | Self::Ban { .. }
            | Self::Moderate
            | Self::Administer => false,
        }
    }

    /// Whether an announcement room restricts the action to its moderators. Invites are not restricted.
    const fn posts(self) -> bool {
        self.writes() && !matches!(self, Self::Invite { .. })
    }
}

/// The actor's rights in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorRights {
    /// Whether the actor administers the app.
    pub admin: bool,
    /// Role in the place, `None` if the actor is not a member.
    pub role: Option<Role>,
    /// The place.
    pub place: Place,
    /// End of the mute that is in force, if any.
    pub muted_until: Option<Timestamp>,
    /// Who may write in the place.
    pub post: Posting,
    /// Whether one person of a direct conversation has blocked the other.
    pub is_blocked: bool,
}

impl ActorRights {
    /// The rights of somebody who is neither muted nor blocked, in a place where every member may write.
    pub const fn new(admin: bool, role: Option<Role>, place: Place) -> Self {
        Self { admin, role, place, muted_until: None, post: Posting::All, is_blocked: false }
    }

    /// Whether the actor moderates the place: owners and moderators, and administrators in rooms.
    pub fn moderates(self) -> bool {
        let is_room = matches!(self.place, Place::PublicRoom | Place::PrivateRoom);
        (self.admin && is_room) || self.role.is_some_and(|mine| mine >= Role::Moderator)
    }
}

/// The roles to which a member of this role may invite in a place.
pub fn invitable(role: Role, place: Place) -> Vec<Role> {
    let standing = ActorRights::new(false, Some(role), place);
    Role::ALL.iter().copied().filter(|rank| permits(Action::Invite { role: *rank }, standing)).collect()
}

/// Decides whether an action is permitted. Errors: 404 if the actor may not see the place, otherwise 403; for a muted
/// actor with the mute's end; 409 for changes of the members of a direct conversation.
///
/// Administrators create, change and delete rooms. All users of the tenant see public rooms, only members and
/// administrators see private ones. Every user can join a public room. Administrators, owners and moderators moderate.
/// Only members read and write. Members of a public room can invite others; to a private room only those can invite
/// who could add the member themselves. In an announcement room only those write who moderate it. In a direct conversation
/// nobody writes while one of the two has blocked the other.
pub fn decide(action: Action, standing: ActorRights) -> Result<(), Problem> {
    if permits(action, standing) {
        return match standing.muted_until {
            Some(until) if action.writes() => Err(Problem::muted(until)),
            _ if action.posts() && standing.is_blocked => Err(Problem::blocked()),
            _ if action.posts() && standing.post == Posting::Moderators && !standing.moderates() => {
                Err(Problem::new(Kind::AnnouncementOnly, "only moderators write here"))
            }
            _ => Ok(()),
        };
    }
    if sees(standing) && standing.place == Place::Direct && action.changes_members() {
        return Err(Problem::new(Kind::DirectConversation, "nobody joins or leaves a direct conversation"));
    }
    if sees(standing) {
        return Err(Problem::new(Kind::Forbidden, refusal(action)));
    }
    Err(Problem::not_found())
}

fn sees(standing: ActorRights) -> bool {
    match standing.place {
        Place::App | Place::PublicRoom => true,
        Place::PrivateRoom => standing.admin || standing.role.is_some(),
        Place::Direct | Place::Group => standing.role.is_some(),
    }
}

fn permits(action: Action, standing: ActorRights) -> bool {
    let ActorRights { admin, role, place, .. } = standing;
    let is_room = matches!(place, Place::PublicRoom | Place::PrivateRoom);
    let participant = role.is_some() && place != Place::App;
    let above = |rank: Role| (admin && is_room) || role.is_some_and(|mine| mine > rank);
    let moderates = standing.moderates();
    let may_give = |rank: Role| moderates && (rank == Role::Member || above(rank));
    match action {
        Action::CreateRoom | Action::Administer => admin && place == Place::App,
        Action::UpdateRoom | Action::DeleteRoom => admin && is_room,
        Action::ViewRoom => is_room && sees(standing),
        Action::Join | Action::ListenOpenly => place == Place::PublicRoom,
        Action::Leave => participant && place != Place::Direct,
        Action::ViewConversation
        | Action::Send
        | Action::React
        | Action::Type
        | Action::MarkRead
        | Action::Personalize => participant,
        Action::Pin => (place == Place::Direct && participant) || (place != Place::Direct && moderates),
        Action::UpdateConversation => place == Place::Group && participant,
        Action::EditMessage { own } => participant && own,
        Action::ViewHistory { own } | Action::DeleteMessage { own } => {
            (participant && own) || (place != Place::Direct && moderates)
        }
        Action::AddMember { role: rank } => place != Place::Direct && may_give(rank),
        Action::Invite { role: rank } => {
            is_room && (may_give(rank) || (participant && place == Place::PublicRoom && rank == Role::Member))
        }
        Action::RemoveMember { target } => place != Place::Direct && moderates && above(target),
        Action::Mute { target } | Action::Ban { target } => is_room && moderates && above(target),
        Action::Moderate | Action::UpdatePosting => is_room && moderates,
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
        Action::ViewRoom
        | Action::ViewConversation
        | Action::Send
        | Action::React
        | Action::Type
        | Action::MarkRead
        | Action::Personalize => "only participants can do this",
        Action::Pin => "only a moderator, or either person of a direct conversation, can pin messages",
        Action::Join => "this place can only be joined by invitation",
        Action::ListenOpenly => "only participants can listen here",
        Action::Leave => "only a member can leave",
        Action::UpdateConversation => "only a member of a group can change it",
        Action::EditMessage { .. } => "only its author can change a message",
        Action::ViewHistory { .. } => "only its author or a moderator can read a message's earlier bodies",
        Action::DeleteMessage { .. } => "only its author or a moderator can delete a message",
        Action::AddMember { .. } | Action::RemoveMember { .. } | Action::Mute { .. } | Action::Ban { .. } => {
            "only a moderator of higher rank can do this"
        }
        Action::Invite { .. } => "only a moderator can invite to this place, and to no higher rank than their own",
        Action::Moderate | Action::UpdatePosting => "only a moderator can do this",
        Action::ChangeRole { .. } => "only an owner or an administrator can change roles",
    }
}

#[cfg(test)]
mod tests;
