//! Counters.

use super::world::World;
use crate::Counter;

pub(super) async fn a_counter_grows_for_its_own_tenant(world: World) {
    let counted = async |tenant| world.store.counted(tenant, Counter::IncompletePublishes).await;
    assert_eq!(counted(&world.tenant).await, Ok(0));
    for more in [2, 1] {
        let count = world.store.count(&world.tenant, Counter::IncompletePublishes, more);
        assert_eq!(count.await, Ok(()));
    }
    assert_eq!((counted(&world.tenant).await, counted(&world.stranger).await), (Ok(3), Ok(0)));
}
