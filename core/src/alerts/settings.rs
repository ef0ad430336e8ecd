//! What an app sets of its alerts.

use super::Policy;
use serde::{Deserialize, Serialize};

/// The language of texts that are made for people: `time_ago`, pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

/// An app's settings of its alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertSettings {
    /// The language of texts made for people.
    pub language: Language,
    /// Decimals of a degree that are kept of a place: 7 is a centimetre, 3 a hundred metres.
    pub location_decimals: u32,
    /// Days for which the trail of places is kept after an alert has ended.
    pub location_days: u32,
    /// Places kept in the trail in a minute at most; the newest is always known.
    pub locations_per_minute: u32,
    /// Days for which alerts that have ended are kept.
    pub alert_days: u32,
    /// Days after which a device that asked for pages has to ask again.
    pub push_days: u32,
    /// Who else is asked when nobody answers.
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
            push_days: 30,
            escalation: Policy::default(),
        }
    }
}
