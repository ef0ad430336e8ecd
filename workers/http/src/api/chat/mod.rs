//! `/api/chat`: rooms, conversations, messages and users.

mod conversations;
mod files;
mod history;
mod invites;
mod member_list;
mod membership;
mod message_actions;
mod messages;
pub(super) mod room_lookup;
mod rooms;
mod search;
mod sending;
mod threads;
mod typing;
mod uploads;
mod users;

pub(super) use conversations::personal;
pub(super) use message_actions::find_message;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/search" => search::find::handle, search::find::describe;
        GET "/api/chat/threads" => threads::handle, threads::describe;
        POST "/api/chat/typing" => typing::handle, typing::describe;
    }
    .merge(rooms::endpoints())
    .merge(conversations::endpoints())
    .merge(messages::endpoints())
    .merge(invites::endpoints())
    .merge(users::endpoints())
    .merge(files::endpoints())
    .merge(uploads::endpoints())
}

/// How a path names an invite.
#[cfg(feature = "fuzzing")]
pub fn invite_name(text: &str) -> Option<crate::fuzzing::InviteName> {
    use crate::fuzzing::InviteName;
    use crate::request::FromText;

    Some(match invites::Name::read(text)? {
        invites::Name::Id(id) => InviteName::Id(id.as_str().to_owned()),
        invites::Name::TokenHash(hash) => InviteName::TokenHash(hash),
    })
}

#[cfg(feature = "schema")]
pub(super) fn describe(documents: &mut crate::schema::Documents) {
    use crate::request::Page;
    use campana_core::chat::drafts::UnsentDraft;
    use campana_core::chat::invite::Invite;
    use campana_core::chat::wire::Message;
    use campana_storage::{Ban, Conversation, InviteCard, Member, OnlineUser, Room, SavedMessage, User};

    documents.answer::<Message>();
    documents.answer::<campana_core::files::Attachment>();
    documents.answer::<campana_core::chat::link_previews::LinkPreview>();
    documents.answer::<history::HistoryPage>();
    documents.answer::<Page<Conversation>>();
    documents.answer::<Page<UnsentDraft>>();
    documents.answer::<Page<threads::Thread>>();
    documents.answer::<Page<SavedMessage>>();
    documents.answer::<Page<Room>>();
    documents.answer::<Page<Member>>();
    documents.answer::<Page<Ban>>();
    documents.answer::<Page<Invite>>();
    documents.answer::<Page<InviteCard<'_>>>();
    documents.answer::<Page<User>>();
    documents.answer::<Page<OnlineUser>>();
    documents.answer::<Page<search::Hit>>();
    documents.answer::<crate::schema::MadeInvite>();
    documents.request::<rooms::InviteBody>();
}
