//! Finds listeners of a public channel that gateways did not have to report: see [`campana_core::pusher::reporting`].

use super::{Hosts, SubscriptionRegistry, delivery, resync};
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::link::{GatewayName, Target};
use std::rc::Rc;

/// Largest number of resync rounds. Another round is needed if a gateway's calls overtook its answer.
const ROUNDS: usize = 3;

/// Those of the app's gateways that may have unreported listeners.
pub(super) fn unknown(
    subscriptions: &SubscriptionRegistry,
    settings: &AppConfig,
    target: &Target,
    gateways: &[GatewayName],
) -> Vec<GatewayName> {
    if !target.is_public_channel() {
        return Vec::new();
    }
    subscriptions.introduce(settings, target);
    for gateway in gateways {
        resync::suspect_unknown(subscriptions, gateway);
    }
    still_unknown(subscriptions, gateways)
}

fn still_unknown(subscriptions: &SubscriptionRegistry, gateways: &[GatewayName]) -> Vec<GatewayName> {
    let stale = subscriptions.roster.borrow().stale();
    gateways.iter().filter(|gateway| stale.contains(gateway)).cloned().collect()
}

/// Asks gateways for their listeners. Frames queued for those that do not answer are dropped, and their listeners
/// reconnect later. Returns these gateways.
pub(super) async fn find<O: Hosts>(host: &Rc<O>, gateways: &[GatewayName]) -> Vec<GatewayName> {
    let subscriptions = host.subscriptions();
    let mut unknown = gateways.to_vec();
    for _ in 0..ROUNDS {
        if unknown.is_empty() {
            break;
        }
        resync::resync_stale(host).await;
        unknown = still_unknown(subscriptions, gateways);
        let leases = subscriptions.leases.borrow();
        if unknown.iter().all(|gateway| leases.is_silent(gateway, host.context().now())) {
            break;
        }
    }
    for gateway in gateways {
        delivery::release(host, gateway);
    }
    unknown
}

/// Runs [`find`] in the background.
pub(super) fn find_soon<O: Hosts>(host: &Rc<O>, gateways: Vec<GatewayName>) {
    if gateways.is_empty() {
        return;
    }
    host.spawn(async move |host| {
        find(&host, &gateways).await;
    });
}
