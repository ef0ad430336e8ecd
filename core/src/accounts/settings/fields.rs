//! The fields of settings, by section, and their valid values.

use crate::accounts::web::{are_languages, is_https_address};
use crate::alerts::{Language, Policy};
use crate::chat::settings::are_emoji_names;
use crate::files::settings::{MAX_BYTES, are_types};
use crate::shared::address::{Reach, check_url};
use serde_json::Value;
use std::ops::RangeInclusive;

/// Valid values of a field. `null` resets it to its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// A whole number; the API accepts this range.
    Within(RangeInclusive<u32>),
    /// `true` or `false`.
    Flag,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A text without control characters, of at most this many characters.
    Text(usize),
    /// An address that begins with `https://`, without user, query and fragment, of at most this many bytes.
    HttpsAddress(usize),
    /// A URL to which requests are sent, of at most 2,048 characters. Whether the deployment may reach it is checked with the request that
    /// sets it, and again before each request to it.
    WebhookUrl,
    /// A list of 1 to this many different tags of languages (BCP 47).
    Languages(usize),
    /// A list of 1 to this many different names of emoji.
    EmojiNames(usize),
    /// A list of 1 to this many different media types.
    MediaTypes(usize),
    /// An escalation policy.
    Escalation,
}

/// Longest name of an issuer or audience, characters.
const MAX_NAME_CHARS: usize = 256;
/// Longest name of an app, characters.
const MAX_APP_NAME_CHARS: usize = 100;
/// Longest id of a client at an OIDC provider, characters.
const MAX_CLIENT_ID_CHARS: usize = 255;
/// Longest issuer of an OIDC provider, bytes.
const MAX_ISSUER_BYTES: usize = 512;
/// Maximum number of an app's own emoji.
const MAX_CUSTOM_EMOJI: usize = 200;
/// Maximum number of media types.
const MAX_MEDIA_TYPES: usize = 100;
/// Maximum number of languages.
const MAX_LANGUAGES: usize = 20;

