//! Finding the listeners of a public channel, of whom gateways need not have reported any: see
//! [`campana_core::pusher::reporting`].

use super::{Hosts, SubscriptionRegistry, delivery, resync};
use crate::platform;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::link::{GatewayName, Target};
use std::rc::Rc;

/// How often gateways are asked whose answers were overtaken by what they told meanwhile.
const ROUNDS: usize = 3;

/// Before anything is told of a channel's listeners: asks those of the app's gateways that may have some who were not
/// reported. The gateways that did not answer.
pub(super) async fn find_listeners<O: Hosts>(
    host: &Rc<O>,
    settings: &AppConfig,
    target: &Target,
    gateways: &[GatewayName],
) -> Vec<GatewayName> {
    let unknown = unknown(host.subscriptions(), settings, target, gateways);
    find(host, &unknown).await
}

/// Those of the app's gateways that may have listeners who were not reported.
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
        suspect_unknown(subscriptions, gateway);
    }
    still_unknown(subscriptions, gateways)
}

fn still_unknown(subscriptions: &SubscriptionRegistry, gateways: &[GatewayName]) -> Vec<GatewayName> {
    let stale = subscriptions.roster.borrow().stale();
    gateways.iter().filter(|gateway| stale.contains(gateway)).cloned().collect()
}

/// Asks gateways who listens there. What waits for those that do not answer is given up: their listeners are told that they
/// missed something. Returns these gateways.
pub(super) async fn find<O: Hosts>(host: &Rc<O>, gateways: &[GatewayName]) -> Vec<GatewayName> {
    let subscriptions = host.subscriptions();
    let mut unknown = gateways.to_vec();
    for _ in 0..ROUNDS {
        if unknown.is_empty() {
            break;
        }
        resync::count_stale(host).await;
        unknown = still_unknown(subscriptions, gateways);
        let leases = subscriptions.leases.borrow();
        if unknown.iter().all(|gateway| leases.is_silent(gateway, platform::now())) {
            break;
        }
    }
    for gateway in gateways {
        delivery::release(host, gateway);
    }
    unknown
}

/// The same in the background.
pub(super) fn find_soon<O: Hosts>(host: &Rc<O>, gateways: Vec<GatewayName>) {
    if gateways.is_empty() {
        return;
    }
    let finder = Rc::clone(host);
    host.platform().0.wait_until(async move {
        find(&finder, &gateways).await;
    });
}

/// A gateway with listeners who may not have been reported is counted before anything of it is believed.
pub(super) fn suspect_unknown(subscriptions: &SubscriptionRegistry, gateway: &GatewayName) {
    let is_public = subscriptions.known.borrow().as_ref().is_some_and(|(_, target)| target.is_public_channel());
    let mut roster = subscriptions.roster.borrow_mut();
    if is_public && !subscriptions.leases.borrow().knows(gateway, &roster, platform::now()) {
        roster.suspect(gateway);
    }
}
