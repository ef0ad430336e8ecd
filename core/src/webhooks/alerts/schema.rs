//! Schema-only types of the requests of alert webhooks, whose bodies the code builds without a type.
//!
//! Nothing constructs them. The tests of `campana-http` check real requests against them.

use crate::alerts::Entry;
use crate::alerts::wire::schema::PanicAlert;
use crate::shared::timestamp::Timestamp;
use schemars::JsonSchema;

/// Body of a request: one timeline entry of an alert.
#[derive(JsonSchema)]
pub struct AlertWebhookEvent {
    /// Event type: `alert.` and the entry's `what`.
    pub r#type: String,
    /// Time of the entry.
    pub timestamp: Timestamp,
    /// The alert and the entry.
    pub data: AlertWebhookData,
}

/// An alert, and what happened to it.
#[derive(JsonSchema)]
pub struct AlertWebhookData {
    /// The alert at that time, as guards see it.
    pub alert: PanicAlert,
    /// The timeline entry.
    pub entry: Entry,
}
