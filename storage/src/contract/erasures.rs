//! Erasures: begun once, taken in turn, and of the rows of one user of one tenant that are old enough.

use super::world::{NOW, World, later, user};
use crate::{DraftPlace, Erasure, Statement};
use campana_core::accounts::audit::Act;
use campana_core::chat::erasure::{EraseMessages, ErasureStage};
use campana_core::shared::ids::TenantId;

async fn begin(world: &World, id: &str, seconds: i64) -> bool {
    let audit = world.audit(Act::UserErased, id, later(seconds));
    let begun = world.store.begin_erasure(&world.tenant, &user(id), &audit, later(seconds)).await;
    begun.expect("the statements run").is_some()
}

async fn erasure(world: &World, id: &str) -> Erasure {
    let found = world.store.erasure(&world.tenant, &user(id)).await.expect("the query runs");
    found.expect("there is one")
}

async fn name(world: &World, tenant: &TenantId, id: &str) -> String {
    let found = world.store.user(tenant, &user(id), NOW).await.expect("the query runs");
    found.expect("the user is known").name
}

pub(super) async fn an_erasure_begins_once_until_the_person_is_back(world: World) {
    assert!(!begin(&world, "nobody", 1).await);
    assert!(begin(&world, "ana", 1).await);
    assert!(!begin(&world, "ana", 2).await, "one goes on");
    assert_eq!(world.audited(Act::UserErased).await, 1);
    let first = erasure(&world, "ana").await;
    assert_eq!((first.requested_at, first.up_to, first.ended_at), (later(1), later(11), None));
    assert_eq!(world.store.erase_person(&first, later(3)).await, Ok(()));
    assert_eq!(
        (name(&world, &world.tenant, "ana").await, name(&world, &world.stranger, "ana").await),
        ("ana".into(), "Ana".into())
    );
    assert_eq!(world.store.save_erasure(&first, None, later(4)).await, Ok(true));
    assert_eq!(erasure(&world, "ana").await.ended_at, Some(later(4)));
    assert!(!begin(&world, "ana", 5).await, "they are not back");
    let listed = world.store.search_users(&world.tenant, "", None, NOW, 9).await.expect("the list is read");
    assert!(listed.iter().all(|found| found.item.id != user("ana")), "erased users are not listed");
    world.store.record_user(&world.principal(&world.tenant, "ana", "Ana"), later(20)).await.expect("they are back");
    assert_eq!(world.store.erase_person(&first, later(21)).await, Ok(()));
    assert_eq!(name(&world, &world.tenant, "ana").await, "Ana", "the name of a later identity stays");
    assert!(begin(&world, "ana", 30).await);
    let revoked = world.store.revocation_of_user(&world.tenant, &user("ana")).await.expect("the query runs");
    assert_eq!(revoked.map(|revocation| revocation.before), Some(later(30)));
}

pub(super) async fn of_two_runs_one_stores_its_progress(world: World) {
    begin(&world, "ana", 1).await;
    let mut one = erasure(&world, "ana").await;
    let other = one.clone();
    one.progress.enter(ErasureStage::Files);
    assert_eq!(world.store.save_erasure(&one, Some(later(9)), later(2)).await, Ok(true));
    assert_eq!(world.store.save_erasure(&other, Some(later(3)), later(2)).await, Ok(false));
    let stored = erasure(&world, "ana").await;
    assert_eq!((stored.progress.stage, stored.rev), (ErasureStage::Files, 1));
}

pub(super) async fn rows_of_one_user_of_one_tenant_are_erased_if_they_are_old_enough(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let of = |who| DraftPlace { tenant: &world.tenant, user: who, conversation: &group.id, parent: None };
    let (ana, bo) = (user("ana"), user("bo"));
    for who in [&ana, &bo] {
        world.store.save_draft(of(who), "words", Some(1), NOW).await.expect("the draft is saved");
        world.store.add_block(&world.tenant, who, &user("cy"), NOW).await.expect("the block is made");
    }
    world.store.add_block(&world.tenant, &ana, &bo, later(60)).await.expect("the block is made");
    world.store.add_block(&world.stranger, &ana, &bo, NOW).await.expect("the block is made");
    begin(&world, "ana", 1).await;
    let job = erasure(&world, "ana").await;
    assert_eq!(world.store.erase_rows(&job, 1).await, Ok(true), "there may be more");
    assert_eq!(world.store.erase_rows(&job, 1).await, Ok(false));
    let count = async |sql, tenant: &TenantId| world.sql(Statement::unnamed(sql, [tenant.into()])).await.len();
    let blocks = "SELECT 1 FROM blocks WHERE tenant_id = ?1 AND user_id = 'ana'";
    assert_eq!(
        (count(blocks, &world.tenant).await, count(blocks, &world.stranger).await),
        (1, 1),
        "the later one stays"
    );
    let drafts = "SELECT 1 FROM drafts WHERE tenant_id = ?1 AND user_id = ?1 OR tenant_id = ?1 AND user_id = 'bo'";
    assert_eq!(count(drafts, &world.tenant).await, 1, "those of others stay");
}

pub(super) async fn messages_of_a_deleted_conversation_are_blanked_page_by_page(world: World) {
    let room = world.room(1, "Lobby", campana_core::chat::policy::Visibility::Public).await;
    world.say(&room.conversation_id, &[1, 2, 5]).await;
    begin(&world, "ana", 60).await;
    let next = world.store.next_conversation_of(&world.tenant, &user("ana"), "").await;
    assert_eq!(next, Ok(Some(room.conversation_id.clone())));
    let asked = EraseMessages {
        tenant: world.tenant.clone(),
        conversation_id: room.conversation_id.clone(),
        user_id: user("ana"),
        up_to: later(4),
        after: 0,
    };
    let found = world.store.messages_to_erase(&asked, 9).await.expect("the query runs");
    assert_eq!(found.iter().map(|row| row.message.seq).collect::<Vec<_>>(), [1, 2], "the last one is later");
    let elsewhere = EraseMessages { tenant: world.stranger.clone(), ..asked.clone() };
    assert_eq!(world.store.messages_to_erase(&elsewhere, 9).await, Ok(Vec::new()));
    assert_eq!(world.delete_room(&room.id, later(50)).await, Ok(true));
    let standing = world.store.conversation_standing(&world.tenant, &room.conversation_id).await;
    assert!(standing.expect("the query runs").is_some_and(|standing| standing.is_deleted && !standing.is_imported));
    assert_eq!(world.store.erase_in_deleted(&asked, later(70)).await, Ok((2, None)));
    let sql = "SELECT seq, sender_name, body FROM messages WHERE conversation_id = ?1 AND body IS NOT NULL";
    let left = world.sql(Statement::unnamed(sql, [(&room.conversation_id).into()])).await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["sender_name"], "Ana");
}
