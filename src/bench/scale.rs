//! How long and how large the workloads are.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// What goes before and is not measured.
    pub warm_up: Duration,
    pub measured: Duration,
    pub channels: usize,
    /// Sockets on the one channel of a fan-out: the smaller and the larger.
    pub fan_out: [usize; 2],
    pub idle_sockets: usize,
    /// How long idle sockets are left alone before and while they are measured.
    pub settle: Duration,
    pub storm_sockets: usize,
    /// Channels of a user with few and of one with many.
    pub lists: [usize; 2],
    /// Messages in a channel with few and in one with many.
    pub history: [usize; 2],
    pub stored_messages: usize,
    /// Channels and messages that are searched.
    pub searched: [usize; 2],
}

impl Scale {
    pub fn full(measured: Duration) -> Scale {
        Scale {
            warm_up: Duration::from_secs(2),
            measured,
            channels: 100,
            fan_out: [1000, 5000],
            idle_sockets: 10_000,
            settle: Duration::from_secs(4),
            storm_sockets: 2000,
            lists: [30, 1000],
            history: [1000, 100_000],
            stored_messages: 100_000,
            searched: [500, 1_000_000],
        }
    }

    /// Shows that everything works; its figures mean little.
    pub fn quick(measured: Duration) -> Scale {
        Scale {
            warm_up: Duration::from_millis(300),
            measured,
            channels: 20,
            fan_out: [100, 300],
            idle_sockets: 500,
            settle: Duration::from_secs(1),
            storm_sockets: 200,
            lists: [30, 60],
            history: [1000, 3000],
            stored_messages: 3000,
            searched: [50, 5000],
        }
    }
}
