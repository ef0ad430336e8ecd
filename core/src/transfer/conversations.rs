//! Lines that create conversations.

use super::identity::{Identities, with_old_id};
use super::line::{ChatRoomLine, ConversationKind, ConversationLine, Line, RoomLine};
use super::plan::{
    EVERYTHING, KnownConversation, MAX_SEQ, NewConversation, NewMember, NewRoom, Planner, Progress, References, name,
    pair_key, type_name, user_id,
};
use crate::chat::policy::Role;
use crate::chat::preferences::Notify;
use crate::shared::ids::{ConversationId, UserId};
use crate::shared::json::check_free;
use crate::shared::limits::{MAX_ROOM_DESCRIPTION_CHARS, MAX_SLOW_MODE_S};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const ROOM: &str = "room";
const MAX_REPORT_CHARS: usize = 200;

/// What a line that creates a conversation refers to.
pub(super) fn refer(found: &mut References, identities: Identities<'_>, line: &Line) {
    let mut add = |id: &str, people: &[&String]| {
        found.conversations.extend(identities.conversation(id).map(|(id, _)| id));
        let people: BTreeSet<UserId> = people.iter().filter_map(|id| UserId::parse(id)).collect();
        if let (Some(one), Some(other)) = (people.first(), people.last()) {
            found.pairs.insert(pair_key(one, other));
        }
        found.users.extend(people);
    };
    match line {
        Line::Conversation(line) => {
            let people: Vec<&String> = match line.conversation_kind {
                ConversationKind::Dm => line.user_ids.iter().collect(),
                ConversationKind::Group => Vec::new(),
            };
            add(&line.id, &people);
        }
        Line::ChatRoom(line) => add(&line.id, &[&line.participant_a, &line.participant_b]),
        Line::Room(line) => {
            found.rooms.extend(identities.room(&line.id).map(|(id, _)| id));
            match &line.conversation_id {
                Some(id) => add(id, &[]),
                None => found.conversations.extend(identities.conversation_of_room(&line.id)),
            }
        }
        Line::User(_) | Line::Member(_) | Line::Message(_) | Line::Reaction(_) => {}
    }
}

