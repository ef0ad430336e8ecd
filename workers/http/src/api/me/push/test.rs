//! `POST /api/me/push/test`: pushes a test message to the caller's devices.

use super::push_key;
use crate::identity::Caller;
use crate::request::NoBody;
use crate::response::{Outcome, ok};
use campana_core::chat::push::PushMessage;
use serde::Serialize;

/// A test message is on its way.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct TestPush {
    /// Number of devices to which it is sent.
    devices: usize,
}

pub(crate) async fn handle(caller: Caller, _: NoBody) -> Outcome {
    push_key(&caller.app)?;
    let (tenant, user, now) = (caller.tenant(), caller.user_id(), caller.now());
    let devices: Vec<_> =
        caller.store().push_devices(tenant, user, now).await?.into_iter().map(|device| device.subscription).collect();
    let count = devices.len();
    if count > 0 {
        caller.app.objects().push(PushMessage::test(tenant, user, devices, now)).await?;
    }
    ok(&TestPush { devices: count })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("testNotificationDevices", Tag::Notifications, "Push a test message to the caller's devices")
        .about("Also in hours without pushes. A test that waits for a device is replaced by the next one.")
        .spares_socket()
        .answers::<TestPush>(200, "It is on its way.", serde_json::json!({"devices": 2}));
}
