//! Counters.

use super::world::World;
use crate::Counter;
use campana_core::accounts::auth_failure::AuthFailure;

pub(super) async fn a_counter_grows_for_its_own_tenant(world: World) {
    let counted = async |tenant| world.store.counted(tenant, Counter::IncompletePublishes).await;
    assert_eq!(counted(&world.tenant).await, Ok(0));
    for more in [2, 1] {
        let count = world.store.count(&world.tenant, Counter::IncompletePublishes, more);
        assert_eq!(count.await, Ok(()));
    }
    assert_eq!((counted(&world.tenant).await, counted(&world.stranger).await), (Ok(3), Ok(0)));
}

pub(super) async fn failed_authentications_are_counted_by_app_and_reason(world: World) {
    let (ours, theirs) = (Some(world.tenant.clone()), Some(world.stranger.clone()));
    let failures = async |tenant| {
        let [of_app, without_app] = world.store.auth_failures(tenant).await.expect("the query runs");
        assert_eq!((of_app.len(), without_app.len()), (AuthFailure::ALL.len(), AuthFailure::ALL.len()));
        (of_app["expired"], of_app["bad_signature"], without_app["missing_token"])
    };
    let (_, _, before) = failures(&world.tenant).await;
    let counted = [
        (ours.clone(), AuthFailure::Expired, 2),
        (theirs, AuthFailure::Expired, 5),
        (ours.clone(), AuthFailure::BadSignature, 1),
        (None, AuthFailure::MissingToken, 3),
    ];
    assert_eq!(world.store.count_auth_failures(&counted).await, Ok(()));
    assert_eq!(world.store.count_auth_failures(&[(ours, AuthFailure::Expired, 1)]).await, Ok(()));
    assert_eq!(world.store.count_auth_failures(&[]).await, Ok(()));
    let (expired, bad_signature, missing) = failures(&world.tenant).await;
    assert_eq!((expired, bad_signature), (3, 1));
    assert!(missing >= before + 3, "other cases on the same database may count there");
    assert_eq!(failures(&world.stranger).await.0, 5);
}
