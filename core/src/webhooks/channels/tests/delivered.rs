//! Which endpoint gets what, and when.

use super::*;
use crate::pusher::webhook_event::WebhookEvent;
use crate::webhooks::channels::batch::MAX_BATCH;
use crate::webhooks::channels::batch::MAX_QUEUED;

fn world() -> World {
    World::new(vec![endpoint(URL, &WebhookEvent::ALL)])
}

fn came(millis: i64, user: &str) -> ChannelEvent {
    happened(millis, "presence-x", EventKind::MemberAdded { user_id: UserId::trusted(user) })
}

fn left(millis: i64, user: &str) -> ChannelEvent {
    happened(millis, "presence-x", EventKind::MemberRemoved { user_id: UserId::trusted(user) })
}

#[test]
fn events_are_sent_immediately() {
    let mut world = world();
    world.accept([happened(0, "x", EventKind::ChannelOccupied), counted(0, "x", 1)]);
    assert_eq!(world.heard(), ["channel_occupied x", "subscription_count x 1"]);
    assert!(world.rows.is_empty() && world.queue.is_empty(), "no rows remain");
    assert_eq!(world.due_at(), None);
}

#[test]
fn a_quick_reload_sends_nothing() {
    let mut world = world();
    world.accept([left(0, "a"), happened(0, "presence-x", EventKind::ChannelVacated)]);
    assert_eq!(world.heard(), [""; 0]);
    assert_eq!(world.due_at(), Some(RETURN_MS));
    world.now = RETURN_MS;
    world.accept([happened(RETURN_MS, "presence-x", EventKind::ChannelOccupied), came(RETURN_MS, "a")]);
    assert_eq!(world.heard(), [""; 0]);
    assert!(world.rows.is_empty());
}

#[test]
fn without_a_return_both_events_are_sent() {
    let mut world = world();
    world.accept([left(0, "a"), left(0, "b"), happened(0, "presence-x", EventKind::ChannelVacated)]);
    world.now = 1_000;
    world.accept([came(1_000, "b"), came(1_000, "c")]);
    assert_eq!(world.heard(), ["member_added presence-x c"], "another user's arrival is not a return");
    world.now = RETURN_MS - 1;
    assert_eq!(world.heard(), [""; 0]);
    world.now = RETURN_MS;
    assert_eq!(world.heard(), ["member_removed presence-x a", "channel_vacated presence-x"]);
    world.accept([came(RETURN_MS, "a")]);
    assert_eq!(world.heard(), ["member_added presence-x a"]);
}

#[test]
fn a_return_counts_by_when_it_happened() {
    let mut world = world();
    world.accept([left(0, "a"), came(RETURN_MS + 1, "a")]);
    assert_eq!(world.heard(), ["member_removed presence-x a", "member_added presence-x a"]);
    world.now = 60_000;
    world.accept([left(10_000, "a")]);
    world.now = 61_000;
    world.accept([came(12_000, "a")]);
    assert_eq!(world.heard(), [""; 0], "the hold starts when the queue gets the event");
}

#[test]
fn a_hold_survives_a_crash() {
    let mut world = world();
    world.accept([left(0, "a"), left(0, "b")]);
    world.crash();
    world.accept([came(1, "a")]);
    world.now = RETURN_MS;
    assert_eq!(world.heard(), ["member_removed presence-x b"]);
}

#[test]
fn an_endpoint_gets_only_its_event_types() {
    let other = "https://example.org/other";
    let counts = endpoint(other, &[WebhookEvent::SubscriptionCount]);
    let mut world = World::new(vec![endpoint(URL, &[WebhookEvent::CacheMiss]), counts]);
    world.accept([
        counted(0, "x", 1),
        happened(0, "x", EventKind::CacheMiss),
        happened(0, "x", EventKind::ChannelOccupied),
    ]);
    let heard = |world: &mut World| {
        let deliveries = world.deliveries();
        let lines: Vec<_> = deliveries
            .iter()
            .map(|one| (one.url.clone(), events_of(one).iter().map(line).collect::<Vec<_>>()))
            .collect();
        for one in &deliveries {
            world.delivered(one);
        }
        lines
    };
    let lists = [(URL, "cache_miss x"), (other, "subscription_count x 1")];
    assert_eq!(heard(&mut world), lists.map(|(url, line)| (url.to_owned(), vec![line.to_owned()])));
    assert_eq!(world.heard(), [""; 0]);
    assert!(world.rows.is_empty());
}

