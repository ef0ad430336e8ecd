//! Objects that hold connections, as the quota registry knows them.

use crate::accounts::quota::Kind;
use crate::pusher::channel::ChannelName;
use crate::pusher::link::{GatewayName, Target};
use crate::shared::ids::{ConversationId, TenantId, UserId};
use serde::{Deserialize, Serialize};

/// Prefixes of the names that gateways and users' own channels have at the registry.
const GATEWAY: &str = "gateway.";
const USER: &str = "user.";
/// Prefix of a channel that has only a name, which the registry does not know.
const CHANNEL: &str = "channel.";
/// Name of the alert desk at the registry.
const ALERT_DESK: &str = "alert-desk";

/// An object with a lease at the app's quota registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of the lease: a conversation's id, `user.{id}`, `gateway.{region}/{number}` or `alert-desk`.
    pub source: String,
    /// Kind of the object.
    pub kind: Kind,
}

impl Holder {
    /// The object's namespace and its name there.
    pub fn address(&self, tenant: &TenantId) -> (&'static str, String) {
        let at = |target: &Target| (target.namespace(), target.object_name(tenant));
        match self.kind {
            Kind::Room | Kind::Conversation => at(&Target::Conversation(ConversationId::trusted(&self.source))),
            Kind::Gateway => {
                let gateway = GatewayName::trusted(self.source.strip_prefix(GATEWAY).unwrap_or(&self.source));
                ("GATEWAY", gateway.object_name(tenant))
            }
            Kind::Channel => match (self.source.strip_prefix(USER), self.source.strip_prefix(CHANNEL)) {
                (Some(user), _) => at(&Target::Person(UserId::trusted(user))),
                (None, Some(name)) => at(&Target::Channel(ChannelName::trusted(name))),
                (None, None) => at(&Target::AlertDesk),
            },
        }
    }

    /// Whether it is a gateway.
    pub const fn is_gateway(&self) -> bool {
        matches!(self.kind, Kind::Gateway)
    }

    /// The object of a target, whether or not it has a lease.
    pub fn of(target: &Target) -> Self {
        let source = match target {
            Target::Channel(name) => format!("{CHANNEL}{name}"),
            Target::Conversation(_) | Target::Person(_) | Target::AlertDesk => {
                Self::source_of(target).unwrap_or_default()
            }
        };
        let is_conversation = matches!(target, Target::Conversation(_));
        Self { source, kind: if is_conversation { Kind::Conversation } else { Kind::Channel } }
    }

    /// The object of a channel whose [`Holder::of`] has this source. `None` for a gateway and for what is no name.
    pub fn of_channel(source: String) -> Option<Self> {
        let is_channel = source == ALERT_DESK
            || source.strip_prefix(USER).is_some_and(|user| UserId::parse(user).is_some())
            || source.strip_prefix(CHANNEL).is_some_and(|name| ChannelName::parse(name).is_some());
        let is_conversation = ConversationId::parse(&source).is_some();
        let kind = if is_channel { Kind::Channel } else { Kind::Conversation };
        (is_channel || is_conversation).then_some(Self { source, kind })
    }

    /// Name of the lease of a target with native connections. `None` for a channel that has only a name.
    pub fn source_of(target: &Target) -> Option<String> {
        match target {
            Target::Conversation(id) => Some(id.to_string()),
            Target::Person(user) => Some(format!("{USER}{user}")),
            Target::AlertDesk => Some(ALERT_DESK.to_owned()),
            Target::Channel(_) => None,
        }
    }

    /// Name of a gateway's lease.
    pub fn source_of_gateway(gateway: &GatewayName) -> String {
        format!("{GATEWAY}{gateway}")
    }
}

/// Which objects with connections to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldersOf {
    /// All.
    App,
    /// Those where a user has connections.
    User(UserId),
    /// All gateways, and the object that a channel belongs to, if it can have native connections.
    Channel(Option<String>),
    /// The one with this lease.
    Lease(String),
}

/// A request to the quota registry for objects with connections, ordered by the names of their leases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListHolders {
    /// Which ones.
    pub of: HoldersOf,
    /// The first name, inclusive.
    pub from: String,
    /// At most this many.
    pub limit: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, kind: Kind, namespace: &str, name: &str) {
        let holder = Holder { source: source.to_owned(), kind };
        assert_eq!(holder.address(&TenantId::trusted("demo")), (namespace, name.to_owned()));
    }

    #[test]
    fn leases_name_their_objects() {
        check("c1", Kind::Room, "CONVERSATION", "demo/c1");
        check("c1", Kind::Conversation, "CONVERSATION", "demo/c1");
        check("gateway.weur/3", Kind::Gateway, "GATEWAY", "demo/weur/3");
        check("user.7", Kind::Channel, "CHANNEL", "demo/user.7");
        check("alert-desk", Kind::Channel, "ALERT_DESK", "demo");
    }

    #[test]
    fn objects_of_channels_are_found_by_their_names() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for target in [
            Target::Conversation(ConversationId::trusted(id)),
            Target::Person(UserId::trusted("7")),
            Target::AlertDesk,
            Target::Channel(ChannelName::trusted("private-orders")),
        ] {
            let holder = Holder::of(&target);
            let address = holder.address(&TenantId::trusted("demo"));
            assert_eq!(address, (target.namespace(), target.object_name(&TenantId::trusted("demo"))));
            assert_eq!(Holder::of_channel(holder.source.clone()), Some(holder));
        }
        for unknown in ["gateway.weur/3", "user.", "channel.", "channel.a b", ""] {
            assert_eq!(Holder::of_channel(unknown.to_owned()), None, "{unknown}");
        }
    }

    #[test]
    fn targets_name_their_leases() {
        let source = |target: Target| Holder::source_of(&target);
        assert_eq!(source(Target::Conversation(ConversationId::trusted("c1"))).as_deref(), Some("c1"));
        assert_eq!(source(Target::Person(UserId::trusted("7"))).as_deref(), Some("user.7"));
        assert_eq!(source(Target::AlertDesk).as_deref(), Some("alert-desk"));
        assert_eq!(source(Target::Channel(ChannelName::trusted("news"))), None);
        assert_eq!(Holder::source_of_gateway(&GatewayName::new("weur", 3)), "gateway.weur/3");
    }
}
