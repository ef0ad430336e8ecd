//! Channel names, and what their prefixes mean.

use serde::{Deserialize, Serialize};

/// Longest channel name, characters.
pub const MAX_CHANNEL_CHARS: usize = 164;
/// What the channel of one signed-in user begins with: only backends publish there.
const SERVER_TO_USER: &str = "#server-to-user-";
const PRIVATE: &str = "private-";
const PRESENCE: &str = "presence-";
const ENCRYPTED: &str = "private-encrypted-";
const CACHE: &str = "cache-";

/// What a prefix says of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// Everybody with the app's key listens.
    Public,
    /// Whoever has a signature listens.
    Private,
    /// The same, and everybody there knows who else is.
    Presence,
    /// Private, with payloads that only clients can read.
    Encrypted,
    /// Of one signed-in user.
    ServerToUser,
}

/// The name of a channel: 1 to 164 characters of `A-Za-z0-9_-=@,.;`, or `#server-to-user-` and a user's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelName(String);

impl ChannelName {
    /// Reads a name that came from outside.
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix(SERVER_TO_USER).unwrap_or(text);
        let is_named = !body.is_empty() && text.len() <= MAX_CHANNEL_CHARS;
        (is_named && body.bytes().all(may_stand)).then(|| Self(text.to_owned()))
    }

    /// Takes a name that is known to be good.
    pub fn trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The channel of a signed-in user.
    pub fn of_user(id: &str) -> Self {
        Self(format!("{SERVER_TO_USER}{id}"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What its prefix says.
    pub fn kind(&self) -> ChannelKind {
        let name = self.as_str();
        if name.starts_with(ENCRYPTED) {
            ChannelKind::Encrypted
        } else if name.starts_with(PRIVATE) {
            ChannelKind::Private
        } else if name.starts_with(PRESENCE) {
            ChannelKind::Presence
        } else if name.starts_with(SERVER_TO_USER) {
            ChannelKind::ServerToUser
        } else {
            ChannelKind::Public
        }
    }

    /// The name without what its prefix says of who may listen.
    pub fn stem(&self) -> &str {
        let name = self.as_str();
        [ENCRYPTED, PRIVATE, PRESENCE, SERVER_TO_USER]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name)
    }

    /// Whether its last event is kept for those who come later.
    pub fn is_cache(&self) -> bool {
        self.kind() != ChannelKind::ServerToUser && self.stem().starts_with(CACHE)
    }

    /// Whether whoever listens is a member whom the others see.
    pub fn is_presence(&self) -> bool {
        self.kind() == ChannelKind::Presence
    }

    /// Whether a subscription has to be signed.
    pub fn needs_signature(&self) -> bool {
        matches!(self.kind(), ChannelKind::Private | ChannelKind::Presence | ChannelKind::Encrypted)
    }

    /// Whether clients may publish there. What is encrypted only backends publish.
    pub fn takes_client_events(&self) -> bool {
        matches!(self.kind(), ChannelKind::Private | ChannelKind::Presence)
    }

    /// Whether no client chooses to listen to it: a signed-in user's, and what gateways listen to by themselves.
    pub fn is_inner(&self) -> bool {
        self.as_str().starts_with('#')
    }

    /// Whose it is, if it is a signed-in user's.
    pub fn server_to_user(&self) -> Option<&str> {
        self.as_str().strip_prefix(SERVER_TO_USER)
    }
}

impl std::fmt::Display for ChannelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

const fn may_stand(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'@' | b',' | b'.' | b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, kind: ChannelKind, is_cache: bool, stem: &str) {
        let channel = ChannelName::parse(name).unwrap_or_else(|| panic!("{name} is a name"));
        assert_eq!((channel.kind(), channel.is_cache(), channel.stem()), (kind, is_cache, stem), "{name}");
    }

    #[test]
    fn a_prefix_says_what_a_channel_is() {
        check("chat", ChannelKind::Public, false, "chat");
        check("cache-news", ChannelKind::Public, true, "cache-news");
        check("private-user.7", ChannelKind::Private, false, "user.7");
        check("private-cache-x", ChannelKind::Private, true, "cache-x");
        check("presence-chat", ChannelKind::Presence, false, "chat");
        check("presence-cache-x", ChannelKind::Presence, true, "cache-x");
        check("private-encrypted-x", ChannelKind::Encrypted, false, "x");
        check("private-encrypted-cache-x", ChannelKind::Encrypted, true, "cache-x");
        check("#server-to-user-7", ChannelKind::ServerToUser, false, "7");
        check("privateer", ChannelKind::Public, false, "privateer");
    }

    #[test]
    fn a_name_is_bounded_and_of_the_documented_characters() {
        assert!(ChannelName::parse("A-z_0=@,.;").is_some());
        assert!(ChannelName::parse(&"x".repeat(164)).is_some());
        for bad in ["", "a b", "a/b", "a:b", "ñ", "#x", "#server-to-user-", "a\n", &"x".repeat(165)] {
            assert_eq!(ChannelName::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn clients_choose_by_names_without_a_hash() {
        let inner = ["#server-to-user-7", "#watch-7"].map(ChannelName::trusted);
        assert!(inner.iter().all(ChannelName::is_inner));
        assert!(!ChannelName::trusted("private-user.7").is_inner());
    }

    #[test]
    fn only_private_and_presence_channels_take_client_events() {
        let takes = |name| ChannelName::trusted(name).takes_client_events();
        assert!(takes("private-x") && takes("presence-x") && takes("private-cache-x"));
        assert!(!takes("x") && !takes("private-encrypted-x") && !takes("#server-to-user-1"));
    }
}
