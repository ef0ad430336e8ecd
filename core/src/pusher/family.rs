//! Families of channels: the map from channel names to conversations, users and the alert desk.

use super::channel::{ChannelKind, ChannelName};
use crate::shared::ids::{ConversationId, RoomId, UserId};

/// Family of a channel, with the id of what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Family {
    /// `private-conversation.{id}`.
    Conversation(ConversationId),
    /// `presence-room.{id}`, `private-chat.{id}`.
    Room(RoomId),
    /// `private-chat.{a}.{b}`.
    Direct(Pair),
    /// `chat`, `presence-chat`.
    General,
    /// `private-user.{id}`, `private-user.invites.{id}`, `private-financial.{id}`, `#server-to-user-{id}`.
    Person(UserId),
    /// `private-panic-alerts`, `private-security-dashboard`.
    AlertDesk,
    /// Any other name: a channel of the application, which publishes there itself.
    Other,
}

/// Two user ids with a dot between them. Ids may contain dots, so reading the pair needs one of the two ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair(String);

impl Pair {
    /// The other user's id, if `one` is in the pair.
    pub fn other(&self, one: &UserId) -> Option<UserId> {
        let before = self.0.strip_prefix(one.as_str()).and_then(|rest| rest.strip_prefix('.'));
        let after = || self.0.strip_suffix(one.as_str()).and_then(|rest| rest.strip_suffix('.'));
        before.or_else(after).and_then(UserId::parse).filter(|other| other != one)
    }

    /// Both ids, if the pair is unambiguous.
    pub fn both(&self) -> Option<(UserId, UserId)> {
        let (one, other) = self.0.split_once('.')?;
        let both = (UserId::parse(one)?, UserId::parse(other)?);
        (both.0 != both.1 && !both.1.as_str().contains('.')).then_some(both)
    }
}

/// All channel names of two users' direct conversation.
pub fn names_of_pair(one: &UserId, other: &UserId) -> Vec<ChannelName> {
    let names = [(one, other), (other, one)]
        .into_iter()
        .flat_map(|(one, other)| ["private-", "private-private-"].map(|prefix| format!("{prefix}chat.{one}.{other}")));
    // An id with characters that channel names cannot contain has no channel.
    names.filter_map(|name| ChannelName::parse(&name)).collect()
}

impl ChannelName {
    /// Family of the channel.
    pub fn family(&self) -> Family {
        match self.kind() {
            ChannelKind::Public if self.as_str() == "chat" => Family::General,
            ChannelKind::Private => private(self.stem()),
            ChannelKind::Presence => presence(self.stem()),
            ChannelKind::ServerToUser => person(self.stem()),
            ChannelKind::Public | ChannelKind::Encrypted => Family::Other,
        }
    }
}

fn private(stem: &str) -> Family {
    // Clients that add `private-` to a name that already has it send it twice.
    let stem = stem.strip_prefix("private-").filter(|rest| rest.starts_with("chat.")).unwrap_or(stem);
    if matches!(stem, "panic-alerts" | "security-dashboard") {
        return Family::AlertDesk;
    }
    let Some((topic, id)) = stem.split_once('.') else { return Family::Other };
    match topic {
        "conversation" => ConversationId::parse(id).map_or(Family::Other, Family::Conversation),
        "chat" if id.contains('.') => Family::Direct(Pair(id.to_owned())),
        "chat" => RoomId::parse(id).map_or(Family::Other, Family::Room),
        "user" => person(id.strip_prefix("invites.").unwrap_or(id)),
        "financial" => person(id),
        _ => Family::Other,
    }
}

fn presence(stem: &str) -> Family {
    match stem.split_once('.') {
        None if stem == "chat" => Family::General,
        Some(("room", id)) => RoomId::parse(id).map_or(Family::Other, Family::Room),
        _ => Family::Other,
    }
}

fn person(id: &str) -> Family {
    UserId::parse(id).map_or(Family::Other, Family::Person)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a7c0-0000-7000-8000-000000000001";

    #[track_caller]
    fn check(name: &str, family: &Family) {
        assert_eq!(ChannelName::parse(name).expect("a name").family(), *family, "{name}");
    }

    #[test]
    fn known_names_have_their_family() {
        let person = Family::Person(UserId::trusted("7"));
        check(&format!("private-conversation.{ID}"), &Family::Conversation(ConversationId::trusted(ID)));
        check(&format!("presence-room.{ID}"), &Family::Room(RoomId::trusted(ID)));
        check(&format!("private-chat.{ID}"), &Family::Room(RoomId::trusted(ID)));
        for direct in ["private-chat.3.7", "private-private-chat.3.7"] {
            check(direct, &Family::Direct(Pair("3.7".to_owned())));
        }
        for general in ["chat", "presence-chat"] {
            check(general, &Family::General);
        }
        for own in ["private-user.7", "private-user.invites.7", "private-financial.7", "#server-to-user-7"] {
            check(own, &person);
        }
        for desk in ["private-panic-alerts", "private-security-dashboard"] {
            check(desk, &Family::AlertDesk);
        }
    }

    #[test]
    fn a_direct_channel_has_names_in_either_order() {
        let user = UserId::trusted;
        let names = names_of_pair(&user("3"), &user("ana@x.org"));
        assert_eq!(names.len(), 4);
        for name in names {
            let Family::Direct(pair) = name.family() else { panic!("{name} is not a direct channel") };
            assert_eq!(pair.other(&user("3")), Some(user("ana@x.org")), "{name}");
        }
        assert_eq!(names_of_pair(&user("3"), &user("josé")), []);
    }

    #[test]
    fn all_other_names_belong_to_the_application() {
        let unmapped = [
            "private-conversation.5",
            "presence-room.5",
            "private-chat.5",
            "private-chat",
            "user.7",
            "presence-user.7",
            "private-campaign.3",
            "presence-campaign.3",
            "panic-alerts",
            "private-encrypted-user.7",
            "private-cache-user.7",
            "cache-chat",
            "conversation.5",
        ];
        for name in unmapped {
            check(name, &Family::Other);
        }
    }

    #[test]
    fn a_pair_is_read_with_one_of_its_ids() {
        let pair = |text: &str| Pair(text.to_owned());
        let user = UserId::trusted;
        assert_eq!(pair("3.7").other(&user("7")), Some(user("3")));
        assert_eq!(pair("3.7").other(&user("3")), Some(user("7")));
        assert_eq!(pair("3.7").other(&user("5")), None);
        assert_eq!(pair("13.7").other(&user("3")), None);
        assert_eq!(pair("3.3").other(&user("3")), None);
        assert_eq!(pair("ana@x.org.7").other(&user("7")), Some(user("ana@x.org")));
        assert_eq!(pair("3.7").both(), Some((user("3"), user("7"))));
        for ambiguous in ["a.b.c", "3.3", ".7", "3."] {
            assert_eq!(pair(ambiguous).both(), None, "{ambiguous}");
        }
    }
}
