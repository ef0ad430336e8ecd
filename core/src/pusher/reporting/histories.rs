//! Random histories of one public channel: two gateways, its object, and messages between them that overtake each other.
//! Whatever happens, an event that is published after a subscription has succeeded reaches it, once.

mod world;

use proptest::prelude::*;
use world::{GATEWAYS, World};

#[derive(Debug, Clone)]
enum Step {
    Subscribe(usize),
    /// One of those who listen at a gateway, by number.
    Unsubscribe(usize, usize),
    Publish,
    /// One of the messages that are under way arrives, by number.
    Arrive(usize),
    Pass(i64),
    ObjectForgets,
    /// A gateway waits no longer for the answer to its calls, and sends them again.
    TryAgain(usize),
    /// A gateway's process dies with its sockets.
    GatewayDies(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let gateway = 0..GATEWAYS;
    prop_oneof![
        6 => gateway.clone().prop_map(Step::Subscribe),
        4 => (gateway.clone(), any::<usize>()).prop_map(|(gateway, which)| Step::Unsubscribe(gateway, which)),
        4 => Just(Step::Publish),
        20 => any::<usize>().prop_map(Step::Arrive),
        2 => (1_000..40_000_i64).prop_map(Step::Pass),
        1 => Just(Step::ObjectForgets),
        1 => gateway.clone().prop_map(Step::TryAgain),
        1 => gateway.prop_map(Step::GatewayDies),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whoever_was_let_in_hears_all_that_is_published_from_then_on(history in proptest::collection::vec(step(), 1..80)) {
        let mut world = World::default();
        for step in history {
            match step {
                Step::Subscribe(at) => world.subscribe(at),
                Step::Unsubscribe(at, which) => world.unsubscribe(at, which),
                Step::Publish => world.publish(),
                Step::Arrive(which) => world.arrive(which),
                Step::Pass(millis) => world.now += millis,
                Step::ObjectForgets => world.object_forgets(),
                Step::TryAgain(at) => world.try_again(at),
                Step::GatewayDies(at) => world.gateway_dies(at),
            }
        }
        world.settle();
        world.publish();
        world.settle();
        world.check();
    }
}