/// A field's name and valid values.
pub(super) type Field = (&'static str, Rule);

const fn within(range: RangeInclusive<u32>) -> Rule {
    Rule::Within(range)
}

/// Fields of [`Limits`]. Requests per minute are bounded by the limits of the platform's rate limiters (wrangler.toml).
pub const LIMIT_FIELDS: &[Field] = &[
    ("body_chars", within(1..=20_000)),
    ("private_body_chars", within(1..=20_000)),
    ("sends_per_second", within(1..=1_000)),
    ("send_burst", within(1..=10_000)),
    ("conversation_sends_per_second", within(1..=10_000)),
    ("conversation_send_burst", within(1..=100_000)),
    ("edit_window_s", within(1..=31_536_000)),
    ("typing_interval_ms", within(100..=60_000)),
    ("sockets_per_user", within(1..=1_000)),
    ("sockets_per_conversation", within(1..=32_000)),
    ("idle_timeout_ms", within(5_000..=3_600_000)),
    ("keep_alive_ms", within(1_000..=1_800_000)),
    ("max_connections", within(1..=10_000_000)),
    ("connections_per_user", within(1..=10_000)),
    ("conversations_per_hour", within(1..=10_000)),
    ("added_people_per_hour", within(1..=100_000)),
    ("requests_per_minute", within(10..=6_000)),
    ("app_requests_per_minute", within(100..=600_000)),
];

/// Fields of [`Retention`]. The schema keeps audit entries for at least 30 days regardless of the settings.
pub const RETENTION_FIELDS: &[Field] = &[("message_days", within(1..=3_650)), ("audit_days", within(30..=3_650))];

/// Fields of [`PusherSettings`]. The size of client events is bounded by the frame limit instead.
pub const PUSHER_FIELDS: &[Field] = &[
    ("activity_timeout_s", within(5..=600)),
    ("client_events", Rule::Flag),
    ("client_events_per_second", within(1..=1_000)),
    ("presence_members", within(1..=10_000)),
    ("payload_bytes", within(1_024..=65_536)),
    ("channels_per_socket", within(1..=200)),
    ("channel_name_chars", within(100..=200)),
    ("event_name_chars", within(50..=200)),
    ("user_info_bytes", within(1_024..=4_096)),
    ("channels_per_publish", within(1..=100)),
    ("batch_events", within(1..=100)),
    ("connects_per_address", within(10..=60_000)),
    ("frames_per_address", within(10..=100_000)),
    ("anonymous_channels_per_address", within(10..=100_000)),
    ("anonymous_channels", within(100..=1_000_000)),
    ("signin_timeout_s", within(5..=600)),
    ("subscription_counts", Rule::Flag),
    ("public_chat", Rule::Flag),
    ("gateways", within(1..=64)),
    ("sockets_per_gateway", within(1..=32_000)),
    ("event_names", Rule::OneOf(&["canonical", "laravel"])),
];

/// Fields of [`AlertSettings`].
pub const ALERT_FIELDS: &[Field] = &[
    ("language", Rule::OneOf(Language::NAMES)),
    ("location_decimals", within(1..=7)),
    ("location_days", within(1..=3_650)),
    ("locations_per_minute", within(1..=600)),
    ("alert_days", within(30..=3_650)),
    ("coalesce_s", within(1..=600)),
    ("push_days", within(1..=365)),
    ("escalation", Rule::Escalation),
];

/// Fields of [`AuthSettings`](crate::accounts::auth::AuthSettings).
pub const AUTH_FIELDS: &[Field] = &[
    ("issuer", Rule::Text(MAX_NAME_CHARS)),
    ("audience", Rule::Text(MAX_NAME_CHARS)),
    ("max_token_hours", within(1..=87_600)),
];

/// Fields of [`WebSettings`](crate::accounts::web::WebSettings).
pub const WEB_FIELDS: &[Field] = &[
    ("name", Rule::Text(MAX_APP_NAME_CHARS)),
    ("languages", Rule::Languages(MAX_LANGUAGES)),
    ("oidc_issuer", Rule::HttpsAddress(MAX_ISSUER_BYTES)),
    ("oidc_client_id", Rule::Text(MAX_CLIENT_ID_CHARS)),
];

/// Fields of [`ChatSettings`](crate::chat::settings::ChatSettings).
pub const CHAT_FIELDS: &[Field] = &[
    ("custom_emoji", Rule::EmojiNames(MAX_CUSTOM_EMOJI)),
    ("room_mentions", Rule::OneOf(&["moderators", "all"])),
    ("system_messages", Rule::Flag),
    ("link_previews", Rule::Flag),
];

/// Fields of [`FileSettings`](crate::files::settings::FileSettings). A file is smaller than what one request may carry on most
/// plans of the platform.
pub const FILE_FIELDS: &[Field] = &[
    ("max_bytes", within(1..=MAX_BYTES)),
    ("types", Rule::MediaTypes(MAX_MEDIA_TYPES)),
    ("per_day_bytes", within(1..=u32::MAX)),
    ("image_pixels", within(1..=200_000_000)),
    ("scanner_url", Rule::WebhookUrl),
];

/// Number of sections.
pub const SECTION_COUNT: usize = 8;
pub(super) const SECTIONS: [(&str, &[Field]); SECTION_COUNT] = [
    ("limits", LIMIT_FIELDS),
    ("retention", RETENTION_FIELDS),
    ("pusher", PUSHER_FIELDS),
    ("alerts", ALERT_FIELDS),
    ("auth", AUTH_FIELDS),
    ("web", WEB_FIELDS),
    ("chat", CHAT_FIELDS),
    ("files", FILE_FIELDS),
];

impl Rule {
    /// Whether a value in the row is usable.
    pub(super) fn accepts_stored(&self, value: &Value) -> bool {
        match self {
            Self::Within(_) => value.as_u64().is_some_and(|number| (1..=u64::from(u32::MAX)).contains(&number)),
            Self::Flag
            | Self::OneOf(_)
            | Self::Text(_)
            | Self::HttpsAddress(_)
            | Self::WebhookUrl
            | Self::Languages(_)
            | Self::EmojiNames(_)
            | Self::MediaTypes(_)
            | Self::Escalation => self.accepts(value),
        }
    }

    /// Whether the API accepts a value.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Within(range) => value
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .is_some_and(|number| range.contains(&number)),
            Self::Flag => value.is_boolean(),
            Self::OneOf(texts) => value.as_str().is_some_and(|text| texts.contains(&text)),
            Self::Text(most) => value
                .as_str()
                .is_some_and(|text| (1..=*most).contains(&text.chars().count()) && !text.chars().any(char::is_control)),
            Self::HttpsAddress(most) => {
                value.as_str().is_some_and(|text| text.len() <= *most && is_https_address(text))
            }
            Self::WebhookUrl => value.as_str().is_some_and(|url| check_url(url, Reach::Anywhere).is_ok()),
            Self::Languages(most) => are_languages(value, *most),
            Self::EmojiNames(most) => are_emoji_names(value, *most),
            Self::MediaTypes(most) => are_types(value, *most),
            Self::Escalation => Policy::read(value).is_ok(),
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Within(range) => format!("a whole number from {} to {}", range.start(), range.end()),
            Self::Flag => "true or false".to_owned(),
            Self::OneOf(texts) => format!("one of {}", texts.join(", ")),
            Self::Text(most) => format!("a text of 1 to {most} characters"),
            Self::HttpsAddress(most) => {
                format!(
                    "an address that begins with https://, without user, query and fragment, of at most {most} bytes"
                )
            }
            Self::WebhookUrl => "the URL of an internet host that begins with https://, without a user".to_owned(),
            Self::Languages(most) => format!("a list of 1 to {most} different tags of languages, such as pt-BR"),
            Self::EmojiNames(most) => format!("a list of 1 to {most} different names of a-z, 0-9, _, + and -"),
            Self::MediaTypes(most) => {
                format!("a list of 1 to {most} different media types in lower case, such as application/pdf or image/*")
            }
            Self::Escalation => "a policy of escalation".to_owned(),
        }
    }
}
