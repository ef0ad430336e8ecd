//! Web Push: messages to devices, in any browser, even when the app is closed.
//!
//! A push service accepts a message for a device (RFC 8030). Only the device can decrypt it (RFC 8291), and only the
//! sender that the device subscribed to can send it (RFC 8292). [`encrypt`] has the encryption, [`Vapid`] the sender's
//! identity, [`Outcome`] what the service's answer means.

mod encryption;
mod outcome;
mod subscription;
mod vapid;

pub use encryption::{DeviceKeys, Ephemeral, MAX_PLAINTEXT, encrypt};
pub use outcome::{Outcome, PAGE_LIFE_MS, QUIET_LIFE_MS, retry_at};
pub use subscription::{PushKeys, PushSubscription, accept};
pub use vapid::{TOKEN_GOOD_MS, Vapid};
