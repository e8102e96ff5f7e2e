//! What the machine allows: open files, waiting connections, the disk.

use std::fs;
use std::io::Write;
use std::path::Path;

use nix::sys::statvfs::statvfs;

use crate::store::health::Finding;

/// Files that are open beside the clients' connections.
const OWN_FILES: u64 = 256;
/// Connections that may wait to be taken in when many come back at once.
const BACKLOG: u64 = 1024;
const GIB: u64 = 1024 * 1024 * 1024;
/// Free disk that is little, and that is too little.
const LITTLE: u64 = GIB;
const TOO_LITTLE: u64 = GIB / 10;

pub(super) fn findings(data_dir: &Path, connections: u64) -> Vec<Finding> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let backlog = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap_or_default();
    vec![open_files(&limits, connections), waiting(&backlog), folder(data_dir), space(data_dir)]
}

/// `limits` is the text of `/proc/self/limits`.
fn open_files(limits: &str, connections: u64) -> Finding {
    const CHECK: &str = "open files";
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = match line.and_then(|line| line.split_ascii_whitespace().next()) {
        Some("unlimited") => u64::MAX,
        Some(number) => number.parse().unwrap_or(0),
        None => {
            return Finding::warn(
                CHECK,
                "the limit cannot be read",
                "compare `ulimit -n` with the connections you expect",
            );
        }
    };
    let needed = connections.saturating_add(OWN_FILES);
    match soft {
        u64::MAX => Finding::ok(CHECK, "without a limit"),
        _ if soft >= needed => Finding::ok(CHECK, format!("{soft} may be open, enough for {connections} connections")),
        _ => {
            let says = format!("{soft} may be open, too few for {connections} connections");
            let remedy = format!("ulimit -n {needed} before the start, or LimitNOFILE={needed} in the systemd unit");
            match soft < OWN_FILES {
                true => Finding::fail(CHECK, says, remedy),
                false => Finding::warn(CHECK, says, remedy),
            }
        }
    }
}

/// `backlog` is the text of `/proc/sys/net/core/somaxconn`.
fn waiting(backlog: &str) -> Finding {
    const CHECK: &str = "backlog";
    match backlog.trim().parse::<u64>() {
        Ok(most) if most >= BACKLOG => Finding::ok(CHECK, format!("{most} connections may wait to be taken in")),
        Ok(most) => Finding::warn(
            CHECK,
            format!(
                "only {most} connections may wait to be taken in: when all clients come back at once, some are turned away"
            ),
            format!("sysctl -w net.core.somaxconn={}", BACKLOG * 4),
        ),
        Err(_) => Finding::ok(CHECK, "this system does not say how many connections may wait"),
    }
}

/// Whether files can be made where uploads and the private Redis lie.
fn folder(data_dir: &Path) -> Finding {
    const CHECK: &str = "data folder";
    let probe = data_dir.join(format!("doctor-{}", std::process::id()));
    let tried = fs::File::create(&probe).and_then(|mut file| file.write_all(b"?").and_then(|()| file.sync_all()));
    let removed = fs::remove_file(&probe);
    match tried.and(removed) {
        Ok(()) => Finding::ok(CHECK, format!("{} can be written to", data_dir.display())),
        Err(error) => Finding::fail(
            CHECK,
            format!("{} cannot be written to: {error}", data_dir.display()),
            "make it writable for the user that runs Weir, or name another folder with WEIR_DATA_DIR",
        ),
    }
}

fn space(data_dir: &Path) -> Finding {
    match statvfs(data_dir) {
        Ok(disk) => room(disk.blocks_available().saturating_mul(disk.fragment_size())),
        Err(error) => Finding::warn(
            "disk",
            format!("the free space cannot be read: {error}"),
            "look with df whether there is enough",
        ),
    }
}

fn room(free: u64) -> Finding {
    let says = format!("{:.1} GiB are free for uploads and the data", free as f64 / GIB as f64);
    let remedy = "free some, or move the data folder: on a full disk writes fail";
    match free {
        _ if free < TOO_LITTLE => Finding::fail("disk", says, remedy),
        _ if free < LITTLE => Finding::warn("disk", says, remedy),
        _ => Finding::ok("disk", says),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::health::State;

    #[test]
    fn limits_are_held_against_the_wish() {
        let limits =
            |soft| format!("Max processes 1 1 processes\nMax open files            {soft}    524288    files\n");
        assert_eq!(open_files(&limits("65536"), 10_000).state, State::Ok);
        assert_eq!(open_files(&limits("unlimited"), u64::MAX).state, State::Ok);
        assert_eq!(open_files(&limits("1024"), 10_000).state, State::Warn);
        assert_eq!(open_files(&limits("64"), 10_000).state, State::Fail);
        assert_eq!(open_files("", 10_000).state, State::Warn);
        assert_eq!([waiting("4096\n").state, waiting("128\n").state], [State::Ok, State::Warn]);
    }

    #[test]
    fn a_full_disk_and_a_folder_that_is_not_there_fail() {
        assert_eq!([room(5 * GIB).state, room(GIB / 2).state, room(0).state], [State::Ok, State::Warn, State::Fail]);
        assert_eq!(folder(Path::new("/nowhere/at/all")).state, State::Fail);
    }
}
