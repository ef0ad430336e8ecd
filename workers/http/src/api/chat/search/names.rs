//! People and places that a query names.

use crate::identity::Caller;
use crate::request::{FromText, Page};
use crate::response::Refusal;
use campana_core::chat::search::ParsedQuery;
use campana_core::shared::ids::{ConversationId, RoomId, UserId};
use campana_core::shared::limits::MAX_ROOM_NAME_CHARS;
use campana_storage::RoomFilter;

/// People, or rooms, that a name may stand for.
const MAX_OF_A_NAME: u32 = 20;
/// Longest name that is looked up, characters.
const MAX_NAME_CHARS: usize = 100;
/// Name of the caller.
const ME: &str = "me";

/// A name as the record is asked for it. `None` if nothing is left of it.
pub(super) fn name(text: &str) -> Option<String> {
    let name: String = text.replace('\0', " ").trim().chars().take(MAX_NAME_CHARS).collect();
    (!campana_core::shared::fold::fold(&name).is_empty()).then_some(name)
}

/// The users that a query names as senders. `None` if it names none; empty if nobody has these names.
pub(super) async fn senders(caller: &Caller, query: &ParsedQuery) -> Result<Option<Vec<UserId>>, Refusal> {
    if query.from.is_empty() {
        return Ok(None);
    }
    let ids: Vec<UserId> = query.from.iter().filter_map(|name| UserId::parse(name)).collect();
    let known = caller.store().known_users(caller.tenant(), &ids).await?;
    let mut senders: Vec<UserId> = Vec::new();
    for named in &query.from {
        if let Some(id) = UserId::parse(named).filter(|id| known.contains(id)) {
            senders.push(id);
        } else if named.eq_ignore_ascii_case(ME) {
            senders.push(caller.user_id().clone());
        } else if let Some(name) = name(named) {
            let users = caller.store().search_users(caller.tenant(), &name, None, caller.now(), MAX_OF_A_NAME).await?;
            let page = Page::cut_placed(users, MAX_OF_A_NAME, |_, _| String::new());
            senders.extend(page.data.into_iter().map(|user| user.id));
        }
    }
    senders.sort();
    senders.dedup();
    Ok(Some(senders))
}

/// The conversations that a query names, whether or not the caller is a member. `None` if it names none.
pub(super) async fn places(caller: &Caller, query: &ParsedQuery) -> Result<Option<Vec<ConversationId>>, Refusal> {
    if query.places.is_empty() {
        return Ok(None);
    }
    let mut places: Vec<ConversationId> = Vec::new();
    for named in &query.places {
        if let Some(id) = ConversationId::read(named) {
            places.push(id);
            if let Some(room) = RoomId::read(named) {
                let room = caller.store().room(caller.tenant(), &room, caller.user_id()).await?;
                places.extend(room.map(|room| room.conversation_id));
            }
        } else if let Some(name) = name(named) {
            let q = name.chars().take(MAX_ROOM_NAME_CHARS).collect();
            let filter = RoomFilter { q, visibility: None, mine: true };
            let rooms =
                caller.store().list_rooms(caller.tenant(), caller.user_id(), &filter, false, None, MAX_OF_A_NAME);
            places.extend(rooms.await?.into_iter().map(|room| room.conversation_id));
        }
    }
    places.sort();
    places.dedup();
    Ok(Some(places))
}
