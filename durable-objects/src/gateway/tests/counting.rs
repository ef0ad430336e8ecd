//! What a gateway counts as uses of features.

use super::scene::Scene;
use crate::testing::quota_registry;
use crate::tests::metering::{REGISTRY, REPORTED_MS, feature_uses};
use campana_core::pusher::link::Refusal;

#[test]
fn a_subscription_to_a_presence_channel_counts_once() {
    let scene = Scene::new();
    scene.world.add(REGISTRY, quota_registry);
    let (_presence, _private) = (scene.channel("presence-x"), scene.channel("private-x"));
    let refusing = scene.channel("presence-y");
    refusing.refuse(Some(Refusal::forbidden("not here")));
    let [ana, _bo] = scene.listening("presence-x", ["ana", "bo"]);
    ana.subscribe("presence-y", Some("ana"));
    scene.pass(0);
    assert_eq!(ana.events(), ["subscription_error presence-y"]);
    ana.unsubscribe("presence-x");
    scene.pass(0);
    ana.listen("presence-x", Some("ana"));
    scene.pass(2 * REPORTED_MS);
    let expected = [("presence_subscriptions".to_owned(), 3)];
    assert_eq!(feature_uses(&scene.world), expected);
    scene.world.hibernate(scene.gateway);
    ana.listen("private-x", Some("ana"));
    scene.pass(2 * REPORTED_MS);
    assert_eq!(feature_uses(&scene.world), expected, "a gateway that wakes subscribes nobody again");
}
