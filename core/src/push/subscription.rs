//! Validation of push subscriptions from devices.

use super::encryption::DeviceKeys;
use crate::shared::address::{Reach, check_url};
use crate::shared::problem::Problem;
use serde::{Deserialize, Serialize};

/// A device as its browser describes it (W3C Push API, `PushSubscription.toJSON()`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscription {
    /// The push service's URL for the device.
    pub endpoint: String,
    /// Its keys.
    pub keys: PushKeys,
}

/// A device's keys, base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushKeys {
    /// Public key: an uncompressed point of P-256.
    pub p256dh: String,
    /// Authentication secret: 16 bytes.
    pub auth: String,
}

/// Validates a subscription: its endpoint must be a public URL ([`check_url`]), its keys a point of the curve and 16
/// bytes. 422 names the invalid field, never its value.
pub fn accept(subscription: &PushSubscription, reach: Reach) -> Result<DeviceKeys, Problem> {
    check_url(&subscription.endpoint, reach).map_err(|problem| {
        let detail = problem.errors.into_iter().next().map_or_else(String::new, |error| error.detail);
        Problem::field("endpoint", detail)
    })?;
    DeviceKeys::read(&subscription.keys.p256dh, &subscription.keys.auth).map_err(|field| {
        let rule = match field {
            "auth" => "is not 16 bytes in base64url",
            _ => "is not an uncompressed point of P-256 in base64url",
        };
        Problem::field(format!("keys.{field}"), rule)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(endpoint: &str, [p256dh, auth]: [&str; 2], reach: Reach, field: Option<&str>) {
        let keys = PushKeys { p256dh: p256dh.to_owned(), auth: auth.to_owned() };
        let subscription = PushSubscription { endpoint: endpoint.to_owned(), keys };
        let problem = accept(&subscription, reach).err();
        assert_eq!(problem.as_ref().map(|problem| problem.errors[0].field.as_str()), field, "{endpoint}");
        assert!(!format!("{problem:?}").contains("secret"), "the problem does not contain the value");
    }

    #[test]
    fn a_subscription_needs_a_public_endpoint_and_valid_keys() {
        const GOOD: [&str; 2] = [
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        ];
        check("https://push.example/secret", GOOD, Reach::Internet, None);
        check("http://127.0.0.1:9000/secret", GOOD, Reach::Anywhere, None);
        for inner in ["http://push.example/secret", "https://10.0.0.1/secret", "https://localhost/secret", "secret"] {
            check(inner, GOOD, Reach::Internet, Some("endpoint"));
        }
        check("https://push.example/", ["secret", GOOD[1]], Reach::Internet, Some("keys.p256dh"));
        check("https://push.example/", [GOOD[0], "secret"], Reach::Internet, Some("keys.auth"));
    }
}
