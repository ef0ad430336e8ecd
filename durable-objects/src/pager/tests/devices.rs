//! The end of devices: of former guards, and of users who were signed out.

use crate::pager;
use crate::tests::desk::principal;
use campana_core::alerts::notification::Forget;
use campana_core::alerts::pager::{PagerAnswer, PagerCommand, PagerReply, PagerRequest, PushKeys, PushSubscription};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::testing::{World, instance};

const PAGER: &str = "PAGER:demo";

struct Scene(World);

impl Scene {
    fn new() -> Self {
        let world = World::new(1);
        world.add(PAGER, instance::<pager::Object>);
        Self(world)
    }

    fn ask(&self, user: &str, command: PagerCommand) -> PagerAnswer {
        let request = PagerRequest { principal: principal(user), push_days: 30, request_id: None, command };
        let answer = self.0.call(PAGER, "command", serde_json::to_vec(&request).expect("JSON"));
        self.0.run_for(100);
        let answer = answer.borrow().clone().expect("an answer").expect("the pager answers");
        serde_json::from_slice(&answer.body).expect("a reply")
    }

    fn subscribe(&self, user: &str, device: &str) {
        let keys = PushKeys { p256dh: "BA".to_owned(), auth: format!("secret of {device}") };
        let subscription = PushSubscription { endpoint: format!("https://push.example/{device}"), keys };
        let command = PagerCommand::Subscribe { subscription, group: "guards".to_owned() };
        assert!(matches!(self.ask(user, command), Ok(PagerReply::Device { .. })));
    }

    fn devices(&self, user: &str) -> Vec<String> {
        let Ok(PagerReply::Devices { devices }) = self.ask(user, PagerCommand::Devices) else { return Vec::new() };
        devices.iter().map(|device| device.endpoint.trim_start_matches("https://push.example/").to_owned()).collect()
    }

    fn forget(&self, user: &str, before: Option<Timestamp>) {
        let forget = Forget { tenant: TenantId::trusted("demo"), user: UserId::trusted(user), before };
        let answer = self.0.call(PAGER, "forget", serde_json::to_vec(&forget).expect("JSON"));
        self.0.run_for(100);
        assert_eq!(answer.borrow().as_ref().map(|answer| answer.as_ref().map(|it| it.status)), Some(Ok(204)));
    }
}

#[test]
fn signing_out_ends_the_devices_that_were_subscribed_until_then_also_if_it_arrives_again() {
    let scene = Scene::new();
    scene.subscribe("7", "phone");
    scene.subscribe("8", "other");
    let signed_out_at = scene.0.now();
    scene.0.run_for(1_000);
    scene.subscribe("7", "new-phone");
    for _ in 0..2 {
        scene.forget("7", Some(signed_out_at));
        assert_eq!((scene.devices("7"), scene.devices("8")), (vec!["new-phone".to_owned()], vec!["other".to_owned()]));
    }
    scene.forget("7", None);
    assert_eq!(scene.devices("7"), Vec::<String>::new());
}

#[test]
fn signing_out_stores_nothing_where_nobody_has_a_device() {
    let scene = Scene::new();
    scene.forget("7", Some(scene.0.now()));
    assert_eq!(scene.devices("7"), Vec::<String>::new());
}
