//! Devices to which notifications are pushed.

use super::world::{NOW, World, later, user};
use crate::{Ended, NewReport, Notified, PushDevice};
use campana_core::accounts::audit::Act;
use campana_core::chat::flush::FlushBatch;
use campana_core::chat::notification_preferences::NotificationPreferences;
use campana_core::chat::notifications::{NotificationCandidate, OwnKind};
use campana_core::chat::policy::{Role, Visibility};
use campana_core::chat::preferences::{Notify, PreferencesChange};
use campana_core::chat::push::{MAX_PUSH_DEVICES, PUSH_DEVICE_KEPT_MS};
use campana_core::chat::wire::Person;
use campana_core::push::{PushKeys, PushSubscription};
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use serde_json::json;

fn device(number: u32, secret: &str) -> PushSubscription {
    let keys = PushKeys { p256dh: format!("key {number}"), auth: secret.to_owned() };
    PushSubscription { endpoint: format!("https://push.example/{number}"), keys }
}

async fn save(world: &World, id: &str, device: &PushSubscription, at: Timestamp) -> Option<PushDevice> {
    world.store.save_push_device(&world.tenant, &user(id), device, at).await.expect("the batch runs")
}

async fn endpoints(world: &World, tenant: &TenantId, id: &str, at: Timestamp) -> Vec<String> {
    let devices = world.store.push_devices(tenant, &user(id), at).await.expect("the list is read");
    devices.into_iter().map(|device| device.subscription.endpoint).collect()
}

pub(super) async fn a_device_belongs_to_one_person_who_knows_its_secret(world: World) {
    let first = save(&world, "ana", &device(1, "s"), NOW).await.expect("a new device");
    assert_eq!((first.created_at, first.expires_at), (NOW, NOW.plus_millis(PUSH_DEVICE_KEPT_MS)));
    let renewed = save(&world, "ana", &device(1, "t"), later(1)).await.expect("their own device");
    assert_eq!((renewed.created_at, renewed.subscription.keys.auth.as_str()), (NOW, "t"));
    assert_eq!(save(&world, "bo", &device(1, "s"), later(2)).await, None, "the secret of before");
    let taken = save(&world, "bo", &device(1, "t"), later(3)).await.expect("the same browser");
    assert_eq!(taken.created_at, later(3));
    assert!(endpoints(&world, &world.tenant, "ana", later(4)).await.is_empty());
    assert_eq!(endpoints(&world, &world.tenant, "bo", later(4)).await, ["https://push.example/1"]);
    assert!(endpoints(&world, &world.stranger, "bo", later(4)).await.is_empty());
    for (tenant, id) in [(&world.tenant, "ana"), (&world.stranger, "bo")] {
        let removed = world.store.remove_push_device(tenant, &user(id), "https://push.example/1").await;
        assert_eq!(removed, Ok(()));
    }
    assert_eq!(endpoints(&world, &world.tenant, "bo", later(4)).await.len(), 1, "it is another person's");
    let removed = world.store.remove_push_device(&world.tenant, &user("bo"), "https://push.example/1").await;
    assert_eq!(removed, Ok(()));
    assert!(endpoints(&world, &world.tenant, "bo", later(4)).await.is_empty());
}

pub(super) async fn a_person_has_few_devices_and_none_after_they_are_signed_out(world: World) {
    for number in 0..MAX_PUSH_DEVICES + 2 {
        save(&world, "ana", &device(number, "s"), later(number.into())).await;
    }
    save(&world, "bo", &device(99, "s"), NOW).await;
    let left = endpoints(&world, &world.tenant, "ana", later(60)).await;
    assert_eq!((left.len(), left[0].as_str()), (10, "https://push.example/11"), "the ones renewed last");
    assert!(!left.contains(&"https://push.example/1".to_owned()));
    let audit = world.audit(Act::UserSignedOut, "ana", later(60));
    world.store.revoke_user(&world.tenant, &user("ana"), &audit, later(60)).await.expect("the batch runs");
    assert!(endpoints(&world, &world.tenant, "ana", later(60)).await.is_empty());
    assert_eq!(endpoints(&world, &world.tenant, "bo", later(60)).await.len(), 1);
}

