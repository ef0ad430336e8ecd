//! Tickets.

use super::world::{NOW, World, later};
use crate::{Ended, StorageError};

pub(super) async fn a_ticket_works_once(world: World) {
    let mut ana = world.principal(&world.tenant, "ana", "Ana \"ñ\"");
    ana.admin = true;
    ana.permissions = vec!["view_panic_alerts".to_owned()];
    let hash = world.tenant.as_str();
    world.store.create_ticket(hash, &ana, later(30)).await.expect("the ticket is stored");
    assert_eq!(world.store.create_ticket(hash, &ana, later(30)).await, Err(StorageError::Constraint));
    assert_eq!(world.store.take_ticket("unknown", NOW).await, Ok(None));
    assert_eq!(world.store.take_ticket(hash, later(29)).await, Ok(Some(ana)));
    assert_eq!(world.store.take_ticket(hash, later(29)).await, Ok(None));
}

pub(super) async fn a_ticket_ends(world: World) {
    let ana = world.principal(&world.tenant, "ana", "Ana");
    let hash = world.tenant.as_str();
    world.store.create_ticket(hash, &ana, later(30)).await.expect("the ticket is stored");
    assert_eq!(world.store.take_ticket(hash, later(30)).await, Ok(None));
    assert_eq!(world.store.take_ticket(hash, NOW).await, Ok(None), "the first attempt consumed it");
}

pub(super) async fn old_tickets_are_swept(world: World) {
    let ana = world.principal(&world.tenant, "ana", "Ana");
    let (old, new) = (world.tenant.as_str(), world.stranger.as_str());
    world.store.create_ticket(old, &ana, later(30)).await.expect("the ticket is stored");
    world.store.create_ticket(new, &ana, later(60)).await.expect("the ticket is stored");
    world.store.purge(Ended::Tickets, later(30), 1_000).await.expect("the purge runs");
    assert_eq!(world.store.take_ticket(old, NOW).await, Ok(None));
    assert_eq!(world.store.take_ticket(new, later(31)).await, Ok(Some(ana)));
}
