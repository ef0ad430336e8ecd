//! Drafts of members.

use super::world::{NOW, World, later, user};
use crate::{DraftPlace, Ended};
use campana_core::accounts::audit::Act;
use campana_core::chat::drafts::UnsentDraft;
use campana_core::shared::ids::{ConversationId, MessageId, UserId};
use campana_core::shared::timestamp::Timestamp;

/// A place of Bo's drafts in the tenant under test.
struct Place<'a> {
    world: &'a World,
    user: UserId,
    conversation: ConversationId,
    parent: Option<MessageId>,
}

impl<'a> Place<'a> {
    fn new(world: &'a World, conversation: &ConversationId) -> Self {
        Self { world, user: user("bo"), conversation: conversation.clone(), parent: None }
    }

    fn of(&self) -> DraftPlace<'_> {
        let (tenant, user) = (&self.world.tenant, &self.user);
        DraftPlace { tenant, user, conversation: &self.conversation, parent: self.parent.as_ref() }
    }

    /// Number of the saved state, if it was saved.
    async fn save(&self, body: &str, rev: Option<i64>, at: Timestamp) -> Option<i64> {
        let saved = self.world.store.save_draft(self.of(), body, rev, at).await.expect("the query runs");
        saved.map(|draft| draft.rev)
    }

    /// Number of the cleared state, if something was cleared.
    async fn clear(&self, rev: Option<i64>) -> Option<i64> {
        let cleared = self.world.store.clear_draft(self.of(), rev, NOW).await.expect("the query runs");
        cleared.map(|draft| {
            assert_eq!(draft.body, None);
            draft.rev
        })
    }

    async fn body(&self) -> Option<String> {
        self.world.store.draft(self.of()).await.expect("the query runs").and_then(|draft| draft.body)
    }
}

async fn listed(world: &World) -> Vec<UnsentDraft> {
    world.store.list_drafts(&world.tenant, &user("bo"), None, 100).await.expect("the list is read")
}

pub(super) async fn a_place_has_one_draft_and_a_thread_has_its_own(world: World) {
    let group = world.group(1, &["bo"]).await;
    let place = Place::new(&world, &group.id);
    let thread = Place { parent: Some(world.message_id(1)), ..Place::new(&world, &group.id) };
    assert_eq!(world.store.draft(place.of()).await, Ok(None));
    assert_eq!(place.save("one", None, NOW).await, Some(1));
    assert_eq!(place.save("one two", None, later(1)).await, Some(2));
    assert_eq!(thread.save("three", None, later(2)).await, Some(1));
    let draft = world.store.draft(place.of()).await.expect("the query runs").expect("a draft");
    let body = Some("one two".to_owned());
    let expected =
        UnsentDraft { conversation_id: group.id.clone(), parent_id: None, body, rev: 2, updated_at: Some(later(1)) };
    assert_eq!(draft, expected);
    assert_eq!(thread.body().await.as_deref(), Some("three"));
    assert_eq!(place.save("", None, later(3)).await, Some(3), "an empty one clears");
    assert_eq!(place.body().await, None);
    assert_eq!(thread.body().await.as_deref(), Some("three"));
}

pub(super) async fn a_save_that_arrives_late_changes_nothing(world: World) {
    let group = world.group(1, &["bo"]).await;
    let place = Place::new(&world, &group.id);
    assert_eq!(place.save("first", Some(4), NOW).await, Some(4));
    for late in [1, 3, 4] {
        assert_eq!(place.save("late", Some(late), NOW).await, None, "{late}");
    }
    assert_eq!(place.body().await.as_deref(), Some("first"));
    assert_eq!(place.save("second", Some(9), NOW).await, Some(9));
    assert_eq!(place.save("any", None, NOW).await, Some(10), "without a number it is the next state");
}

pub(super) async fn what_was_sent_does_not_come_back_as_a_draft(world: World) {
    let group = world.group(1, &["bo"]).await;
    let place = Place::new(&world, &group.id);
    assert_eq!(place.save("hel", Some(1), NOW).await, Some(1));
    // The save of state 2 is on its way when "hello" is sent.
    assert_eq!(place.clear(Some(2)).await, Some(2));
    assert_eq!(place.save("hell", Some(2), NOW).await, None);
    assert_eq!(place.body().await, None);
    assert_eq!(place.clear(Some(2)).await, None, "a repeat changes nothing");
    assert_eq!(place.save("next", Some(3), NOW).await, Some(3));
    // The same where the first save is on its way.
    let thread = Place { parent: Some(world.message_id(1)), ..Place::new(&world, &group.id) };
    assert_eq!(thread.clear(Some(1)).await, Some(1));
    assert_eq!(thread.save("hi", Some(1), NOW).await, None);
    assert_eq!(thread.body().await, None);
    assert_eq!(listed(&world).await.len(), 1);
}

