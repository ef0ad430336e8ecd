//! What people show of themselves to others.

use super::world::{NOW, World, later, marker, user};
use crate::{Member, OWN_CHANNEL, Reader, User};
use campana_core::chat::flush::FlushBatch;
use campana_core::chat::privacy::{PresenceSetting, Privacy, ReceiptsSetting};
use campana_core::shared::ids::{ConversationId, UserId};
use std::collections::BTreeSet;

async fn hide(world: &World, id: &str) {
    let hidden = Some(PresenceSetting::Hidden);
    world.store.set_privacy(&world.tenant, &user(id), hidden, None).await.expect("the query runs");
}

async fn keep_private(world: &World, id: &str) {
    let private = Some(ReceiptsSetting::Private);
    world.store.set_privacy(&world.tenant, &user(id), None, private).await.expect("the query runs");
}

async fn read(world: &World, conversation: &ConversationId, markers: &[(&str, i64)]) {
    let read = markers.iter().map(|(id, seq)| marker(user(id), *seq)).collect();
    let batch = FlushBatch { last_seq: 9, read, ..FlushBatch::default() };
    world.store.flush(&world.tenant, conversation, &batch, NOW).await.expect("the markers are written");
}

pub(super) async fn settings_change_one_by_one(world: World) {
    let (tenant, ana) = (&world.tenant, user("ana"));
    let set = |presence, receipts| world.store.set_privacy(tenant, &ana, presence, receipts);
    assert_eq!(world.store.privacy(tenant, &ana).await, Ok(Some(Privacy::default())));
    let hidden = Privacy { presence: PresenceSetting::Hidden, ..Privacy::default() };
    assert_eq!(set(Some(PresenceSetting::Hidden), None).await, Ok(Some(hidden)));
    let both = Privacy { receipts: ReceiptsSetting::Private, ..hidden };
    assert_eq!(set(None, Some(ReceiptsSetting::Private)).await, Ok(Some(both)));
    assert_eq!(set(None, None).await, Ok(Some(both)));
    assert_eq!(world.store.privacy(tenant, &ana).await, Ok(Some(both)));
    assert_eq!(world.store.privacy(&world.stranger, &ana).await, Ok(Some(Privacy::default())), "of another tenant");
    assert_eq!(world.store.privacy(tenant, &user("nobody")).await, Ok(None));
    world.record(tenant, "ana", "Another name").await;
    assert_eq!(world.store.privacy(tenant, &ana).await, Ok(Some(both)), "a token changes none");
    let people = ["ana", "bo", "nobody"].map(user);
    assert_eq!(world.store.hidden_among(tenant, &people).await, Ok(BTreeSet::from([ana.clone()])));
    assert_eq!(world.store.hidden_among(&world.stranger, &people).await, Ok(BTreeSet::new()));
}

pub(super) async fn who_hides_their_presence_is_on_no_list_as_online(world: World) {
    let (tenant, people) = (&world.tenant, ["ana", "bo"].map(user));
    world.store.renew_presence(tenant, &people, OWN_CHANNEL, NOW, later(60)).await.expect("the users are online");
    hide(&world, "bo").await;
    let online = world.store.online_users(tenant, NOW, None, 9).await.expect("the list is read");
    assert_eq!(online.iter().map(|it| it.user_id.as_str()).collect::<Vec<_>>(), ["ana"]);
    let shown = |found: &User| (found.id.to_string(), found.is_online, found.last_seen_at);
    let expected = [("ana".to_owned(), true, Some(NOW)), ("bo".to_owned(), false, None)];
    for (number, id) in people.iter().enumerate() {
        let one = world.store.user(tenant, id, NOW).await.expect("the query runs").expect("the user exists");
        assert_eq!(shown(&one), expected[number]);
    }
    for (q, expected) in [("", &expected[..]), ("bo", &expected[1..])] {
        let found = world.store.search_users(tenant, q, None, NOW, 2).await.expect("the search runs");
        assert_eq!(found.iter().map(|it| shown(&it.item)).collect::<Vec<_>>(), expected, "{q}");
    }
}

