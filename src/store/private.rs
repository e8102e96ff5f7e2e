//! The private Redis: a real server run as a supervised child on a unix socket in the data folder.
//!
//! Its folder is locked twice: `weir.lock` says that a Weir is at work there, `redis.lock` is
//! inherited by the child and says that a Redis still writes, even one whose Weir was killed.

mod child;
mod supervisor;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsStr,
    fmt,
    fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    sync::mpsc::{Sender, channel},
};

use tokio::sync::watch;

use self::{child::Notice, supervisor::Supervisor};
pub use crate::config::PrivateRedisSettings as Settings;

/// `sockaddr_un` has room for 108 bytes with the final zero.
const SOCKET_PATH_BYTES: usize = 107;
pub(crate) const SOCKET: &str = "redis.sock";

/// How the private Redis is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The process runs and reads its data; commands are refused until it is done.
    Loading,
    /// It answers.
    Ready,
    /// It ended and is being started again.
    Restarting,
    /// It ended before it was ever ready; the text says why. It is not started again.
    Failed(String),
    /// It was stopped by us.
    Stopped,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Restarting => "restarting",
            Self::Failed(_) => "failed",
            Self::Stopped => "stopped",
        })
    }
}

/// Why there is no private Redis: a sentence with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum PrivateRedisError {
    #[error(
        "Weir keeps its data in Redis, and no valkey-server or redis-server is installed: run `apt-get install -y redis-server` as root (or the same with your system's packages), or set REDIS_URL to an existing one"
    )]
    NotInstalled,
    #[error("WEIR_REDIS_BIN: {0} is not a program that can be run; name a valkey-server or redis-server")]
    NotAProgram(PathBuf),
    #[error("another Weir uses the data in {0}; stop it, or name another folder with --data-dir (WEIR_DATA_DIR)")]
    InUse(PathBuf),
    #[error("the Redis of an earlier Weir still writes in {0} and does not end; stop that redis-server process")]
    StillWriting(PathBuf),
    #[error("cannot run the private Redis in {folder} (WEIR_DATA_DIR): {cause}")]
    Io { folder: PathBuf, cause: io::Error },
    #[error("the private Redis does not start: {0}")]
    Failed(String),
}

/// The handle of the private Redis. Dropping it asks Redis to end, without waiting.
#[derive(Debug)]
pub struct PrivateRedis {
    url: String,
    inbox: Sender<Notice>,
    state: watch::Receiver<State>,
}

impl PrivateRedis {
    /// Finds the program, takes the folder for this process and starts Redis. Returns when the
    /// process runs; `ready` waits until it answers.
    pub async fn start(settings: &Settings) -> Result<Self, PrivateRedisError> {
        let program = find(settings)?;
        let failed = |cause| PrivateRedisError::Io { folder: settings.folder.clone(), cause };
        DirBuilder::new().recursive(true).mode(0o700).create(&settings.folder).map_err(failed)?;
        let weir_lock = lock_file(&settings.folder.join("weir.lock")).map_err(failed)?;
        match weir_lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PrivateRedisError::InUse(settings.folder.clone())),
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        let redis_lock = lock_file(&settings.folder.join("redis.lock")).map_err(failed)?;
        let folder = Folder::open(settings).map_err(failed)?;
        let url = format!("redis+unix://{}", percent_encoded(folder.socket.as_os_str()));
        let (inbox, notices) = channel();
        let (sender, state) = watch::channel(State::Loading);
        let launch =
            child::Launch { program, durability: settings.durability, folder, redis_lock, inbox: inbox.clone() };
        let started = Supervisor::new(launch, notices, sender).start(weir_lock).map_err(failed)?;
        match started.await {
            Ok(Ok(())) => Ok(Self { url, inbox, state }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(PrivateRedisError::Failed("its supervisor ended".to_owned())),
        }
    }

    /// The address for the Redis client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How it is at this moment.
    #[cfg(test)]
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until Redis answers and has read its data.
    pub async fn ready(&self) -> Result<(), PrivateRedisError> {
        match self.first(|state| !matches!(state, State::Loading | State::Restarting)).await {
            State::Failed(why) => Err(PrivateRedisError::Failed(why)),
            State::Stopped => Err(PrivateRedisError::Failed("it was stopped".to_owned())),
            _ => Ok(()),
        }
    }

    /// Ends Redis in good order: what it has is on disk when this returns.
    pub async fn stop(&self) {
        // An error means that it has ended before.
        if self.inbox.send(Notice::Stop).is_ok() {
            self.first(|state| matches!(state, State::Stopped | State::Failed(_))).await;
        }
    }

    async fn first(&self, wanted: impl FnMut(&State) -> bool) -> State {
        let mut state = self.state.clone();
        // The supervisor's last word stays readable; without one it was torn down.
        state.wait_for(wanted).await.map_or(State::Stopped, |state| state.clone())
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        // An error means that it was stopped before.
        let _gone = self.inbox.send(Notice::Stop);
    }
}

/// The folder of the private Redis, and the socket's path as this process can reach it.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    socket: PathBuf,
    /// Keeps `/proc/self/fd/N` in `socket` alive.
    _handle: File,
}

impl Folder {
    fn open(settings: &Settings) -> io::Result<Self> {
        let path = settings.folder.canonicalize()?;
        let handle = File::open(&path)?;
        // Whoever can enter the folder can talk to Redis.
        handle.set_permissions(Permissions::from_mode(0o700))?;
        let mut socket = path.join(SOCKET);
        if socket.as_os_str().len() > SOCKET_PATH_BYTES {
            // Redis binds a relative path in its own folder; we reach it through our open folder.
            socket = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", handle.as_raw_fd()));
        }
        Ok(Self { path, socket, _handle: handle })
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn find(settings: &Settings) -> Result<PathBuf, PrivateRedisError> {
    let runs =
        |file: &PathBuf| file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    if let Some(program) = &settings.program {
        // Not canonical: redis-server may be a link to a program that acts by the name it is called.
        let absolute = std::path::absolute(program).ok().filter(runs);
        return absolute.ok_or_else(|| PrivateRedisError::NotAProgram(program.clone()));
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&settings.search_path).collect();
    let candidates = ["valkey-server", "redis-server"];
    let mut files = candidates.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = files.find(runs).ok_or(PrivateRedisError::NotInstalled)?;
    std::path::absolute(&found).map_err(|_| PrivateRedisError::NotAProgram(found))
}

pub(crate) fn percent_encoded(path: &OsStr) -> String {
    let encode = |byte: &u8| match byte {
        b'/' | b'-' | b'_' | b'.' | b'~' => char::from(*byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.as_encoded_bytes().iter().map(encode).collect()
}