impl Planner<'_> {
    pub(super) fn room(&mut self, line: RoomLine) -> Result<bool, String> {
        let (id, old) = self.identities.room(&line.id)?;
        let conversation = match &line.conversation_id {
            Some(conversation) => self.identities.conversation(conversation)?.0,
            None => self.identities.conversation_of_room(&line.id)?,
        };
        if let Some(of) = self.record.rooms.get(&id) {
            let is_same = *of == conversation && self.exists(&conversation, ROOM)?;
            return if is_same { Ok(false) } else { Err("another room has this id".to_owned()) };
        }
        if self.record.conversations.contains_key(&conversation) {
            return Err("another conversation has this conversation_id".to_owned());
        }
        if line.is_general && self.record.general.is_some() {
            return Err("the app has another general room".to_owned());
        }
        if line.description.chars().count() > MAX_ROOM_DESCRIPTION_CHARS {
            return Err(format!("description has more than {MAX_ROOM_DESCRIPTION_CHARS} characters"));
        }
        if line.slow_mode_s > MAX_SLOW_MODE_S {
            return Err(format!("slow_mode_s is over {MAX_SLOW_MODE_S}"));
        }
        let room = NewRoom {
            id: id.clone(),
            name: name("name", &line.name)?,
            description: line.description,
            visibility: line.visibility,
            is_general: line.is_general,
            post: line.post,
            slow_mode_s: line.slow_mode_s,
        };
        let is_general = room.is_general;
        self.create(NewConversation {
            id: conversation.clone(),
            conversation_type: ROOM,
            pair: None,
            report_id: None,
            metadata: metadata(line.metadata, old)?,
            created_by: user_id("created_by", &line.created_by)?,
            created_at: line.created_at,
            updated_at: line.updated_at,
            head: head(line.last_seq)?,
            room: Some(room),
        });
        if is_general {
            self.record.general = Some(id.clone());
        }
        self.record.rooms.insert(id, conversation);
        Ok(true)
    }

    pub(super) fn conversation(&mut self, line: ConversationLine) -> Result<bool, String> {
        let (id, old) = self.identities.conversation(&line.id)?;
        if self.record.conversations.contains_key(&id) {
            return self.exists(&id, type_name(line.conversation_kind)).map(|_| false);
        }
        let pair = match (line.conversation_kind, &line.user_ids[..]) {
            (ConversationKind::Dm, [one, other]) => Some(self.pair(("user_ids", one), ("user_ids", other))?),
            (ConversationKind::Dm, _) => return Err("user_ids of a direct conversation are two".to_owned()),
            (ConversationKind::Group, []) => None,
            (ConversationKind::Group, _) => return Err("the members of a group are lines of their own".to_owned()),
        };
        let report_id = report(line.report_id)?;
        let is_direct = match &pair {
            Some(key) => self.is_first_of_pair(key, report_id.as_deref())?,
            None => false,
        };
        self.create(NewConversation {
            id,
            conversation_type: type_name(if is_direct { ConversationKind::Dm } else { ConversationKind::Group }),
            pair: pair.filter(|_| is_direct),
            report_id,
            metadata: metadata(line.metadata, old)?,
            created_by: user_id("created_by", &line.created_by)?,
            created_at: line.created_at,
            updated_at: line.updated_at,
            head: head(line.last_seq)?,
            room: None,
        });
        Ok(true)
    }

    pub(super) fn chat_room(&mut self, line: ChatRoomLine) -> Result<bool, String> {
        let (id, old) = self.identities.conversation(&line.id)?;
        if let Some(known) = self.record.conversations.get(&id) {
            // A pair's second room is a group in the record.
            let name = if known.conversation_type == ROOM { "dm" } else { known.conversation_type.as_str() }.to_owned();
            return self.exists(&id, &name).map(|_| false);
        }
        let key = self.pair(("participant_a", &line.participant_a), ("participant_b", &line.participant_b))?;
        let report_id = report(line.report_id)?;
        let is_direct = self.is_first_of_pair(&key, report_id.as_deref())?;
        let first = user_id("participant_a", &line.participant_a)?;
        let second = user_id("participant_b", &line.participant_b)?;
        let metadata = metadata(line.metadata, old)?;
        self.create(NewConversation {
            id: id.clone(),
            conversation_type: type_name(if is_direct { ConversationKind::Dm } else { ConversationKind::Group }),
            pair: Some(key).filter(|_| is_direct),
            report_id,
            metadata,
            created_by: first.clone(),
            created_at: line.created_at,
            updated_at: line.updated_at,
            head: 0,
            room: None,
        });
        // A group keeps an owner.
        let role = if is_direct { Role::Member } else { Role::Owner };
        let people = [(first.clone(), role), (second.clone(), Role::Member)];
        for (user_id, role) in people.into_iter().take(if first == second { 1 } else { 2 }) {
            self.record.members.insert((id.clone(), user_id.clone()));
            self.writes.members.push(NewMember {
                conversation_id: id.clone(),
                user_id,
                role,
                joined_at: line.created_at,
                updated_at: None,
                last_read_seq: EVERYTHING,
                last_read_at: None,
                notify: Notify::All,
                notifications_muted_until: None,
                favorite: false,
                archived_at: None,
            });
        }
        Ok(true)
    }

    /// True if the record has the conversation with this type; otherwise the reason of the refusal.
    fn exists(&self, id: &ConversationId, type_name: &str) -> Result<bool, String> {
        let known = self.record.conversations.get(id);
        if known.is_some_and(|known| known.is_there && known.conversation_type == type_name) {
            return Ok(true);
        }
        // A pair's second room was made a group.
        let is_group = known.is_some_and(|known| known.is_there && known.conversation_type == "group");
        if is_group && type_name == "dm" { Ok(true) } else { Err("another conversation has this id".to_owned()) }
    }

    fn pair(&self, one: (&str, &str), other: (&str, &str)) -> Result<String, String> {
        let (first, second) = (user_id(one.0, one.1)?, user_id(other.0, other.1)?);
        self.known(one.0, &first)?;
        self.known(other.0, &second)?;
        Ok(pair_key(&first, &second))
    }

    /// Whether the pair has no direct conversation yet. Their second one about something else becomes a group; a second
    /// one about the same is refused.
    fn is_first_of_pair(&self, key: &str, report_id: Option<&str>) -> Result<bool, String> {
        match self.record.pairs.get(key) {
            None => Ok(true),
            Some((_, about)) if about.as_deref() != report_id => Ok(false),
            Some(_) => Err("the two people have another direct conversation with the same report_id".to_owned()),
        }
    }

    fn create(&mut self, new: NewConversation) {
        if let Some(key) = &new.pair {
            self.record.pairs.insert(key.clone(), (new.id.clone(), new.report_id.clone()));
        }
        let known = KnownConversation {
            is_there: true,
            conversation_type: new.conversation_type.to_owned(),
            pair: new.pair.clone(),
            created_at: new.created_at,
            progress: Some(Progress { import: self.import.to_owned(), ..Progress::default() }),
        };
        self.record.conversations.insert(new.id.clone(), known);
        self.writes.conversations.push(new);
    }
}

fn metadata(given: Option<Map<String, Value>>, old: Option<String>) -> Result<Map<String, Value>, String> {
    let given = given.unwrap_or_default();
    check_free("metadata", &given).map_err(|problem| problem.detail)?;
    Ok(with_old_id(Some(given), old).unwrap_or_default())
}

fn report(id: Option<String>) -> Result<Option<String>, String> {
    match id {
        Some(id) if id.is_empty() || id.chars().count() > MAX_REPORT_CHARS => {
            Err(format!("report_id does not have 1 to {MAX_REPORT_CHARS} characters"))
        }
        id => Ok(id),
    }
}

fn head(seq: i64) -> Result<i64, String> {
    if (0..=MAX_SEQ).contains(&seq) { Ok(seq) } else { Err("last_seq is not a position".to_owned()) }
}
