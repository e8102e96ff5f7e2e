//! The rows of the table: which figure of which workload, and what is expected of it.

use crate::workloads::Workload;

/// One row, and one key of the results.
pub struct Row {
    pub key: &'static str,
    pub workload: Workload,
    pub figure: &'static str,
    pub unit: &'static str,
    pub targets: &'static [Target],
    /// What to hope for, as a ratio to the floor.
    pub reach: &'static str,
}

/// What must be reached.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// Weir's figure divided by the floor's.
    RatioAtLeast(f64),
    RatioAtMost(f64),
    /// Another figure of Weir's, and what to call it.
    AtMost(&'static str, f64, &'static str),
}

use Target::{AtMost, RatioAtLeast, RatioAtMost};

pub const ROWS: [Row; 20] = [
    Row {
        key: "send",
        workload: Workload::Send,
        figure: "accepted_per_second",
        unit: "messages/s",
        targets: &[RatioAtLeast(0.60)],
        reach: "0.80",
    },
    Row {
        key: "send_cpu",
        workload: Workload::Send,
        figure: "cpu_us_per_message",
        unit: "µs/message",
        targets: &[RatioAtMost(1.6)],
        reach: "1.3",
    },
    Row {
        key: "send_latency",
        workload: Workload::SendLatency,
        figure: "p50_ms",
        unit: "ms",
        targets: &[RatioAtMost(2.0), AtMost("p50_ms", 1.0, "ms")],
        reach: "1.3",
    },
    Row {
        key: "send_always",
        workload: Workload::SendAlways,
        figure: "accepted_per_second",
        unit: "messages/s",
        targets: &[],
        reach: "",
    },
    Row {
        key: "fan_out_1000",
        workload: Workload::FanOut1000,
        figure: "deliveries_per_second",
        unit: "deliveries/s",
        targets: &[RatioAtLeast(0.80)],
        reach: "0.95",
    },
    Row {
        key: "fan_out_1000_cpu",
        workload: Workload::FanOut1000,
        figure: "cpu_us_per_delivery",
        unit: "µs/delivery",
        targets: &[],
        reach: "",
    },
    Row {
        key: "fan_out_5000",
        workload: Workload::FanOut5000,
        figure: "deliveries_per_second",
        unit: "deliveries/s",
        targets: &[RatioAtLeast(0.80)],
        reach: "0.95",
    },
    Row {
        key: "fan_out_5000_cpu",
        workload: Workload::FanOut5000,
        figure: "cpu_us_per_delivery",
        unit: "µs/delivery",
        targets: &[],
        reach: "",
    },
    Row {
        key: "idle",
        workload: Workload::Idle,
        figure: "kib_per_connection",
        unit: "KiB/connection",
        targets: &[AtMost("kib_per_connection", 10.0, "KiB"), AtMost("cpu_percent", 0.5, "% CPU")],
        reach: "7 KiB",
    },
    Row {
        key: "connect_storm",
        workload: Workload::ConnectStorm,
        figure: "connects_per_second",
        unit: "connects/s",
        targets: &[RatioAtLeast(0.4), AtMost("refused", 0.0, "refused")],
        reach: "0.6",
    },
    Row {
        key: "channel_list_30",
        workload: Workload::ChannelList,
        figure: "few_p50_ms",
        unit: "ms",
        targets: &[RatioAtMost(2.5)],
        reach: "1.0",
    },
    Row {
        key: "channel_list_1000",
        workload: Workload::ChannelList,
        figure: "many_p50_ms",
        unit: "ms",
        targets: &[RatioAtMost(2.5), AtMost("many_to_few", 1.2, "× of 30")],
        reach: "1.0",
    },
    Row {
        key: "history",
        workload: Workload::History,
        figure: "many_p50_ms",
        unit: "ms",
        targets: &[RatioAtMost(2.0), AtMost("many_to_few", 1.2, "× of depth 1,000")],
        reach: "1.2",
    },
    Row {
        key: "read",
        workload: Workload::Read,
        figure: "reads_per_second",
        unit: "reads/s",
        targets: &[RatioAtLeast(0.5)],
        reach: "0.7",
    },
    Row {
        key: "read_cpu",
        workload: Workload::Read,
        figure: "cpu_us_per_read",
        unit: "µs/read",
        targets: &[],
        reach: "",
    },
    Row {
        key: "cold_start",
        workload: Workload::ColdStart,
        figure: "ms",
        unit: "ms",
        targets: &[AtMost("ms", 100.0, "ms")],
        reach: "50 ms",
    },
    Row {
        key: "redis_per_message",
        workload: Workload::Send,
        figure: "redis_operations",
        unit: "operations",
        targets: &[],
        reach: "",
    },
    Row {
        key: "memory_per_message",
        workload: Workload::MemoryPerMessage,
        figure: "bytes",
        unit: "bytes",
        targets: &[AtMost("bytes", 700.0, "bytes")],
        reach: "",
    },
    Row {
        key: "log_per_message",
        workload: Workload::MemoryPerMessage,
        figure: "log_bytes",
        unit: "bytes",
        targets: &[],
        reach: "",
    },
    Row {
        key: "search",
        workload: Workload::Search,
        figure: "p50_ms",
        unit: "ms",
        targets: &[AtMost("p99_ms", 50.0, "ms at p99")],
        reach: "5 ms",
    },
];