#[test]
fn an_endpoint_gets_one_batch_at_a_time() {
    let mut world = world();
    let many = u64::try_from(MAX_BATCH).expect("small") + 1;
    world.accept((1..=many).map(|count| counted(0, "x", count)));
    let first = world.deliveries();
    assert_eq!((first.len(), first[0].events), (1, MAX_BATCH));
    assert_eq!(world.deliveries(), [], "the first attempt is in progress");
    world.accept([counted(0, "y", 1)]);
    world.delivered(&first[0]);
    let second = world.deliveries();
    assert_eq!(
        events_of(&second[0]).iter().map(line).collect::<Vec<_>>(),
        [format!("subscription_count x {many}"), "subscription_count y 1".to_owned()]
    );
    world.delivered(&first[0]);
    assert_eq!(world.deliveries(), [], "a repeated outcome is ignored");
}

#[test]
fn large_events_make_small_batches() {
    let mut world = world();
    let large = "x".repeat(100 * 1024);
    let event = EventKind::client_event("client-y", &large, SocketId::new([0; 8]), None);
    world.accept((0..10).map(|_| happened(0, "private-x", event.clone())));
    assert_eq!(world.deliveries()[0].events, 3);
}

#[test]
fn a_failed_batch_is_retried_unchanged_with_back_off() {
    let mut world = world();
    world.accept([counted(0, "x", 1)]);
    let first = world.deliveries().remove(0);
    assert_eq!(world.failed(&first, 0), []);
    world.accept([counted(0, "x", 2)]);
    assert_eq!((world.deliveries(), world.due_at()), (Vec::new(), Some(1_000)));
    world.crash();
    let mut pauses = Vec::new();
    for attempt in 2..9 {
        let due = world.due_at().expect("a retry");
        pauses.push(due - world.now);
        world.now = due;
        let again = world.deliveries().remove(0);
        assert_eq!(again, Delivery { attempt, ..first.clone() });
        assert_eq!(world.failed(&again, 0), []);
    }
    assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
}

#[test]
fn jitter_shortens_a_pause_by_up_to_a_half() {
    for (chance, pause) in [(0, 1_000), (1, 999), (500, 500), (501, 1_000), (u32::MAX, 994)] {
        let mut world = world();
        world.accept([counted(0, "x", 1)]);
        let delivery = world.deliveries().remove(0);
        world.failed(&delivery, chance);
        assert_eq!(world.due_at(), Some(pause), "{chance}");
    }
}

#[test]
fn after_five_minutes_a_batch_is_dropped_and_the_next_one_is_sent() {
    let mut world = world();
    world.accept([counted(0, "x", 1)]);
    let mut given_up = Vec::new();
    let first = world.deliveries().remove(0);
    world.accept([counted(0, "x", 2), counted(0, "x", 3)]);
    let mut delivery = first.clone();
    while given_up.is_empty() {
        assert_eq!(delivery.id, first.id);
        given_up = world.failed(&delivery, 7);
        if given_up.is_empty() {
            world.now = world.due_at().expect("a retry");
            delivery = world.deliveries().remove(0);
        }
    }
    assert_eq!((world.now, given_up), (RETRY_FOR_MS, vec![given_up_of(&first.id, 1, Reason::Exhausted)]));
    assert_eq!(world.heard(), ["subscription_count x 2", "subscription_count x 3"]);
}