pub(super) async fn the_places_at_which_a_person_is_online_are_found(world: World) {
    let (tenant, bo) = (&world.tenant, [user("bo")]);
    for (source, until) in [("conversation:a", 60), ("conversation:b", 60), ("conversation:c", 5), (OWN_CHANNEL, 60)] {
        world.store.renew_presence(tenant, &bo, source, NOW, later(until)).await.expect("the user is online");
    }
    let mut places = world.store.places_of(tenant, &bo[0], later(5), 9).await.expect("the query runs");
    places.sort();
    assert_eq!(places, ["conversation:a", "conversation:b", OWN_CHANNEL]);
    assert_eq!(world.store.places_of(tenant, &bo[0], later(5), 1).await.expect("the query runs").len(), 1);
    assert_eq!(world.store.places_of(&world.stranger, &bo[0], NOW, 9).await, Ok(Vec::new()));
}

pub(super) async fn markers_are_shown_to_those_who_show_theirs(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    read(&world, &group.id, &[("ana", 1), ("bo", 2), ("cy", 3)]).await;
    keep_private(&world, "bo").await;
    let said = world.say(&group.id, &[1, 2, 3]).await;
    let id_at = |seq: i64| said.created[usize::try_from(seq - 1).expect("a position")].message.id.clone();
    let markers = |members: &[Member]| {
        for it in members {
            let expected = it.last_read_seq.map(|seq| (id_at(seq), later(seq)));
            assert_eq!(it.last_read_message_id.clone().zip(it.last_read_at), expected, "{it:?}");
            assert_eq!(it.last_read_message_id.is_some(), it.last_read_at.is_some(), "{it:?}");
        }
        members.iter().map(|it| it.last_read_seq).collect::<Vec<_>>()
    };
    for (reader, expected) in [
        (Some("ana"), [Some(1), None, Some(3)]),
        (Some("bo"), [None, Some(2), None]),
        (None, [Some(1), Some(2), Some(3)]),
    ] {
        let reader = reader.map(user);
        let of = (&world.tenant, &group.id);
        let listed = world.store.list_members(of, reader.as_ref(), NOW, None, 9).await.expect("the list is read");
        assert_eq!(markers(&listed), expected, "{reader:?}");
        let Some(reader) = reader else { continue };
        for member_count in [3, 5_000] {
            let found = world.store.search_members(of, ("bo", member_count, &reader), NOW, None, 9).await;
            let found: Vec<Member> = found.expect("the search runs").into_iter().map(|found| found.item).collect();
            assert_eq!(markers(&found), expected[1..2], "{reader}");
        }
    }
    let mut settings = world.store.receipts_of_members(&world.tenant, &group.id, 9).await.expect("the query runs");
    settings.sort_by_key(|(id, _)| id.to_string());
    let (public, private) = (ReceiptsSetting::Public, ReceiptsSetting::Private);
    assert_eq!(settings, [("ana", public), ("bo", private), ("cy", public)].map(|(id, it)| (user(id), it)));
    assert_eq!(world.store.receipts_of_members(&world.tenant, &group.id, 2).await.map(|it| it.len()), Ok(2));
    assert_eq!(world.store.receipts_of_members(&world.stranger, &group.id, 9).await, Ok(Vec::new()));
}

pub(super) async fn readers_are_those_who_have_read_and_show_it(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    for (id, name) in [("dee", "Dee"), ("eli", "Eli")] {
        world.record(&world.tenant, id, name).await;
        world.add(&group.id, id, campana_core::chat::policy::Role::Member).await;
    }
    read(&world, &group.id, &[("ana", 5), ("bo", 4), ("cy", 5), ("dee", 9), ("eli", 6)]).await;
    keep_private(&world, "dee").await;
    let ana = user("ana");
    let (store, of) = (&world.store, (&world.tenant, &group.id));
    let page = async |after: Option<UserId>, limit| {
        store.readers(of, (5, Some(&ana)), after.as_ref(), limit).await.expect("the query runs")
    };
    let all = page(None, 9).await;
    assert_eq!(all.continues_after, None);
    let ids = |readers: &[Reader]| readers.iter().map(|reader| reader.user_id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&all.readers), ["cy", "eli"], "neither the author, nor who has not read it or is private");
    assert_eq!(all.readers[0].name, "Cy");
    let first = page(None, 1).await;
    assert_eq!((ids(&first.readers), first.continues_after.clone()), (vec!["cy".to_owned()], Some(user("cy"))));
    let rest = page(first.continues_after, 1).await;
    assert_eq!((ids(&rest.readers), rest.continues_after), (vec!["eli".to_owned()], None));
    let stranger = store.readers((&world.stranger, &group.id), (5, Some(&ana)), None, 9).await.expect("the query runs");
    assert_eq!(stranger.readers, []);
}
