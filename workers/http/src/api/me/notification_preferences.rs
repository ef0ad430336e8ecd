//! `/api/me/notification-preferences`: what the caller wants to be notified of, how, and when not.

use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, ok};
use campana_core::chat::notification_preferences::{DoNotDisturb, KindChoices, KindsInForce, NotificationPreferences};
use serde::{Deserialize, Serialize};

/// What the caller wants to be notified of.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationPreferences"))]
pub(super) struct Shown {
    /// By kind.
    kinds: KindsInForce,
    /// Hours in which nothing is pushed; `null` for none.
    do_not_disturb: Option<DoNotDisturb>,
}

impl From<NotificationPreferences> for Shown {
    fn from(preferences: NotificationPreferences) -> Self {
        Self { kinds: preferences.kinds.in_force(), do_not_disturb: preferences.do_not_disturb }
    }
}

/// What the caller wants from now on. What is absent has its default.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationPreferencesDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// By kind.
    #[serde(default)]
    kinds: KindChoices,
    /// Hours in which nothing is pushed.
    #[serde(default)]
    do_not_disturb: Option<DoNotDisturb>,
}

pub(super) mod get {
    use super::{Caller, Outcome, Shown, ok};

    pub(crate) async fn handle(caller: Caller) -> Outcome {
        let preferences = caller.store().notification_preferences(caller.tenant(), caller.user_id()).await?;
        ok(&Shown::from(preferences))
    }

    #[cfg(feature = "schema")]
    pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
        use crate::openapi::{Tag, examples};
        operation
            .named("getNotificationPreferences", Tag::Notifications, "Get what the caller wants to be notified of")
            .about("Every kind, with what is in force.")
            .answers::<Shown>(200, "The preferences.", examples::notification_preferences());
    }
}

pub(super) mod save {
    use super::{Body, Caller, NotificationPreferences, Outcome, Shown, Wanted, ok};

    pub(crate) async fn handle(caller: Caller, Body(wanted): Body<Wanted>) -> Outcome {
        let Wanted { kinds, do_not_disturb } = wanted;
        let preferences = NotificationPreferences { kinds, do_not_disturb };
        let (tenant, user) = (caller.tenant(), caller.user_id());
        caller.store().save_notification_preferences(tenant, user, &preferences, caller.now()).await?;
        ok(&Shown::from(preferences))
    }

    #[cfg(feature = "schema")]
    pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
        use crate::openapi::{Tag, examples};
        use serde_json::json;
        operation
            .named("saveNotificationPreferences", Tag::Notifications, "Set what the caller wants to be notified of")
            .about("All of it: a kind or a field that is absent has its default. Notifications from before stay on the list.")
            .spares_socket()
            .sends(json!({
                "kinds": {"reaction": {"inbox": true}, "mention": {"inbox": true, "push": true}},
                "do_not_disturb": {"from": "22:00", "to": "07:00", "time_zone": "America/Bogota", "days": ["mon", "tue"]},
            }))
            .answers::<Shown>(200, "The preferences.", examples::notification_preferences());
    }
}