#[test]
fn an_attempt_lost_in_a_crash_is_repeated() {
    let mut world = world();
    world.accept([counted(0, "x", 1)]);
    let first = world.deliveries();
    assert_eq!(world.due_at(), Some(15_000), "the alarm covers the attempt");
    world.crash();
    assert_eq!(world.deliveries(), first);
}

#[test]
fn a_full_queue_drops_and_counts_the_oldest() {
    let mut world = world();
    world.accept([counted(0, "x", 0)]);
    let stuck = world.deliveries().remove(0);
    let most = u64::try_from(MAX_QUEUED).expect("it fits");
    let dropped = world.turn(|queue| {
        queue.accept((1..=most + 5).map(|count| counted(0, "x", count)), at(0));
    });
    let dropped = dropped.given_up;
    assert_eq!(dropped, [given_up_of("", 5, Reason::Overflow)]);
    assert_eq!(world.step().given_up, []);
    assert_eq!(world.rows.events.len(), MAX_QUEUED);
    world.delivered(&stuck);
    let next = world.deliveries().remove(0);
    assert_eq!(line(&events_of(&next)[0]), "subscription_count x 6");
}

#[test]
fn a_removed_endpoint_gets_nothing_and_a_changed_one_continues() {
    let mut world = world();
    world.accept([counted(0, "x", 1)]);
    let first = world.deliveries().remove(0);
    world.endpoints = vec![endpoint(URL, &[WebhookEvent::SubscriptionCount])];
    world.know_endpoints();
    world.accept([happened(0, "x", EventKind::CacheMiss), counted(0, "x", 2)]);
    world.delivered(&first);
    assert_eq!(world.heard(), ["subscription_count x 2"]);
    world.accept([counted(0, "x", 3), left(0, "a")]);
    let second = world.deliveries().remove(0);
    world.endpoints.clear();
    world.know_endpoints();
    assert_eq!(world.failed(&second, 0), []);
    world.now = RETURN_MS;
    assert_eq!(world.heard(), [""; 0]);
    assert!(world.rows.is_empty() && world.rows.endpoints.is_empty());
}

#[test]
fn events_wait_until_the_endpoints_are_known() {
    let mut world =
        World { queue: ChannelQueue::default(), endpoints: vec![endpoint(URL, &WebhookEvent::ALL)], ..world() };
    world.rows = Rows::default();
    world.accept([counted(0, "x", 1)]);
    assert_eq!(world.heard(), [""; 0]);
    assert_eq!(world.due_at(), Some(0));
    world.crash();
    assert_eq!(world.heard(), ["subscription_count x 1"]);
    world.accept([counted(0, "x", 2)]);
    assert_eq!(world.heard(), ["subscription_count x 2"]);
    world.endpoints.push(endpoint("https://example.org/new", &WebhookEvent::ALL));
    world.accept([counted(0, "x", 3)]);
    world.know_endpoints();
    assert_eq!(world.heard(), ["subscription_count x 3"; 2], "a new endpoint gets later events");
}

#[test]
fn endpoints_are_limited_and_unique_by_url() {
    let same = [endpoint(URL, &[WebhookEvent::CacheMiss]), endpoint(URL, &[WebhookEvent::SubscriptionCount])];
    let many = (0..MAX_ENDPOINTS * 2).map(|n| endpoint(&format!("https://example.org/{n}"), &WebhookEvent::ALL));
    let world = World::new(same.into_iter().chain(many).collect());
    assert_eq!(world.rows.endpoints.len(), MAX_ENDPOINTS);
    assert_eq!(world.rows.endpoints[URL].endpoint.events.len(), 2);
}

fn given_up_of(id: &str, events: usize, reason: Reason) -> GivenUp {
    GivenUp { endpoint: URL.to_owned(), id: id.to_owned(), events, reason }
}