pub(super) async fn devices_expire_and_are_swept(world: World) {
    let long_ago = NOW.plus_millis(-2 * PUSH_DEVICE_KEPT_MS);
    save(&world, "ana", &device(1, "s"), long_ago).await;
    save(&world, "ana", &device(2, "s"), NOW).await;
    assert_eq!(endpoints(&world, &world.tenant, "ana", NOW).await, ["https://push.example/2"]);
    while world.store.purge(Ended::PushDevices, NOW, 1).await.expect("the purge runs") > 0 {}
    assert_eq!(endpoints(&world, &world.tenant, "ana", long_ago).await, ["https://push.example/2"]);
}

pub(super) async fn a_new_notification_tells_where_it_is_pushed(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    save(&world, "bo", &device(1, "s"), NOW).await;
    save(&world, "bo", &device(2, "s"), NOW.plus_millis(-2 * PUSH_DEVICE_KEPT_MS)).await;
    let hours = json!({"from": "22:00", "to": "07:00", "time_zone": "UTC"});
    let wanted = NotificationPreferences {
        kinds: serde_json::from_value(json!({"reply": {"push": false}})).expect("valid choices"),
        do_not_disturb: Some(serde_json::from_value(hours).expect("valid hours")),
    };
    let saved = world.store.save_notification_preferences(&world.tenant, &user("bo"), &wanted, NOW).await;
    saved.expect("the query runs");
    let mention_of = super::notifications::mention;
    let mention = async |seq: i64| -> Vec<Notified> {
        let mut batch: FlushBatch = world.batch(&group.id, &[seq]);
        let row = &mut batch.created[0];
        row.ordinal = seq;
        row.message.mentions = ["bo", "cy"].map(mention_of).into();
        let candidate = |id| NotificationCandidate {
            user_id: user(id),
            kind: OwnKind::Mention,
            message_id: row.message.id.clone(),
            seq,
            actor: Person { user_id: user("ana"), name: "Ana".to_owned() },
            at: row.message.created_at,
        };
        batch.notifications = ["bo", "cy"].map(candidate).into();
        let flushed = world.store.flush(&world.tenant, &group.id, &batch, NOW).await;
        flushed.expect("the flush succeeds").notifications.created
    };
    let created = mention(1).await;
    assert_eq!(created.iter().map(|one| one.user_id.as_str()).collect::<Vec<_>>(), ["bo", "cy"]);
    let wishes = &created[0].push;
    assert_eq!((wishes.kinds, &wishes.do_not_disturb), (wanted.kinds, &wanted.do_not_disturb));
    assert_eq!(wishes.devices, [device(1, "s")], "not the one that has expired");
    assert!(created[1].push.devices.is_empty(), "who has no device");
    let archive = PreferencesChange { archived: Some(true), ..PreferencesChange::default() };
    let bo = user("bo");
    world.store.set_preferences((&world.tenant, &group.id, &bo), archive, later(60)).await.expect("the query runs");
    assert!(mention(2).await[0].push.devices.is_empty(), "the conversation is archived");
}

pub(super) async fn a_report_is_not_pushed_to_who_muted_the_room_or_has_it_open(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let place = &room.conversation_id;
    for (number, id) in (1..).zip(["bo", "di", "ed"]) {
        world.record(&world.tenant, id, id).await;
        world.add(place, id, Role::Moderator).await;
        save(&world, id, &device(number, "s"), NOW).await;
    }
    world.add(place, "cy", Role::Member).await;
    world.say(place, &[1]).await;
    let (di, quiet) = (user("di"), PreferencesChange { notify: Some(Notify::None), ..PreferencesChange::default() });
    world.store.set_preferences((&world.tenant, place, &di), quiet, NOW).await.expect("the query runs");
    let source = format!("conversation:{place}");
    let renewed = world.store.renew_presence(&world.tenant, &[user("ed")], &source, NOW, later(60)).await;
    renewed.expect("the lease is renewed");
    let new = NewReport {
        id: world.report_id(1),
        message_id: world.message_id(1),
        conversation_id: place.clone(),
        sender_id: user("ana"),
        reported_by: user("cy"),
        reason: "spam".to_owned(),
        note: String::new(),
        now: later(1),
    };
    let added = world.store.add_report(&world.tenant, &new).await.expect("the statements run");
    let pushed: Vec<_> = added.notified.iter().map(|one| (one.user_id.as_str(), one.push.devices.len())).collect();
    assert_eq!(pushed, [("bo", 1), ("di", 0), ("ed", 0)], "all find it on their lists");
}
