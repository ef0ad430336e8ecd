//! Property test of one public channel: two gateways, its object, and messages in random order. In every history, an
//! event that is published after a subscription has succeeded reaches that subscription exactly once.

mod world;

use proptest::prelude::*;
use world::{GATEWAYS, World};

#[derive(Debug, Clone)]
enum Step {
    Subscribe(usize),
    /// Gateway, and the index of one of its listeners.
    Unsubscribe(usize, usize),
    Publish,
    /// A message in flight arrives; its index.
    Arrive(usize),
    Pass(i64),
    ObjectLosesMemory,
    /// A gateway's calls time out, and it sends them again.
    SendAgain(usize),
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
        1 => Just(Step::ObjectLosesMemory),
        1 => gateway.clone().prop_map(Step::SendAgain),
        1 => gateway.prop_map(Step::GatewayDies),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_subscription_gets_each_later_event_exactly_once(history in proptest::collection::vec(step(), 1..80)) {
        let mut world = World::default();
        for step in history {
            match step {
                Step::Subscribe(at) => world.subscribe(at),
                Step::Unsubscribe(at, which) => world.unsubscribe(at, which),
                Step::Publish => world.publish(),
                Step::Arrive(which) => world.arrive(which),
                Step::Pass(millis) => world.now += millis,
                Step::ObjectLosesMemory => world.object_loses_memory(),
                Step::SendAgain(at) => world.send_again(at),
                Step::GatewayDies(at) => world.gateway_dies(at),
            }
        }
        world.deliver_all();
        world.publish();
        world.deliver_all();
        world.check();
    }
}
