//! A node stands still for longer than its lease holds: the other gives up what it held, and then it goes on.

use std::time::Duration;

use crate::checker::must_hold;
use crate::people::Size;
use crate::sized;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stalls_past_its_lease_loses_nothing() {
    let size = Size { readers: 200, channels: 20, writers: 40 };
    let world = World::start(size).await;
    let load = world.load(sized(Duration::from_millis(400), Duration::from_millis(100)));
    world.more_sent(sized(50, 2000)).await;
    world.nodes[0].pause();
    let nodes = || world.redis.cli(&["scard", "weir:{0}:nodes"]);
    assert_eq!(nodes(), "2");
    world.until("the node is taken for dead", || nodes() == "1").await;
    world.nodes[0].resume();
    world.more_sent(sized(150, 2000)).await;
    world.all_live("after the stall").await;
    must_hold(&world.finish(load).await);
}
