//! Webhooks: `channels` are those of Pusher channels, `alerts` those of panic alerts.

pub mod alerts;
pub mod channels;
