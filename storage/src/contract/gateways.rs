//! Gateways, and the objects that channels belong to.

use super::world::{NOW, World, user};
use crate::{NewPlaces, Store};
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{GatewayName, Target};
use campana_core::shared::ids::{ConversationId, RoomId};

pub(super) async fn a_gateway_is_recorded_once(world: World) {
    let [one, other] = [1, 2].map(|number| GatewayName::new("EU", number));
    for gateway in [&one, &other, &one] {
        world.store.record_gateway(&world.tenant, gateway, NOW).await.expect("the write succeeds");
    }
    assert_eq!(world.store.gateways(&world.tenant).await, Ok(vec![one, other]));
    assert_eq!(world.store.gateways(&world.stranger).await, Ok(Vec::new()));
}

async fn app_config(world: &World) -> AppConfig {
    world.store.app_by_tenant(&world.tenant).await.expect("the query runs").expect("the row exists").app_config()
}

fn new_places(world: &World, name: &str) -> NewPlaces {
    let id = format!("{} {name}", world.tenant);
    NewPlaces { room: RoomId::trusted(id.clone()), conversation: ConversationId::trusted(id), now: NOW }
}

async fn target_of(
    store: &Store,
    app_config: &AppConfig,
    channel: &str,
    who: Option<&str>,
    new: impl Into<Option<&NewPlaces>>,
) -> Target {
    let who = who.map(user);
    store.target_of(app_config, &ChannelName::trusted(channel), who.as_ref(), new.into()).await.expect("the query runs")
}

pub(super) async fn two_peoples_channel_belongs_to_their_conversation(world: World) {
    let (app_config, new) = (app_config(&world).await, new_places(&world, "dm"));
    let store = &world.store;
    let alone = Target::Channel(ChannelName::trusted("private-chat.ana.bo"));
    assert_eq!(
        target_of(store, &app_config, "private-chat.ana.bo", None, None).await,
        alone,
        "a look-up creates nothing"
    );
    let first = target_of(store, &app_config, "private-chat.ana.bo", None, &new).await;
    assert_eq!(first, Target::Conversation(new.conversation.clone()));
    let again = new_places(&world, "again");
    for (channel, who) in [("private-chat.ana.bo", Some("bo")), ("private-chat.bo.ana", None)] {
        assert_eq!(target_of(store, &app_config, channel, who, &again).await, first, "{channel}");
        assert_eq!(target_of(store, &app_config, channel, who, None).await, first, "{channel}, looked up");
    }
    let unknown = "private-chat.ana.nobody";
    let alone = Target::Channel(ChannelName::trusted(unknown));
    assert_eq!(target_of(store, &app_config, unknown, Some("ana"), &again).await, alone);
}

pub(super) async fn chat_belongs_to_the_general_room_unless_the_app_keeps_it_apart(world: World) {
    let (mut app_config, new) = (app_config(&world).await, new_places(&world, "general"));
    let store = &world.store;
    for channel in ["chat", "presence-chat"] {
        let alone = Target::Channel(ChannelName::trusted(channel));
        assert_eq!(target_of(store, &app_config, channel, None, None).await, alone, "a look-up creates nothing");
    }
    for channel in ["chat", "presence-chat"] {
        let general = Target::Conversation(new.conversation.clone());
        assert_eq!(target_of(store, &app_config, channel, None, &new).await, general, "{channel}");
        assert_eq!(target_of(store, &app_config, channel, None, None).await, general, "{channel}, looked up");
    }
    app_config.pusher.public_chat = false;
    let alone = Target::Channel(ChannelName::trusted("chat"));
    assert_eq!(target_of(store, &app_config, "chat", None, &new).await, alone);
}

pub(super) async fn channels_without_a_place_belong_to_themselves(world: World) {
    let (app_config, new) = (app_config(&world).await, new_places(&world, "none"));
    let store = &world.store;
    assert_eq!(target_of(store, &app_config, "private-user.ana", None, &new).await, Target::Person(user("ana")));
    let id = "0190a7c0-0000-7000-8000-000000000001";
    let unknown = format!("private-conversation.{id}");
    for channel in ["private-panic-alerts", "private-security-dashboard"] {
        assert_eq!(target_of(store, &app_config, channel, None, &new).await, Target::AlertDesk, "{channel}");
    }
    for channel in [&*unknown, "private-orders.1", "presence-room.0190a7c0-0000-7000-8000-000000000001"] {
        let alone = Target::Channel(ChannelName::trusted(channel));
        assert_eq!(target_of(store, &app_config, channel, None, &new).await, alone, "{channel}");
    }
}
