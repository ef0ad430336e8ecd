//! Objects that hold connections, as the quota registry knows them.

use crate::accounts::quota::Kind;
use crate::pusher::link::{GatewayName, Target};
use crate::shared::ids::{ConversationId, TenantId, UserId};
use serde::{Deserialize, Serialize};

/// Prefixes of the names that gateways and users' own channels have at the registry.
const GATEWAY: &str = "gateway.";
const USER: &str = "user.";
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
            Kind::Channel => match self.source.strip_prefix(USER) {
                Some(user) => at(&Target::Person(UserId::trusted(user))),
                None => at(&Target::AlertDesk),
            },
        }
    }

    /// Whether it is a gateway.
    pub const fn is_gateway(&self) -> bool {
        matches!(self.kind, Kind::Gateway)
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
    fn targets_name_their_leases() {
        let source = |target: Target| Holder::source_of(&target);
        assert_eq!(source(Target::Conversation(ConversationId::trusted("c1"))).as_deref(), Some("c1"));
        assert_eq!(source(Target::Person(UserId::trusted("7"))).as_deref(), Some("user.7"));
        assert_eq!(source(Target::AlertDesk).as_deref(), Some("alert-desk"));
        assert_eq!(source(Target::Channel(crate::pusher::channel::ChannelName::trusted("news"))), None);
        assert_eq!(Holder::source_of_gateway(&GatewayName::new("weur", 3)), "gateway.weur/3");
    }
}