#[test]
fn a_row_that_cannot_be_parsed_is_reported_and_its_number_is_not_used_again() {
    let mut world = world();
    world.accept([counted(0, "x", 1)]);
    world.queue = ChannelQueue::default();
    world.queue.restore_event(2, None);
    world.queue.restore_held(3, None);
    let rows = world.rows.clone();
    rows.restore(&mut world.queue);
    let lost = world.queue.take_turn().given_up;
    assert_eq!(lost.iter().map(|lost| (lost.events, lost.reason)).collect::<Vec<_>>(), [(2, Reason::Unreadable)]);
    world.know_endpoints();
    world.accept([counted(0, "x", 2)]);
    assert_eq!(world.rows.events.keys().copied().collect::<Vec<_>>(), [1, 4]);
    assert_eq!(events_of(&world.deliveries()[0]).len(), 2);
}

#[test]
fn an_endpoint_gets_only_the_channels_of_its_filter() {
    let filtered = |url: &str, prefix: Option<&str>, suffix: Option<&str>| ChannelEndpoint {
        channel_prefix: prefix.map(str::to_owned),
        channel_suffix: suffix.map(str::to_owned),
        ..endpoint(url, &[WebhookEvent::CacheMiss])
    };
    let endpoints = [
        filtered("https://a.example/", Some("cache-a"), None),
        filtered("https://b.example/", None, Some(".b")),
        filtered("https://c.example/", Some("cache-a"), Some(".b")),
    ];
    let mut world = World::new(endpoints.to_vec());
    world
        .accept(["cache-a.1", "cache-a.b", "cache-x.b", "cache-x"].map(|name| happened(0, name, EventKind::CacheMiss)));
    let heard = world.heard();
    let expected =
        ["cache-a.1", "cache-a.b", "cache-a.b", "cache-x.b", "cache-a.b"].map(|name| format!("cache_miss {name}"));
    assert_eq!(heard, expected);
    assert!(world.queue.is_empty(), "what no endpoint wants is removed");
}

#[test]
fn headers_are_added_and_never_replace_the_signature() {
    let headers = [("x-tenant", "acme"), ("host", "evil.example"), ("X-Pusher-Signature", "forged")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let endpoints = vec![ChannelEndpoint { headers, ..endpoint(URL, &WebhookEvent::ALL) }];
    let mut world = World::new(endpoints.clone());
    let key = AppKey { key: "key".to_owned(), secrets: vec!["secret".to_owned()] };
    world.turn(|queue| queue.set_endpoints(endpoints, key));
    world.accept([happened(0, "x", EventKind::ChannelOccupied)]);
    let [delivery] = &world.deliveries()[..] else { panic!("one delivery") };
    let headers = world.queue.headers(delivery, at(0)).expect("a secret");
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(names, ["x-tenant", "x-pusher-key", "x-pusher-signature", DELIVERY_HEADER]);
}

/// A flood of invented names, and of one channel's client events, costs the events of no other channel.
#[test]
fn a_flood_drops_only_its_own_events() {
    let mut world = world();
    let quiet = ["presence-a", "private-b"];
    world.accept(quiet.map(|name| happened(0, name, EventKind::ChannelOccupied)));
    let invented = (0..MAX_QUEUED).map(|number| happened(0, &format!("invented-{number}"), EventKind::ChannelOccupied));
    world.accept(invented);
    let whisper = |number: usize| {
        let socket_id = SocketId::new([0; 8]);
        let (event, data) = (format!("client-{number}"), "{}".to_owned());
        happened(0, "private-loud", EventKind::ClientEvent { event, data, socket_id, user_id: None })
    };
    for first in (0..MAX_QUEUED).step_by(100) {
        world.accept((first..first + 100).map(whisper));
    }
    let kept: Vec<&str> = world.queue.log.events.values().map(|event| event.channel.as_str()).collect();
    assert_eq!(kept.len(), MAX_QUEUED);
    assert!(quiet.iter().all(|name| kept.contains(name)), "events of quiet channels stay");
    let loud = kept.iter().filter(|name| **name == "private-loud").count();
    assert!((MAX_QUEUED / 3..=MAX_QUEUED * 2 / 3).contains(&loud), "{loud}: the floods share the queue");
}
