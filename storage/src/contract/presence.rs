//! Presence leases and lists of online users.

use super::world::{NOW, World, later, marker, user};
use crate::database::Statement;
use crate::{OWN_CHANNEL, OnlineMember};
use campana_core::chat::flush::FlushBatch;
use campana_core::shared::timestamp::Timestamp;

async fn renew(world: &World, id: &str, source: &str, now: Timestamp, until: Timestamp) {
    let renewed = world.store.renew_presence(&world.tenant, &[user(id)], source, now, until).await;
    renewed.expect("the lease is renewed");
}

async fn end(world: &World, id: &str, source: &str, now: Timestamp) {
    world.store.end_presence(&world.tenant, &[user(id)], source, now).await.expect("the lease is ended");
}

async fn online(world: &World, now: Timestamp) -> Vec<String> {
    let users = world.store.online_users(&world.tenant, now, None, 50).await.expect("the list is read");
    users.into_iter().map(|user| user.user_id.to_string()).collect()
}

async fn seen(world: &World, id: &str, now: Timestamp) -> (bool, Option<Timestamp>) {
    let user = world.store.user(&world.tenant, &user(id), now).await.expect("the query runs").expect("the user exists");
    let found = world.store.search_users(&world.tenant, &user.name, None, now, 1).await;
    let found: Vec<_> = found.expect("the search succeeds").into_iter().map(|found| found.item).collect();
    assert_eq!(found, std::slice::from_ref(&user), "the search returns the same user");
    (user.is_online, user.last_seen_at)
}

pub(super) async fn a_person_in_two_places_is_one_person_until_both_end(world: World) {
    renew(&world, "ana", "room 1", NOW, later(60)).await;
    renew(&world, "ana", OWN_CHANNEL, later(1), later(61)).await;
    assert_eq!(online(&world, later(2)).await, ["ana"]);
    assert_eq!(seen(&world, "ana", later(2)).await, (true, Some(later(1))));
    end(&world, "ana", OWN_CHANNEL, later(3)).await;
    assert_eq!(online(&world, later(4)).await, ["ana"]);
    end(&world, "ana", "room 1", later(5)).await;
    assert_eq!(online(&world, later(6)).await, Vec::<String>::new());
    assert_eq!(seen(&world, "ana", later(6)).await, (false, Some(later(5))));
}

pub(super) async fn nobody_stays_online_because_a_process_died(world: World) {
    renew(&world, "ana", "room 1", NOW, later(60)).await;
    assert_eq!(online(&world, later(59)).await, ["ana"]);
    assert_eq!(online(&world, later(60)).await, Vec::<String>::new());
    assert_eq!(seen(&world, "ana", later(59)).await, (true, Some(NOW)));
    assert_eq!(seen(&world, "ana", later(60)).await, (false, Some(NOW)));
    renew(&world, "ana", "room 1", later(70), later(130)).await;
    assert_eq!(online(&world, later(80)).await, ["ana"]);
    assert_eq!(seen(&world, "ana", later(80)).await, (true, Some(later(70))));
}

pub(super) async fn people_and_tenants_are_kept_apart(world: World) {
    let (store, them, ana) = (&world.store, &world.stranger, user("ana"));
    let group = world.group(1, &["bo"]).await;
    for source in ["room 1", OWN_CHANNEL] {
        store
            .renew_presence(them, std::slice::from_ref(&ana), source, NOW, later(60))
            .await
            .expect("the lease is renewed");
    }
    assert_eq!(online(&world, later(1)).await, Vec::<String>::new());
    assert_eq!(seen(&world, "ana", later(1)).await, (false, None));
    assert_eq!(store.online_members(&world.tenant, &group.id, later(1), None, 50).await, Ok(vec![]));

    renew(&world, "ana", "room 1", NOW, later(60)).await;
    renew(&world, "bo", "room 1", NOW, later(60)).await;
    end(&world, "ana", "room 1", later(2)).await;
    assert_eq!(online(&world, later(3)).await, ["bo"]);
    for source in [OWN_CHANNEL, "room 1"] {
        assert!(!store.online_users(them, later(3), None, 50).await.expect("the list is read").is_empty());
        store.end_presence(them, std::slice::from_ref(&ana), source, later(3)).await.expect("the lease is ended");
    }
    assert_eq!(store.online_users(them, later(3), None, 50).await, Ok(vec![]));
    end(&world, "cy", "room 1", later(3)).await;
    let theirs = store.user(them, &user("cy"), later(3)).await.expect("the query runs").expect("the user exists");
    assert_eq!(theirs.last_seen_at, None);
}

