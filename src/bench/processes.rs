//! Child processes: started, measured through `/proc`, and ended.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A process that takes longer to start has failed.
const PATIENCE: Duration = Duration::from_secs(15);
/// Linux counts a process' time in hundredths of a second, whatever its kernel's clock.
const TICK_MILLIS: u64 = 10;

/// A process that ends when it is dropped.
pub struct Process {
    child: Child,
    pid: u32,
    name: &'static str,
}

impl Process {
    /// Starts it and waits for a line that holds `text`, which is returned too. Its error output goes into the file.
    pub async fn start(name: &'static str, command: &mut Command, log: &Path, text: &str) -> Result<(Process, String)> {
        let log = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        let pid = child.id().with_context(|| format!("{name} has ended already"))?;
        let output = child.stdout.take().with_context(|| format!("{name} has no output"))?;
        let mut output = BufReader::new(output).lines();
        let line = async {
            while let Some(line) = output.next_line().await? {
                if line.contains(text) {
                    return Ok(line);
                }
            }
            bail!("{name} ended before it said \"{text}\"")
        };
        let line = timeout(PATIENCE, line).await.with_context(|| format!("{name} does not say \"{text}\""))??;
        // A pipe that nobody reads would stop it one day.
        tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
        Ok((Process { child, pid, name }, line))
    }

    pub fn ensure_alive(&mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "{} has ended: {ended:?}", self.name);
        Ok(())
    }

    /// Ends it at once: what it would tidy up is thrown away with it.
    pub async fn stop(mut self) -> Result<()> {
        self.child.kill().await.with_context(|| format!("{} cannot be ended", self.name))
    }

    /// The time that it has run on a processor, its own and the kernel's on its behalf.
    pub fn cpu(&self) -> Result<Duration> {
        cpu_of(&self.pid.to_string()).with_context(|| format!("{} is gone", self.name))
    }

    /// Its memory that is in RAM, in KiB.
    pub fn resident_kib(&self) -> Result<u64> {
        let path: PathBuf = ["/proc", &self.pid.to_string(), "status"].iter().collect();
        let status = fs::read_to_string(&path).with_context(|| format!("{} is gone", self.name))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.with_context(|| format!("/proc/{}/status has no VmRSS", self.pid))?.trim().parse()?)
    }
}

/// The time that anything has run on this machine's processors since it was started.
pub fn machine_cpu() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    // user nice system idle iowait irq softirq steal: all but the two that wait.
    let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).take(8);
    let mut busy = 0;
    for (field, ticks) in fields.enumerate() {
        if field != 3 && field != 4 {
            busy += ticks.parse::<u64>()?;
        }
    }
    Ok(Duration::from_millis(TICK_MILLIS * busy))
}

/// The time that this process has run on a processor.
pub fn own_cpu() -> Result<Duration> {
    cpu_of("self").context("/proc/self/stat")
}

fn cpu_of(pid: &str) -> Result<Duration> {
    let path: PathBuf = ["/proc", pid, "stat"].iter().collect();
    let stat = fs::read_to_string(&path)?;
    // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
    let after = stat.rsplit_once(") ").map(|(_, fields)| fields.split(' ').collect::<Vec<_>>());
    let ticks = after.as_ref().and_then(|fields| Some((fields.get(11)?, fields.get(12)?)));
    let (user, system) = ticks.with_context(|| format!("{} is not as expected", path.display()))?;
    Ok(Duration::from_millis(TICK_MILLIS * (user.parse::<u64>()? + system.parse::<u64>()?)))
}

/// Lets this process and its children open `files` files, or says what the machine allows.
pub fn raise_open_files(files: u64) -> Result<()> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft >= files {
        return Ok(());
    }
    ensure!(
        hard >= files,
        "this needs {files} open files and the machine allows {hard}: raise the limit (`ulimit -Hn {files}` as root)"
    );
    setrlimit(Resource::RLIMIT_NOFILE, files, hard).context("the limit of open files cannot be raised")
}

/// Waits for something that tells nobody when it happens.
pub async fn until<T>(what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(done) = attempt().await {
            return Ok(done);
        }
        ensure!(start.elapsed() < PATIENCE, "{what} does not happen");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
