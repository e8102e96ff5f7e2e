//! A node is killed, then both: nothing acknowledged is lost or doubled, and clients are back soon.

use std::time::Duration;

use crate::checker::must_hold;
use crate::people::Size;
use crate::sized;
use crate::world::World;

/// How long it may take until everybody is live again. The short form is played with a debug build beside other tests.
fn back() -> Duration {
    sized(Duration::from_secs(30), Duration::from_secs(5))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_nodes_lose_nothing() {
    let size = Size { readers: 200, channels: 20, writers: 40 };
    let mut world = World::start(size).await;
    let load = world.load(sized(Duration::from_millis(400), Duration::from_millis(100)));
    for victims in sized(&[&[0][..], &[0, 1]][..], &[&[0][..], &[1], &[0, 1], &[0], &[0, 1]]) {
        world.more_sent(sized(100, 2000)).await;
        for victim in *victims {
            world.nodes[*victim].kill();
        }
        for victim in *victims {
            world.none_live(&world.readers_of(*victim)).await;
        }
        let start = world.log.now();
        for victim in *victims {
            world.nodes[*victim].restart();
        }
        world.all_live("after a kill").await;
        let took = world.log.now() - start;
        assert!(took <= back(), "everybody is live again after {took:?}");
    }
    world.more_sent(sized(100, 2000)).await;
    must_hold(&world.finish(load).await);
}
