//! The dump form: users, conversations and messages as JSON Lines, for imports and exports.
//!
//! A line is one object; `kind` says what it is. An import reads lines of other systems too: ids that are no UUIDs become
//! `UUIDv5`, and what is missing has a default. An export writes every line in one canonical form, so that a dump that is
//! imported and exported again is the same, byte by byte.

mod contents;
mod conversations;
mod identity;
mod line;
mod plan;
#[cfg(test)]
mod tests;

pub use identity::{IMPORTED_ID, Identities};
pub use line::{
    ChatRoomLine, ConversationKind, ConversationLine, ImportedVersion, Line, MAX_LINE_BYTES, MemberLine, MessageLine,
    ReactionLine, RoomLine, UserLine, read_line,
};
pub use plan::{
    Advanced, EVERYTHING, KnownConversation, KnownMessage, NewConversation, NewMember, NewMessage, NewReaction,
    NewRoom, NewUser, Outcome, Planned, Progress, Record, References, Writes, pair_key, plan, references,
};
