//! `GET`, `PUT` and `DELETE /api/me/alert-pins`: the PIN that cancels the caller's alerts, and the duress PIN, which
//! only pretends to. A change requires the current PIN, if one is set. Only the desk stores PINs.

use crate::identity::Caller;
use crate::request::{Body, OptionalBody};
use crate::response::{Outcome, Refusal, done, ok, unexpected};
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::pin::NewPins;
use campana_core::shared::problem::Problem;
use serde::{Deserialize, Serialize};

/// Longest accepted value of a PIN field, right or wrong, bytes.
const MAX_PIN_BYTES: usize = 64;

/// PINs to set.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertPins"))]
#[serde(deny_unknown_fields)]
pub(crate) struct PinsBody {
    /// PIN that cancels an alert.
    #[serde(rename = "cancel_pin")]
    cancel: String,
    /// PIN that pretends to cancel an alert, and reports duress to the guards.
    #[serde(default, rename = "duress_pin")]
    duress: Option<String>,
    /// The current cancel PIN; required if one is set.
    #[serde(default, rename = "current_pin")]
    current: Option<String>,
}

/// Whether the caller has PINs. The PINs themselves are never returned.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertPinsState"))]
pub(super) struct PinsState {
    are_set: bool,
}

/// The PIN that is removed.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "CurrentPin"))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NoPinsBody {
    current_pin: Option<String>,
}

/// A PIN from the request. 422 for `field` if it is too long.
pub(super) fn given(field: &str, pin: Option<String>) -> Result<Option<String>, Problem> {
    match pin {
        Some(pin) if pin.len() > MAX_PIN_BYTES => Err(Problem::field(field, "is too long to be a PIN")),
        pin => Ok(pin),
    }
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    match caller.ask_desk(DeskCommand::HasPins).await {
        Ok(DeskReply::Pins { are_set }) => ok(&PinsState { are_set }),
        Ok(_) => Err(unexpected()),
        Err(refusal) => Err(Refusal(refusal.problem)),
    }
}

pub(crate) async fn set(caller: Caller, Body(body): Body<PinsBody>) -> Outcome {
    let pins = NewPins { cancel_pin: body.cancel, duress_pin: body.duress };
    pins.check()?;
    let current = given("current_pin", body.current)?;
    let answer = caller.ask_desk(DeskCommand::SetPins { pins: Some(pins), current }).await;
    answer.map_err(|refusal| Refusal(refusal.problem))?;
    ok(&PinsState { are_set: true })
}

pub(crate) async fn remove(caller: Caller, OptionalBody(body): OptionalBody<NoPinsBody>) -> Outcome {
    let current = given("current_pin", body.current_pin)?;
    let answer = caller.ask_desk(DeskCommand::SetPins { pins: None, current }).await;
    answer.map_err(|refusal| Refusal(refusal.problem))?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation.named("getAlertPins", Tag::Alerts, "Get whether the caller has PINs").answers::<PinsState>(
        200,
        "Whether PINs are set. The PINs themselves are never returned.",
        json!({"are_set": true}),
    );
}

#[cfg(feature = "schema")]
pub(crate) fn describe_set(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("setAlertPins", Tag::Alerts, "Set the PINs that cancel the caller's alerts")
        .about("A change needs the current PIN. After too many wrong ones every PIN is refused for a while (429).")
        .sends(json!({"cancel_pin": "1234", "duress_pin": "4321"}))
        .answers::<PinsState>(200, "The PINs are set.", json!({"are_set": true}));
}

#[cfg(feature = "schema")]
pub(crate) fn describe_remove(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("removeAlertPins", Tag::Alerts, "Remove the caller's PINs")
        .about("Needs the current PIN. After too many wrong ones every PIN is refused for a while (429).")
        .sends(json!({"current_pin": "1234"}))
        .done("The caller has no PINs.");
}
