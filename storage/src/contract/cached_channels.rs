//! Register of cached channels.

use super::world::{NOW, World, later};
use crate::Ended;
use campana_core::pusher::channel::ChannelName;

pub(super) async fn a_channel_keeps_an_event_until_the_furthest_time_it_was_said_to(world: World) {
    let (store, news) = (&world.store, ChannelName::trusted("cache-news"));
    assert_eq!(store.keeps_event(&world.tenant, &news, NOW).await, Ok(false));
    for seconds in [60, 90, 30] {
        store.keep_event(&world.tenant, &news, later(seconds)).await.expect("the write succeeds");
    }
    assert_eq!(store.keeps_event(&world.tenant, &news, later(89)).await, Ok(true));
    assert_eq!(store.keeps_event(&world.tenant, &news, later(90)).await, Ok(false));
    let other = ChannelName::trusted("cache-new");
    assert_eq!(store.keeps_event(&world.tenant, &other, NOW).await, Ok(false), "the whole name is compared");
}

pub(super) async fn another_tenants_channels_keep_nothing_here(world: World) {
    let (store, news) = (&world.store, ChannelName::trusted("cache-news"));
    store.keep_event(&world.stranger, &news, later(60)).await.expect("the write succeeds");
    assert_eq!(store.keeps_event(&world.tenant, &news, NOW).await, Ok(false));
    assert_eq!(store.keeps_event(&world.stranger, &news, NOW).await, Ok(true));
}

pub(super) async fn what_is_kept_no_longer_is_swept(world: World) {
    let store = &world.store;
    let [old, new] = ["cache-old", "cache-new"].map(ChannelName::trusted);
    store.keep_event(&world.tenant, &old, later(30)).await.expect("the write succeeds");
    store.keep_event(&world.tenant, &new, later(31)).await.expect("the write succeeds");
    store.purge(Ended::CachedChannels, later(30), 1_000).await.expect("the purge runs");
    assert_eq!(store.keeps_event(&world.tenant, &old, NOW).await, Ok(false));
    assert_eq!(store.keeps_event(&world.tenant, &new, NOW).await, Ok(true));
}
