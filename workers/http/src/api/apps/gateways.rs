//! Gateways of an app, for objects that have to ask them for subscribers.

use crate::App;
use campana_core::pusher::link::{GatewayName, Target};
use campana_core::pusher::reporting::GATEWAYS_FRESH_MS;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use std::sync::Arc;

/// Delay before the one retry of the D1 query, milliseconds.
const PAUSE_MS: u32 = 200;

/// Gateways that a channel's object has to ask. Empty for objects that gateways notify of every subscriber. 503 if D1
/// does not answer: an outdated list may lack a gateway, whose subscribers would silently miss events.
pub(super) async fn gateways_behind(
    app: &App,
    tenant: &TenantId,
    target: &Target,
) -> Result<Vec<GatewayName>, Problem> {
    if !target.is_public_channel() {
        return Ok(Vec::new());
    }
    // The entry's age starts before the query: a gateway may be added while it runs.
    let asked_at = app.now();
    let known = &app.caches().gateways;
    if let Some(gateways) = known.fresh(tenant, asked_at, GATEWAYS_FRESH_MS) {
        return Ok(gateways.to_vec());
    }
    let mut asked = app.store().gateways(tenant).await;
    if asked.is_err() {
        app.clock().sleep(PAUSE_MS).await;
        asked = app.store().gateways(tenant).await;
    }
    let gateways = asked?;
    known.keep(tenant.clone(), Arc::new(gateways.clone()), asked_at);
    Ok(gateways)
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use campana_core::pusher::channel::ChannelName;
    use campana_core::pusher::link::{GatewayName, Target};
    use campana_core::shared::ids::TenantId;
    use campana_storage::Fault;
    use pollster::block_on;
    use serde_json::json;

    const EVENTS: &str = "/apps/demo/events";

    #[test]
    fn only_public_channels_get_the_gateways() {
        let world = World::new();
        let tenant = TenantId::trusted("demo");
        let record = |number| {
            let gateway = GatewayName::new("eu", number);
            block_on(world.app.store().record_gateway(&tenant, &gateway, world.app.now()))
                .expect("the gateway is recorded");
            gateway
        };
        let first = record(0);
        let listed = || {
            let body = json!({"name": "e", "data": "x", "channels": ["news", "private-news", "presence-news", "private-user.7"]});
            world.backend_posts(EVENTS, body).status(200);
            let published = world.channels.published().split_off(world.channels.published().len() - 4);
            let with: Vec<_> = published.into_iter().filter(|one| !one.gateways.is_empty()).collect();
            assert_eq!(with.len(), 1);
            assert_eq!(with[0].target, Target::Channel(ChannelName::trusted("news")));
            with[0].gateways.clone()
        };
        assert_eq!(listed(), std::slice::from_ref(&first));
        let second = record(1);
        world.clock.pass(1_999);
        assert_eq!(listed(), std::slice::from_ref(&first), "the list's TTL is two seconds");
        world.clock.pass(1);
        assert_eq!(listed(), [first.clone(), second.clone()]);
        for (channel, expected) in [("news", vec![first, second]), ("presence-news", Vec::new())] {
            world.backend_gets(&format!("/apps/demo/channels/{channel}")).status(200);
            assert_eq!(world.channels.asked().last().expect("a request was recorded").gateways, expected, "{channel}");
        }
    }

    #[test]
    fn an_outdated_gateway_list_is_a_503_for_public_channels() {
        let world = World::new();
        let publish = |channel: &str| {
            world.backend_posts(EVENTS, json!({"name": "e", "channels": [channel], "data": "x"})).send().status.as_u16()
        };
        let fail = |times| {
            for _ in 0..times {
                world.database.fail_at(campana_schema::gateways::LIST, Fault::BeforePersisting);
            }
        };
        assert_eq!(publish("news"), 200);
        world.clock.pass(2_000);
        fail(1);
        assert_eq!(publish("news"), 200, "the query is retried once");
        world.clock.pass(2_000);
        fail(2);
        assert_eq!(publish("news"), 503);
        fail(2);
        assert_eq!(publish("private-news"), 200, "private channels need no gateway list");
    }
}
