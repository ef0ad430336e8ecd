//! Webhooks: `channels` for Pusher channels, `alerts` for panic alerts.

pub mod alerts;
pub mod channels;
