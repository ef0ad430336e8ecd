//! Reported subscriptions, and gateways that an object asks.

use super::*;
use crate::accounts::app_config::AppConfig;
use crate::pusher::channel::ChannelName;
use crate::pusher::link::{Counted, ListenerCounts};
use crate::pusher::settings::PusherSettings;
use crate::pusher::webhook_event::WebhookEvent;

fn app_config(webhooks: &[WebhookEvent], subscription_counts: bool) -> AppConfig {
    AppConfig {
        tenant: crate::shared::ids::TenantId::trusted("demo"),
        limits: crate::shared::limits::Limits::default(),
        pusher: PusherSettings { subscription_counts, ..PusherSettings::default() },
        webhooks: webhooks.to_vec(),
    }
}

#[test]
fn only_the_object_of_a_public_channel_may_have_unreported_listeners() {
    let channel = |name: &str| Target::Channel(ChannelName::trusted(name));
    assert!(channel("news").is_public_channel() && channel("cache-news").is_public_channel());
    for name in ["private-news", "presence-news", "private-encrypted-news", "#watch-7"] {
        assert!(!channel(name).is_public_channel(), "{name}");
    }
    assert!(!Target::Person(crate::shared::ids::UserId::trusted("7")).is_public_channel());
    assert!(!Target::AlertDesk.is_public_channel());
}

#[test]
fn only_counts_of_subscriptions_need_a_report_of_each() {
    let wants = |webhooks: &[WebhookEvent], counts| {
        let app_config = app_config(webhooks, counts);
        (app_config.wants_reports(), app_config.wants_occupancy())
    };
    assert_eq!(wants(&[], false), (false, false));
    assert_eq!(wants(&[], true), (true, false));
    assert_eq!(wants(&[WebhookEvent::SubscriptionCount], false), (true, false));
    for event in [WebhookEvent::ChannelOccupied, WebhookEvent::ChannelVacated] {
        assert_eq!(wants(&[event], false), (false, true), "gateways report {event:?} by themselves");
    }
    for event in
        [WebhookEvent::CacheMiss, WebhookEvent::MemberAdded, WebhookEvent::MemberRemoved, WebhookEvent::ClientEvent]
    {
        assert_eq!(wants(&[event], false), (false, false), "{event:?}");
    }
}

#[test]
fn a_gateway_is_asked_unless_it_reports() {
    let (gateway, now) = (GatewayName::new("eu", 0), Timestamp::from_millis(1_000_000));
    let (mut leases, mut roster) = (Leases::default(), Roster::default());
    let later = |millis| now.plus_millis(millis);
    assert!(!leases.knows(&gateway, &roster, now));
    leases.note(&gateway, now, false);
    assert!(!leases.knows(&gateway, &roster, now), "it does not report");
    leases.note(&gateway, now, true);
    assert!(leases.knows(&gateway, &roster, later(29_999)));
    assert!(!leases.knows(&gateway, &roster, later(30_000)));
    assert!(!leases.knows(&gateway, &roster, later(-1)), "the clock was set back: the lease is invalid");
    let counts: ListenerCounts =
        vec![Counted { channel: ChannelName::trusted("news"), sockets: 1, people: Vec::new() }];
    roster.resync(&gateway, counts);
    assert!(leases.knows(&gateway, &roster, later(600_000)), "it has reported listeners and reports the rest");
    roster.resync(&gateway, Vec::new());
    assert!(!leases.knows(&gateway, &roster, later(600_000)));
}

#[test]
fn a_gateway_that_did_not_answer_is_not_asked_for_5_s() {
    let (gateway, now) = (GatewayName::new("eu", 0), Timestamp::from_millis(1_000_000));
    let mut leases = Leases::default();
    leases.failed(&gateway, now);
    assert!(leases.is_silent(&gateway, now.plus_millis(4_999)));
    assert!(!leases.is_silent(&gateway, now.plus_millis(5_000)));
    leases.failed(&gateway, now);
    leases.note(&gateway, now, true);
    assert!(!leases.is_silent(&gateway, now));
}
