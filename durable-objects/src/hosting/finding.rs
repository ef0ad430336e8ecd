//! Finding the listeners of a public channel, of whom gateways need not have reported any: see
//! [`campana_core::pusher::reporting`].

use super::{Hosts, SubscriptionRegistry, counting, lanes};
use crate::platform;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{GatewayName, Target};
use std::rc::Rc;

/// How often gateways are asked whose answers were overtaken by what they told meanwhile.
const ROUNDS: usize = 3;

/// Before anything is published or told: asks those of the app's gateways that may have listeners who were not reported.
/// Afterwards nothing is awaited until it is published. The gateways that did not answer.
pub(super) async fn find_listeners<O: Hosts>(
    host: &Rc<O>,
    settings: &AppConfig,
    target: &Target,
    gateways: &[GatewayName],
) -> Vec<GatewayName> {
    let hosting = host.hosting();
    if !target.is_public_channel() {
        return Vec::new();
    }
    hosting.introduce(settings, target);
    for gateway in gateways {
        suspect_unknown(hosting, gateway);
    }
    let mut unknown = Vec::new();
    for _ in 0..ROUNDS {
        counting::count_stale(host).await;
        let stale = hosting.roster.borrow().stale();
        unknown = gateways.iter().filter(|gateway| stale.contains(gateway)).cloned().collect();
        let leases = hosting.leases.borrow();
        if unknown.iter().all(|gateway| leases.is_silent(gateway, platform::now())) {
            break;
        }
    }
    unknown
}

/// A gateway with listeners who may not have been reported is counted before anything of it is believed.
pub(super) fn suspect_unknown(hosting: &SubscriptionRegistry, gateway: &GatewayName) {
    let is_public = hosting.known.borrow().as_ref().is_some_and(|(_, target)| target.is_public_channel());
    let mut roster = hosting.roster.borrow_mut();
    if is_public && !hosting.leases.borrow().knows(gateway, &roster, platform::now()) {
        roster.suspect(gateway);
    }
}

/// Whoever listens at gateways that did not answer is told to look for themselves, as soon as these do.
pub(super) fn miss<O: Hosts>(host: &Rc<O>, silent: &[GatewayName], channel: &ChannelName) {
    for gateway in silent {
        lanes::miss(host, gateway, channel);
    }
}
