//! Alert settings of an app.

use super::Policy;
use serde::{Deserialize, Serialize};

/// Language of texts for people: `time_ago`, pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// Every language, by its name in settings.
    pub const NAMES: &[&str] = &["en", "es"];
}

/// An app's alert settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AlertSettings {
    /// Language of texts for people.
    pub language: Language,
    /// Stored decimals of a degree: 7 is about a centimetre, 3 about a hundred metres.
    pub location_decimals: u32,
    /// Days for which the trail of places is stored after an alert closed.
    pub location_days: u32,
    /// Places per minute stored in the trail at most; the newest place is always known.
    pub locations_per_minute: u32,
    /// Days for which closed alerts are stored.
    pub alert_days: u32,
    /// Seconds after a cancellation in which the owner's next press reopens the alert instead of raising another.
    pub coalesce_s: u32,
    /// Days after which a device's push subscription expires.
    pub push_days: u32,
    /// Escalation policy.
    pub escalation: Policy,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            language: Language::En,
            location_decimals: 6,
            location_days: 30,
            locations_per_minute: 30,
            alert_days: 1_825,
            coalesce_s: 60,
            push_days: 30,
            escalation: Policy::default(),
        }
    }
}
