//! Authorization of subscriptions by token, for the endpoint that signs them: one rule per channel family.
//!
//! Only a conversation's object knows who may listen to it. The endpoint asks it before signing, and the object checks
//! again when the subscription arrives, because membership may have ended since the signature.

use super::channel::{ChannelKind, ChannelName};
use super::family::Family;
use crate::accounts::principal::Principal;
use crate::shared::ids::UserId;
use crate::shared::problem::{Kind, Problem};

/// Prefix of permissions for the application's own channels: `subscribe:campaign.3`, `subscribe:campaign.*`.
const SUBSCRIBE: &str = "subscribe:";

/// Authorization by the token alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The user may listen.
    Granted,
    /// The user may listen to their direct channel with this other user, who may be unknown to the tenant.
    With(UserId),
    /// The object of the channel's conversation decides.
    OfConversation,
    /// The object of the general room decides: everybody may listen while it is public.
    OfGeneralRoom,
    /// The alert desk decides whether the permission is still valid.
    OfDesk,
}

/// Whether the principal may listen to the channel. [`Kind::Forbidden`] if not.
pub fn may_listen(channel: &ChannelName, who: &Principal) -> Result<Access, Problem> {
    let granted = match channel.family() {
        Family::Conversation(_) | Family::Room(_) => return Ok(Access::OfConversation),
        Family::General => return Ok(Access::OfGeneralRoom),
        Family::Direct(pair) => match pair.other(&who.user_id) {
            Some(other) => return Ok(Access::With(other)),
            None => false,
        },
        Family::Person(user) => user == who.user_id,
        Family::AlertDesk if who.is_guard() => return Ok(Access::OfDesk),
        Family::AlertDesk => false,
        Family::Other => channel.kind() == ChannelKind::Public || may_subscribe(channel, who),
    };
    if granted { Ok(Access::Granted) } else { Err(Problem::new(Kind::Forbidden, "you may not listen to this channel")) }
}

/// Whether a permission of the token names the channel: by its stem, or by the beginning of its stem and a `*`.
/// Administrators may listen to all channels of the application.
fn may_subscribe(channel: &ChannelName, who: &Principal) -> bool {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(beginning) => channel.stem().starts_with(beginning),
        None => channel.stem() == pattern,
    };
    who.admin || who.permissions.iter().filter_map(|granted| granted.strip_prefix(SUBSCRIBE)).any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::principal::VIEW_PANIC_ALERTS;
    use crate::shared::ids::TenantId;

    fn person(user: &str, permissions: &[&str]) -> Principal {
        Principal {
            tenant: TenantId::trusted("demo"),
            user_id: UserId::trusted(user),
            name: "Ana".to_owned(),
            avatar: None,
            admin: false,
            permissions: permissions.iter().map(|permission| (*permission).to_owned()).collect(),
            groups: Vec::new(),
            issued_at_ms: None,
            signed_with: crate::accounts::revocation::SigningKey::Unknown,
            expires_at_ms: 0,
        }
    }

    #[track_caller]
    fn check(channel: &str, user: &str, permissions: &[&str], expected: Option<&Access>) {
        let access = may_listen(&ChannelName::trusted(channel), &person(user, permissions));
        match (access, expected) {
            (Ok(access), Some(expected)) => assert_eq!(access, *expected, "{channel} for {user}"),
            (Err(problem), None) => assert_eq!(problem.kind, Kind::Forbidden),
            (access, _) => panic!("{channel} for {user}: {access:?}"),
        }
    }

    #[test]
    fn only_a_user_listens_to_their_own_channels() {
        let with = Access::With(UserId::trusted("3"));
        for (channel, access) in [
            ("private-user.7", &Access::Granted),
            ("private-user.invites.7", &Access::Granted),
            ("private-financial.7", &Access::Granted),
            ("private-chat.3.7", &with),
            ("private-chat.7.3", &with),
        ] {
            check(channel, "7", &[], Some(access));
            check(channel, "9", &[], None);
            check(channel, "9", &["subscribe:*"], None);
        }
    }

    #[test]
    fn conversations_decide_about_their_channels() {
        const ID: &str = "0190a7c0-0000-7000-8000-000000000001";
        for channel in ["private-conversation", "presence-room", "private-chat"] {
            check(&format!("{channel}.{ID}"), "7", &[], Some(&Access::OfConversation));
        }
        check("presence-chat", "7", &[], Some(&Access::OfGeneralRoom));
    }

    #[test]
    fn the_alert_desk_needs_its_permission() {
        for channel in ["private-panic-alerts", "private-security-dashboard"] {
            check(channel, "7", &[VIEW_PANIC_ALERTS], Some(&Access::OfDesk));
            check(channel, "7", &["subscribe:*"], None);
        }
    }

    #[test]
    fn the_applications_own_channels_are_named_by_permissions() {
        for granted in ["subscribe:campaign.3", "subscribe:campaign.*", "subscribe:*"] {
            check("private-campaign.3", "7", &[granted], Some(&Access::Granted));
            check("presence-campaign.3", "7", &[granted], Some(&Access::Granted));
        }
        for other in ["campaign.3", "subscribe:campaign", "subscribe:campaign.33", "subscribe:private-campaign.3"] {
            check("private-campaign.3", "7", &[other], None);
        }
        check("news", "7", &[], Some(&Access::Granted));
    }

    #[test]
    fn an_administrator_listens_to_the_applications_channels_but_not_to_other_people() {
        let admin = Principal { admin: true, ..person("1", &[]) };
        assert!(may_listen(&ChannelName::trusted("private-orders"), &admin).is_ok());
        for private in ["private-user.7", "private-chat.3.7", "private-panic-alerts"] {
            assert!(may_listen(&ChannelName::trusted(private), &admin).is_err(), "{private}");
        }
    }
}
