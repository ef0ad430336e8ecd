//! Web Push for alerts: pages to guards' devices. [`Notice`] has the text, [`crate::push`] the rest.

mod notice;

pub use crate::push::{
    DeviceKeys, Ephemeral, MAX_PLAINTEXT, Outcome, PAGE_LIFE_MS, QUIET_LIFE_MS, TOKEN_GOOD_MS, Vapid, accept, encrypt,
    retry_at,
};
pub use notice::{Needed, Notice, Tone, topic};