pub(super) async fn a_newer_draft_stays_when_an_older_state_is_cleared(world: World) {
    let group = world.group(1, &["bo"]).await;
    let place = Place::new(&world, &group.id);
    assert_eq!(place.clear(None).await, None, "there is nothing");
    assert_eq!(world.store.draft(place.of()).await, Ok(None), "and no row is left");
    assert_eq!(place.save("of another device", Some(5), NOW).await, Some(5));
    assert_eq!(place.clear(Some(4)).await, None);
    assert_eq!(place.body().await.as_deref(), Some("of another device"));
    assert_eq!(place.clear(None).await, Some(6));
    assert_eq!(place.clear(None).await, None);
    assert_eq!(place.body().await, None);
}

pub(super) async fn drafts_are_listed_last_saved_first(world: World) {
    let (mut expected, mut places) = (Vec::new(), Vec::new());
    for number in 1..=3 {
        let group = world.group(number, &["bo"]).await;
        for parent in [None, Some(world.message_id(i64::from(number)))] {
            places.push(Place { parent, ..Place::new(&world, &group.id) });
        }
    }
    // Two of them in the same millisecond.
    for (at, place) in [0, 1, 1, 2, 3, 4].into_iter().zip(&places) {
        place.save("text", None, later(at)).await;
        expected.push((later(at), place.conversation.clone(), place.parent.clone()));
    }
    places[3].clear(None).await;
    expected.remove(3);
    expected.sort_by(|a, b| b.cmp(a));
    let (mut found, mut after) = (Vec::new(), None::<(i64, ConversationId, Option<MessageId>)>);
    loop {
        let place = after.as_ref().map(|(at, id, parent)| (*at, id, parent.as_ref()));
        let page = world.store.list_drafts(&world.tenant, &user("bo"), place, 2).await.expect("the list is read");
        let Some(last) = page.last() else { break };
        let at = last.updated_at.expect("a time").millis();
        after = Some((at, last.conversation_id.clone(), last.parent_id.clone()));
        found.extend(page.into_iter().map(|it| (it.updated_at.expect("a time"), it.conversation_id, it.parent_id)));
    }
    assert_eq!(found, expected);
}

pub(super) async fn drafts_belong_to_one_person_of_one_tenant(world: World) {
    let group = world.group(1, &["bo"]).await;
    let place = Place::new(&world, &group.id);
    place.save("mine", None, NOW).await;
    let ana = user("ana");
    let of_ana = DraftPlace { user: &ana, ..place.of() };
    let of_stranger = DraftPlace { tenant: &world.stranger, ..place.of() };
    let cy = user("cy");
    let of_cy = DraftPlace { user: &cy, ..place.of() };
    for other in [of_ana, of_stranger, of_cy] {
        assert_eq!(world.store.draft(other).await, Ok(None));
        assert_eq!(world.store.clear_draft(other, None, NOW).await, Ok(None));
    }
    for no_member in [of_stranger, of_cy] {
        assert_eq!(world.store.save_draft(no_member, "x", None, NOW).await, Ok(None));
        assert_eq!(world.store.clear_draft(no_member, Some(9), NOW).await, Ok(None));
    }
    assert_eq!(place.body().await.as_deref(), Some("mine"));
    assert_eq!(world.store.list_drafts(&world.stranger, &user("bo"), None, 10).await, Ok(Vec::new()));
}

pub(super) async fn drafts_end_with_the_membership(world: World) {
    let group = world.group(1, &["bo"]).await;
    let place = Place::new(&world, &group.id);
    place.save("secret", None, NOW).await;
    let audit = world.audit(Act::MemberRemoved, "bo", NOW);
    world.store.remove_member(&world.tenant, &group.id, &user("bo"), None, &audit).await.expect("the removal succeeds");
    assert_eq!(listed(&world).await, []);
    assert_eq!(world.store.draft(place.of()).await, Ok(None));
    assert_eq!(place.save("again", None, NOW).await, None);
}

pub(super) async fn drafts_are_swept_after_their_time(world: World) {
    let group = world.group(1, &["bo"]).await;
    let place = Place::new(&world, &group.id);
    let thread = Place { parent: Some(world.message_id(1)), ..Place::new(&world, &group.id) };
    place.save("old", None, NOW).await;
    thread.save("young", None, later(10)).await;
    let mut swept = 0;
    while world.store.purge(Ended::Drafts, NOW, 1).await.expect("the purge runs") > 0 {
        swept += 1;
    }
    assert!(swept > 0);
    assert_eq!(place.body().await, None);
    assert_eq!(thread.body().await.as_deref(), Some("young"));
}
