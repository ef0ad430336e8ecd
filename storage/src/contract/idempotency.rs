//! Idempotency keys.

use super::world::{NOW, World, later, user};
use crate::{Begun, Ended};
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;

/// The result of the first claim of a key.
const FRESH: Begun = Begun::New { since: NOW };

async fn begin(world: &World, tenant: &TenantId, id: &str, hash: &str, now: Timestamp) -> Begun {
    world.store.begin_idempotent(tenant, &user(id), "key", hash, now).await.expect("the query runs")
}

pub(super) async fn a_repeat_gets_the_first_result(world: World) {
    let tenant = &world.tenant;
    assert_eq!(begin(&world, tenant, "ana", "h", NOW).await, FRESH);
    assert_eq!(begin(&world, tenant, "ana", "h", later(1)).await, Begun::Running);
    assert_eq!(begin(&world, tenant, "ana", "other", later(1)).await, Begun::Other);
    for (status, response) in [(201, "{\"first\":\"ñ'\"}"), (500, "second")] {
        let finished = world.store.finish_idempotent(tenant, &user("ana"), "key", status, response).await;
        finished.expect("finish runs");
    }
    let first = Begun::Done { status: 201, response: "{\"first\":\"ñ'\"}".to_owned() };
    assert_eq!(begin(&world, tenant, "ana", "h", later(2)).await, first);
    assert_eq!(begin(&world, tenant, "ana", "other", later(2)).await, Begun::Other);
    world.store.abandon_idempotent(tenant, &user("ana"), "key").await.expect("the query runs");
    assert_eq!(begin(&world, tenant, "ana", "h", later(300)).await, first, "a recorded result is final");
}

pub(super) async fn keys_belong_to_one_person_of_one_tenant(world: World) {
    assert_eq!(begin(&world, &world.tenant, "ana", "h", NOW).await, FRESH);
    assert_eq!(begin(&world, &world.tenant, "bo", "h", NOW).await, FRESH);
    assert_eq!(begin(&world, &world.stranger, "ana", "h", NOW).await, FRESH);
    world.store.abandon_idempotent(&world.stranger, &user("ana"), "key").await.expect("the claim is deleted");
    world.store.finish_idempotent(&world.stranger, &user("ana"), "key", 200, "").await.expect("the query runs");
    assert_eq!(begin(&world, &world.tenant, "ana", "h", NOW).await, Begun::Running);
    for (tenant, id) in [(&world.tenant, "an"), (&world.tenant, "bo"), (&world.stranger, "ana")] {
        begin(&world, tenant, id, "h", NOW).await;
        world.store.finish_idempotent(tenant, &user(id), "key", 200, "").await.expect("finish runs");
    }
    assert_eq!(
        begin(&world, &world.tenant, "ana", "h", NOW).await,
        Begun::Running,
        "the results belong to other users or tenants"
    );
    world.store.abandon_idempotent(&world.tenant, &user("cy"), "key").await.expect("the query runs");
    assert_eq!(
        begin(&world, &world.tenant, "ana", "h", NOW).await,
        Begun::Running,
        "only the claiming user can abandon the claim"
    );
    world.store.finish_idempotent(&world.tenant, &user("ana"), "key", 201, "hers").await.expect("finish runs");
    let hers = Begun::Done { status: 201, response: "hers".to_owned() };
    assert_eq!(begin(&world, &world.tenant, "ana", "h", NOW).await, hers);
    let theirs = Begun::Done { status: 200, response: String::new() };
    assert_eq!(begin(&world, &world.stranger, "ana", "h", NOW).await, theirs);
}

pub(super) async fn a_call_that_died_may_be_made_again(world: World) {
    let tenant = &world.tenant;
    assert_eq!(begin(&world, tenant, "ana", "h", NOW).await, FRESH);
    assert_eq!(begin(&world, tenant, "ana", "h", later(59)).await, Begun::Running);
    assert_eq!(begin(&world, tenant, "ana", "other", later(60)).await, Begun::Other);
    assert_eq!(begin(&world, tenant, "ana", "h", later(60)).await, FRESH, "the retry gets the time of the first call");
    assert_eq!(begin(&world, tenant, "ana", "h", later(61)).await, Begun::Running, "only one retry takes over");
}

pub(super) async fn a_call_given_back_may_be_made_again(world: World) {
    let tenant = &world.tenant;
    assert_eq!(begin(&world, tenant, "ana", "h", NOW).await, FRESH);
    world.store.abandon_idempotent(tenant, &user("ana"), "key").await.expect("the claim is deleted");
    assert_eq!(begin(&world, tenant, "ana", "other", later(1)).await, Begun::New { since: later(1) });
}

pub(super) async fn a_call_of_unknown_effect_may_be_made_again_at_once(world: World) {
    let tenant = &world.tenant;
    assert_eq!(begin(&world, tenant, "ana", "h", NOW).await, FRESH);
    for (tenant, id) in [(&world.stranger, "ana"), (tenant, "bo")] {
        world.store.release_idempotent(tenant, &user(id), "key", later(1)).await.expect("the query runs");
    }
    assert_eq!(
        begin(&world, tenant, "ana", "h", later(1)).await,
        Begun::Running,
        "only the claiming user can release the claim"
    );
    world.store.release_idempotent(tenant, &user("ana"), "key", later(1)).await.expect("the claim is released");
    assert_eq!(begin(&world, tenant, "ana", "other", later(2)).await, Begun::Other);
    assert_eq!(begin(&world, tenant, "ana", "h", later(2)).await, FRESH);
    assert_eq!(begin(&world, tenant, "ana", "h", later(2)).await, Begun::Running, "only one retry takes over");
    world.store.finish_idempotent(tenant, &user("ana"), "key", 201, "").await.expect("finish runs");
    world.store.release_idempotent(tenant, &user("ana"), "key", later(3)).await.expect("the query runs");
    assert!(
        matches!(begin(&world, tenant, "ana", "h", later(3)).await, Begun::Done { .. }),
        "a recorded result is final"
    );
}

pub(super) async fn results_are_kept_for_their_time(world: World) {
    let tenant = &world.tenant;
    assert_eq!(begin(&world, tenant, "ana", "h", NOW).await, FRESH);
    world.store.finish_idempotent(tenant, &user("ana"), "key", 201, "").await.expect("finish runs");
    world.store.purge(Ended::IdempotencyKeys, later(-1), 1_000).await.expect("the purge runs");
    assert!(matches!(begin(&world, tenant, "ana", "h", later(86_399)).await, Begun::Done { .. }));
    world.store.purge(Ended::IdempotencyKeys, NOW, 1_000).await.expect("the purge runs");
    assert_eq!(begin(&world, tenant, "ana", "h", later(86_400)).await, Begun::New { since: later(86_400) });
}
