//! Channel names and the meaning of their prefixes.

use crate::shared::ids::text_id;

/// Longest channel name that an app can allow, characters. See
/// [`channel_name_chars`](super::settings::PusherSettings::channel_name_chars).
pub const MAX_CHANNEL_CHARS: usize = 200;
/// Prefix of a signed-in user's channel. Only backends publish there.
const SERVER_TO_USER: &str = "#server-to-user-";
const PRIVATE: &str = "private-";
const PRESENCE: &str = "presence-";
const ENCRYPTED: &str = "private-encrypted-";
const CACHE: &str = "cache-";

/// Kind of a channel, from its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// Any client with the app's key may subscribe.
    Public,
    /// Subscriptions need a signature.
    Private,
    /// Subscriptions need a signature, and members see each other.
    Presence,
    /// Subscriptions need a signature; backends encrypt payloads, and clients decrypt them.
    Encrypted,
    /// The channel of one signed-in user.
    ServerToUser,
}

text_id!(
    /// The name of a channel: 1 to 200 characters of `A-Za-z0-9_-=@,.;`, or `#server-to-user-` and a user's id.
    ChannelName
);

impl ChannelName {
    /// Parses an untrusted name.
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix(SERVER_TO_USER).unwrap_or(text);
        let is_named = !body.is_empty() && text.len() <= MAX_CHANNEL_CHARS;
        (is_named && body.bytes().all(is_allowed)).then(|| Self(text.to_owned()))
    }

    /// The channel of a signed-in user.
    pub fn of_user(id: &str) -> Self {
        Self(format!("{SERVER_TO_USER}{id}"))
    }

    /// Kind of the channel, from its prefix.
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

    /// The name without the prefix of its kind.
    pub fn stem(&self) -> &str {
        let name = self.as_str();
        [ENCRYPTED, PRIVATE, PRESENCE, SERVER_TO_USER]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name)
    }

    /// Whether its last event is cached for later subscribers.
    pub fn is_cache(&self) -> bool {
        self.kind() != ChannelKind::ServerToUser && self.stem().starts_with(CACHE)
    }

    /// Whether its listeners are members who see each other.
    pub fn is_presence(&self) -> bool {
        self.kind() == ChannelKind::Presence
    }

    /// Whether a subscription needs a signature.
    pub fn needs_signature(&self) -> bool {
        matches!(self.kind(), ChannelKind::Private | ChannelKind::Presence | ChannelKind::Encrypted)
    }

    /// Whether clients may publish there. Only backends publish on encrypted channels.
    pub fn takes_client_events(&self) -> bool {
        matches!(self.kind(), ChannelKind::Private | ChannelKind::Presence)
    }

    /// Whether clients cannot subscribe to it: a signed-in user's channel, or one that gateways subscribe to
    /// themselves.
    pub fn is_inner(&self) -> bool {
        self.as_str().starts_with('#')
    }

    /// User id, if it is a signed-in user's channel.
    pub fn server_to_user(&self) -> Option<&str> {
        self.as_str().strip_prefix(SERVER_TO_USER)
    }
}

const fn is_allowed(byte: u8) -> bool {
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
        assert!(ChannelName::parse(&"x".repeat(200)).is_some());
        for bad in ["", "a b", "a/b", "a:b", "ñ", "#x", "#server-to-user-", "a\n", &"x".repeat(201)] {
            assert_eq!(ChannelName::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn names_with_a_hash_are_inner() {
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
