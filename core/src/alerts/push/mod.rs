//! Web Push: pages on people's own devices, in whatever browser, even when no page of ours is open.
//!
//! A push service takes a message for a device (RFC 8030), which only the device can read (RFC 8291), from whoever the
//! device has asked to be paged by (RFC 8292). What is said is in [`Notice`]; how, in [`encrypt`] and [`Vapid`].

mod encryption;
mod notice;
mod outcome;
mod subscription;
mod vapid;

pub use encryption::{DeviceKeys, Ephemeral, MAX_PLAINTEXT, encrypt};
pub use notice::{Needed, Notice, Tone, topic};
pub use outcome::{Outcome, PAGE_LIFE_MS, QUIET_LIFE_MS, retry_at};
pub use subscription::accept;
pub use vapid::{TOKEN_GOOD_MS, Vapid};