const ROWS: &str = "SELECT source FROM presence WHERE tenant_id = ?1 AND user_id = 'ana'";

pub(super) async fn ending_leaves_no_rows_behind_and_forgets_no_time(world: World) {
    for place in ["room 1", "room 2", "room 3"] {
        renew(&world, "ana", place, NOW, later(60)).await;
        end(&world, "ana", place, later(7)).await;
    }
    end(&world, "ana", "never there", later(2)).await;
    end(&world, "nobody", "room 1", later(2)).await;
    assert_eq!(world.sql(Statement::unnamed(ROWS, [(&world.tenant).into()])).await.len(), 1);
    assert_eq!(seen(&world, "ana", later(8)).await, (false, Some(later(7))));
    let some = [user("nobody"), user("bo")];
    let renewed = world.store.renew_presence(&world.tenant, &some, OWN_CHANNEL, NOW, later(60)).await;
    assert_eq!(renewed, Ok(()), "an unknown user does not fail the batch");
    assert_eq!(online(&world, later(8)).await, ["bo"]);
}

pub(super) async fn people_online_page_by_id(world: World) {
    for id in ["cy", "ana", "bo"] {
        for place in ["room 1", "room 2", OWN_CHANNEL] {
            renew(&world, id, place, NOW, later(60)).await;
        }
    }
    let first = world.store.online_users(&world.tenant, later(1), None, 2).await.expect("the list is read");
    let rest = world.store.online_users(&world.tenant, later(1), first.last().map(|user| &user.user_id), 2).await;
    let rest = rest.expect("the list is read");
    let names: Vec<_> = first.iter().chain(&rest).map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["Ana", "Bo", "Cy"]);
    let theirs = world.store.online_users(&world.stranger, later(1), None, 50).await;
    assert_eq!(theirs, Ok(vec![]), "another tenant's users are not listed");
}

pub(super) async fn people_online_are_counted_once_wherever_they_are(world: World) {
    for place in ["room 1", "room 2", OWN_CHANNEL] {
        renew(&world, "ana", place, NOW, later(60)).await;
    }
    renew(&world, "bo", "room 1", NOW, later(30)).await;
    let (store, tenant) = (&world.store, &world.tenant);
    assert_eq!(store.people_online(tenant, later(1)).await, Ok(2));
    assert_eq!(store.people_online(tenant, later(30)).await, Ok(1), "the lease has expired");
    end(&world, "ana", "room 1", later(31)).await;
    assert_eq!(store.people_online(tenant, later(32)).await, Ok(1), "still online from another source");
    assert_eq!(store.people_online(&world.stranger, later(1)).await, Ok(0));
}

pub(super) async fn a_flush_reads_the_inboxes_of_members_as_it_leaves_them(world: World) {
    let group = world.group(1, &["bo"]).await;
    renew(&world, "ana", OWN_CHANNEL, NOW, later(60)).await;
    renew(&world, "bo", OWN_CHANNEL, NOW, later(60)).await;
    let mut batch = world.batch(&group.id, &[1, 2]);
    batch.read = vec![marker(user("ana"), 2)];
    let flush = async |batch| world.store.flush(&world.tenant, &group.id, batch, later(1)).await;
    assert_eq!(flush(&batch).await.expect("the batch is written").online, None, "it is not asked");
    let next = FlushBatch { asks_inboxes: true, ..world.batch(&group.id, &[1, 2, 3]) };
    let online = flush(&next).await.expect("the batch is written").online;
    let listed = world.store.online_members(&world.tenant, &group.id, later(1), None, 50).await;
    assert_eq!(online, Some(listed.expect("the list is read")));
    let counts: Vec<i64> = online.into_iter().flatten().map(|member| member.unread_count).collect();
    assert_eq!(counts, [1, 3]);
}

