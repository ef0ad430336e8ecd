//! Counts of creations within an hour.

use super::world::{NOW, World, later, user};
use crate::{CreationKind, Direct, Ended, NewDirect, Reservation, Reserved};
use campana_core::shared::timestamp::Timestamp;

const HOUR_S: i64 = 3_600;

async fn reserve(world: &World, who: &str, count: u32, per_hour: u32, now: Timestamp) -> Reserved {
    let (user, kind) = (user(who), CreationKind::AddedPerson);
    let reserved = world.store.reserve_creations((&world.tenant, &user), kind, (count, per_hour), now).await;
    reserved.expect("the statement runs")
}

async fn counted(world: &World, who: &str, count: u32, per_hour: u32, now: Timestamp) -> Reservation {
    match reserve(world, who, count, per_hour, now).await {
        Reserved::Counted(reservation) => reservation,
        Reserved::Exceeded { .. } => panic!("{count} of {per_hour} are refused"),
    }
}

pub(super) async fn no_more_than_the_limit_counts_within_an_hour(world: World) {
    for minute in 0..5 {
        counted(&world, "ana", 2, 10, later(minute * 60)).await;
    }
    let Reserved::Exceeded { retry_after_ms } = reserve(&world, "ana", 1, 10, later(300)).await else {
        panic!("an eleventh counts");
    };
    let free_at = later(300).plus_millis(i64::try_from(retry_after_ms).expect("a time"));
    assert!(free_at <= later(HOUR_S + 60), "the first two count no longer after an hour and a minute at most");
    assert!(matches!(reserve(&world, "ana", 1, 10, later(HOUR_S - 60)).await, Reserved::Exceeded { .. }));
    counted(&world, "ana", 2, 10, free_at).await;
    assert!(matches!(reserve(&world, "ana", 1, 10, free_at).await, Reserved::Exceeded { .. }));
    counted(&world, "bo", 10, 10, later(300)).await;
    let (kind, ana) = (CreationKind::Conversation, user("ana"));
    let other_kind = world.store.reserve_creations((&world.tenant, &ana), kind, (10, 10), later(300)).await;
    assert!(matches!(other_kind, Ok(Reserved::Counted(_))));
    let other_tenant =
        world.store.reserve_creations((&world.stranger, &ana), CreationKind::AddedPerson, (10, 10), later(300)).await;
    assert!(matches!(other_tenant, Ok(Reserved::Counted(_))));
}

pub(super) async fn what_is_given_back_counts_no_longer(world: World) {
    let first = counted(&world, "ana", 7, 10, NOW).await;
    counted(&world, "ana", 3, 10, NOW).await;
    assert!(matches!(reserve(&world, "ana", 1, 10, NOW).await, Reserved::Exceeded { .. }));
    world.store.give_back_creations(&world.tenant, &user("ana"), &first).await.expect("it is given back");
    counted(&world, "ana", 7, 10, NOW).await;
    assert!(matches!(reserve(&world, "ana", 1, 10, NOW).await, Reserved::Exceeded { .. }));
}

pub(super) async fn a_direct_conversation_counts_only_when_it_is_created(world: World) {
    let (ana, bo, cy, nobody) = (user("ana"), user("bo"), user("cy"), user("nobody"));
    let made = async |number: u32, other, per_hour| {
        let id = world.conversation_id(number);
        let new = NewDirect { id: &id, tenant: &world.tenant, me: &ana, other, per_hour: Some(per_hour), now: NOW };
        world.store.first_or_create_dm(&new).await
    };
    assert!(matches!(made(1, &nobody, 1).await, Err(crate::StorageError::Constraint)));
    assert!(matches!(made(1, &bo, 1).await, Ok(Direct::Created(_))), "the unknown did not count");
    for _ in 0..3 {
        assert!(matches!(made(2, &bo, 1).await, Ok(Direct::Found(_))));
    }
    assert!(matches!(made(3, &cy, 1).await, Ok(Direct::Exceeded { .. })));
    assert!(matches!(made(3, &cy, 2).await, Ok(Direct::Created(_))));
}

pub(super) async fn counts_are_swept_when_they_no_longer_matter(world: World) {
    // Other cases may share the database.
    let early = |seconds: i64| later(-100 * HOUR_S).plus_millis(seconds * 1_000);
    for minute in 0..3 {
        counted(&world, "ana", 1, 10, early(minute * 60)).await;
    }
    assert_eq!(world.store.purge(Ended::Creations, early(60), 1).await, Ok(1));
    assert_eq!(world.store.purge(Ended::Creations, early(60), 9).await, Ok(1));
    assert_eq!(world.store.purge(Ended::Creations, early(60), 9).await, Ok(0));
    assert!(matches!(reserve(&world, "ana", 10, 10, early(120)).await, Reserved::Exceeded { .. }));
}
