//! Requests from an object that owns channels to gateways.

use super::Hosts;
use campana_core::pusher::link::{Delivered, GatewayName};
use campana_core::pusher::roster::Roster;
use campana_core::shared::ids::TenantId;
use campana_runtime::Context;
use campana_runtime::objects::CallError;
use campana_runtime::ports::Address;
use campana_runtime::retry::with_pauses;
use futures_util::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;

/// Time-out of a request, except for deliveries, milliseconds.
pub(super) const TIMEOUT_MS: u32 = 10_000;
/// Back-off between attempts at a gateway, milliseconds.
const PAUSES_MS: [u32; 2] = [50, 250];

/// Sends a request to all gateways with listeners. Returns those that did not answer.
pub(super) async fn at_known_gateways<O: Hosts>(host: &Rc<O>, path: &str, body: &impl Serialize) -> Vec<GatewayName> {
    let subscriptions = host.subscriptions();
    let Some(settings) = subscriptions.settings() else { return Vec::new() };
    let gateways: Vec<GatewayName> = subscriptions.with(Roster::gateways).into_iter().collect();
    at_gateways(&subscriptions.context, &settings.tenant, &gateways, (path, body)).await
}

/// Sends a request to gateways, with retries. Returns those that did not answer.
pub(crate) async fn at_gateways(
    context: &Context,
    tenant: &TenantId,
    gateways: &[GatewayName],
    request: (&str, &impl Serialize),
) -> Vec<GatewayName> {
    let requests = gateways.iter().map(|gateway| async move {
        let outcome = with_pauses(context, &PAUSES_MS, async || {
            let answer = post::<Delivered>(context, tenant, gateway, request, TIMEOUT_MS).await;
            answer.inspect_err(|error| tracing::warn!(at = "subscriptions.ask", detail = %error))
        });
        outcome.await.is_err().then(|| gateway.clone())
    });
    join_all(requests).await.into_iter().flatten().collect()
}

/// Posts a request to a path of a gateway.
pub(super) async fn post<T: DeserializeOwned>(
    context: &Context,
    tenant: &TenantId,
    gateway: &GatewayName,
    (path, body): (&str, &impl Serialize),
    timeout_ms: u32,
) -> Result<T, CallError> {
    let to = Address { namespace: "GATEWAY", name: gateway.object_name(tenant) };
    context.ask(&to, path, body, timeout_ms).await
}