pub(super) async fn members_are_reached_on_their_own_channel_with_their_unread_count(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.batch(&group.id, &[1, 2]);
    batch.read = vec![marker(user("ana"), 2)];
    world.flush(&group.id, &batch).await;
    renew(&world, "ana", OWN_CHANNEL, NOW, later(60)).await;
    renew(&world, "bo", OWN_CHANNEL, NOW, later(60)).await;
    renew(&world, "cy", OWN_CHANNEL, NOW, later(60)).await;
    let (store, tenant) = (&world.store, &world.tenant);
    let found = store.online_members(tenant, &group.id, later(1), None, 50).await.expect("the list is read");
    let ana = OnlineMember { user_id: user("ana"), unread_count: 0, mention_count: 0 };
    let bo = OnlineMember { user_id: user("bo"), unread_count: 2, mention_count: 0 };
    assert_eq!(found, [ana.clone(), bo.clone()], "Cy is not a member");
    assert_eq!(store.online_members(tenant, &group.id, later(1), None, 1).await, Ok(vec![ana]));
    assert_eq!(store.online_members(tenant, &group.id, later(1), Some(&user("ana")), 50).await, Ok(vec![bo.clone()]));
    assert_eq!(store.online_members(&world.stranger, &group.id, later(1), None, 50).await, Ok(vec![]));

    end(&world, "ana", OWN_CHANNEL, later(2)).await;
    renew(&world, "ana", "room 1", later(2), later(60)).await;
    assert_eq!(
        store.online_members(tenant, &group.id, later(3), None, 50).await,
        Ok(vec![bo]),
        "the own channel's lease has ended"
    );
    assert_eq!(store.online_members(tenant, &group.id, later(60), None, 50).await, Ok(vec![]), "the lease has expired");
}

pub(super) async fn members_of_a_large_conversation_are_reached_too(world: World) {
    const PEOPLE: &str = "INSERT INTO users (tenant_id, id, name, search_name, created_at)
        SELECT ?1, 'p' || (1000 + value), 'P', 'p', 1 FROM json_each(?2) WHERE true";
    let numbers: Vec<u32> = (0..600).collect();
    let list = serde_json::to_string(&numbers).expect("the list serializes");
    world.sql(Statement::unnamed(PEOPLE, [(&world.tenant).into(), list.into()])).await;
    let ids: Vec<_> = numbers.iter().map(|number| format!("p{}", 1_000 + number)).collect();
    let group = world.group(1, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(group.member_count, 601);
    world.say(&group.id, &[1]).await;
    for id in ["p1400", "p1005", "bo"] {
        renew(&world, id, OWN_CHANNEL, NOW, later(60)).await;
    }
    renew(&world, "p1007", "room 1", NOW, later(60)).await;
    let (store, tenant) = (&world.store, &world.tenant);
    let found = store.online_members(tenant, &group.id, later(1), None, 50).await.expect("the list is read");
    let expected = ["p1005", "p1400"].map(|id| OnlineMember { user_id: user(id), unread_count: 1, mention_count: 0 });
    assert_eq!(found, expected);
    let rest = store.online_members(tenant, &group.id, later(1), Some(&user("p1005")), 50).await;
    assert_eq!(rest, Ok(expected[1..].to_vec()));
    assert_eq!(store.online_members(tenant, &group.id, later(60), None, 50).await, Ok(vec![]), "the lease has expired");
    let stranger = store.renew_presence(&world.stranger, &[user("ana")], OWN_CHANNEL, NOW, later(60)).await;
    stranger.expect("the lease is renewed");
    assert_eq!(store.online_members(tenant, &group.id, later(1), None, 50).await, Ok(expected.to_vec()));
    assert_eq!(store.online_members(&world.stranger, &group.id, later(1), None, 50).await, Ok(vec![]));
}
