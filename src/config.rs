//! Config: the settings of one process, checked once at start. Nothing else reads the environment.

mod credentials;
mod push;

use std::{
    ffi::OsString,
    fmt,
    fs::DirBuilder,
    net::{IpAddr, SocketAddr},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::Url;

pub use self::credentials::Credentials;
pub use self::push::{ApnSettings, FirebaseSettings, PushSettings};
use crate::cli::ServeArgs;
pub use crate::cli::{Durability, LogFormat, Secret};

/// The checked settings of `weir serve`. Its `Debug` output shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 means any free one.
    pub port: u16,
    /// The data folder: an absolute path of a folder that exists.
    pub data_dir: PathBuf,
    /// The API key and its secret.
    pub credentials: Credentials,
    /// Which Redis to use.
    pub redis: Redis,
    /// First part of every Redis key.
    pub key_prefix: String,
    /// What an acknowledged write survives.
    pub promise: Promise,
    /// Whether Stream's rate limits are enforced.
    pub rate_limits: bool,
    /// Whether unsigned development tokens are accepted.
    pub dev_tokens: bool,
    /// Whether pages are fetched for their previews.
    pub link_previews: bool,
    /// Hosts that are fetched although they are not public.
    pub private_links: Vec<String>,
    /// Where `/giphy` finds pictures, if anywhere.
    pub giphy: Option<Service>,
    /// What translates, if anything.
    pub translate: Option<Service>,
    /// Base of links to uploads, without a slash at the end; from the request's host when absent.
    pub public_url: Option<String>,
    /// How long signed links to uploads last; `None` when links need no signature.
    pub links_last: Option<Duration>,
    /// Bytes that the search index gathers in before it writes; `None` when there is no search.
    pub search_memory: Option<usize>,
    /// What is pushed with.
    pub push: PushSettings,
    /// What to log, in `EnvFilter`'s language (already checked).
    pub log: String,
    /// How to write the log.
    pub log_format: LogFormat,
}

/// What an acknowledged write is promised to survive.
#[derive(Clone, Debug)]
pub struct Promise {
    /// `None`: what an existing Redis is set to.
    pub level: Option<Durability>,
    /// How many replicas must have a write, at the level `replicated`.
    pub replicas: u8,
    /// How long is waited for them.
    pub patience: Duration,
}

impl Default for Promise {
    fn default() -> Self {
        Self { level: None, replicas: 1, patience: Duration::from_secs(1) }
    }
}

/// A service of somebody else that is asked over HTTP.
#[derive(Clone, Debug)]
pub struct Service {
    /// What its calls stand below.
    pub url: Url,
    /// What it knows us by.
    pub key: Option<Secret>,
}

/// Which Redis holds the data.
#[derive(Clone, Debug)]
pub enum Redis {
    /// A server of our own, run as a child process.
    Private(PrivateRedisSettings),
    /// An existing one, by its URL (which may hold a password).
    At(Secret),
}

/// What the private Redis needs to know.
#[derive(Clone, Debug)]
pub struct PrivateRedisSettings {
    /// Where its files and its socket live.
    pub folder: PathBuf,
    /// The program that the operator named, if any.
    pub program: Option<PathBuf>,
    /// Where to look for a program otherwise, in the form of `PATH`.
    pub search_path: OsString,
    /// How often it writes to the disk.
    pub durability: Durability,
}

/// Why the settings were refused: a sentence with the name of the setting and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Checks the settings, makes the data folder, and makes or reads the credentials.
    pub fn load(args: ServeArgs) -> Result<Self, ConfigError> {
        let public_url = set(args.public_url.as_deref()).map(public_url).transpose()?;
        let redis_url = set(args.redis_url.as_ref().map(Secret::expose)).map(redis_url).transpose()?;
        let data_dir = data_dir(&args.identity.data_dir)?;
        let credentials = Credentials::find(&args.identity, &data_dir)?;
        let mut promise = Promise {
            level: args.durability,
            replicas: args.replicas,
            patience: Duration::from_millis(args.replicas_timeout),
        };
        let redis = match redis_url {
            Some(url) => Redis::At(url),
            None if promise.level == Some(Durability::Replicated) => {
                return refuse(
                    "WEIR_DURABILITY=replicated needs a Redis with replicas: name it in REDIS_URL; the private one has none",
                );
            }
            None => {
                let durability = *promise.level.get_or_insert(Durability::Durable);
                Redis::Private(PrivateRedisSettings {
                    folder: data_dir.join("redis"),
                    program: args.redis_bin.filter(|file| !file.as_os_str().is_empty()),
                    search_path: std::env::var_os("PATH").unwrap_or_default(),
                    durability,
                })
            }
        };
        Ok(Self {
            host: args.host,
            port: args.port,
            data_dir,
            credentials,
            redis,
            key_prefix: args.key_prefix,
            promise,
            rate_limits: args.rate_limits,
            dev_tokens: args.dev_tokens,
            link_previews: args.link_previews,
            private_links: args.private_links.into_iter().filter(|host| !host.is_empty()).collect(),
            giphy: service("WEIR_GIPHY_URL", args.giphy_url.as_deref(), args.giphy_key, Some(GIPHY))?,
            translate: service("WEIR_TRANSLATE_URL", args.translate_url.as_deref(), args.translate_key, None)?,
            public_url,
            links_last: args.upload_link_hours.map(|hours| Duration::from_secs(u64::from(hours) * 3600)),
            search_memory: args.search.then_some(args.search_memory as usize * 1024 * 1024),
            push: PushSettings::load(&args.push)?,
            log: args.log,
            log_format: args.log_format,
        })
    }

    /// What the server prints when it listens: where it is, the API key, the data, and the durability that was found.
    pub fn banner(&self, address: SocketAddr, durability: Option<Durability>) -> String {
        let local = match address.ip() {
            ip if ip.is_unspecified() => SocketAddr::from(([127, 0, 0, 1], address.port())),
            _ => address,
        };
        let everywhere = if address.ip().is_unspecified() {
            "\n  Reachable   from other machines too, on every address of this one"
        } else {
            ""
        };
        format!(
            "Weir is listening on http://{local}{everywhere}\n  API key     {}\n  Data        {}\n  Redis       {}\n  Durability  {}",
            self.credentials.api_key,
            self.data_dir.display(),
            self.redis,
            durability.map_or_else(|| "none: Redis keeps nothing on its disk".to_owned(), |level| level.to_string()),
        )
    }
}

impl fmt::Display for Redis {
    /// Where Redis is, without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(_) => f.write_str("private, in the data folder"),
            Self::At(url) => {
                let (scheme, rest) = url.expose().split_once("://").unwrap_or(("redis", ""));
                let place = rest.split(['?', '#']).next().unwrap_or_default();
                write!(f, "{scheme}://{}", place.rsplit('@').next().unwrap_or_default())
            }
        }
    }
}

fn refuse<T>(sentence: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError(sentence.into()))
}

/// An empty variable is how shells and compose files say "not set".
fn set(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

fn public_url(value: &str) -> Result<String, ConfigError> {
    let host = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['?', '#', ' ']) => Ok(value.trim_end_matches('/').to_owned()),
        _ => refuse(format!(
            "WEIR_PUBLIC_URL is {value:?}; it is the address that people type, e.g. https://chat.example.org"
        )),
    }
}

/// Giphy's own.
const GIPHY: &str = "https://api.giphy.com/v1/gifs";

/// A service, if its address or its key is set; `usual` is the address that goes with a key alone.
fn service(
    name: &str,
    url: Option<&str>,
    key: Option<Secret>,
    usual: Option<&str>,
) -> Result<Option<Service>, ConfigError> {
    let key = key.filter(|key| !key.expose().is_empty());
    let Some(url) = set(url).or(usual.filter(|_| key.is_some())) else { return Ok(None) };
    match Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.username().is_empty() => {
            Ok(Some(Service { url, key }))
        }
        // The value may hold a password, so it is not repeated.
        _ => refuse(format!("{name} is the address of a service, without a password, e.g. https://api.example.org/v1")),
    }
}

fn redis_url(value: &str) -> Result<Secret, ConfigError> {
    const SCHEMES: [&str; 7] =
        ["redis://", "rediss://", "valkey://", "valkeys://", "redis+unix://", "valkey+unix://", "unix://"];
    let is_address = |part: &str| SCHEMES.iter().any(|scheme| part.len() > scheme.len() && part.starts_with(scheme));
    if value.split(',').all(is_address) {
        Ok(Secret::new(value))
    } else {
        // The value may hold a password, so it is not repeated.
        refuse(
            "REDIS_URL is not the address of a Redis; write redis://host:6379/0 (a comma in a password as %2C), or leave it out for a private one",
        )
    }
}

fn data_dir(folder: &Path) -> Result<PathBuf, ConfigError> {
    let made = || {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        folder.canonicalize()
    };
    made().or_else(|error| {
        let folder = folder.display();
        refuse(format!(
            "WEIR_DATA_DIR: cannot use {folder}: {error}; name a folder that you can write to with --data-dir"
        ))
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Random lower-case letters and digits, from the operating system's source.
fn random(length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    // 252 is the largest multiple of 36 in a byte: what lies above would favour some letters.
    let letter = |byte: &u8| (*byte < 252).then(|| char::from(ALPHABET[usize::from(*byte % 36)]));
    let mut word = String::with_capacity(length);
    while word.len() < length {
        let bytes = uuid::Uuid::new_v4().into_bytes();
        // A version 4 UUID has fixed bits in bytes 6 and 8; the others are random.
        let random = bytes[..6].iter().chain(&bytes[9..]);
        word.extend(random.filter_map(letter).take(length - word.len()));
    }
    word
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;
    use tempfile::TempDir;

    use super::*;
    use crate::cli::{Cli, Command};

    pub(super) const SECRET: &str = "a-secret-of-32-characters-exactly";

    pub(super) fn load(folder: &TempDir, flags: &[&str]) -> Result<Config, ConfigError> {
        let folder = folder.path().join("data");
        let start = ["weir", "serve", "--data-dir", folder.to_str().expect("a plain path")];
        match Cli::try_parse_from(start.iter().chain(flags)).expect("parses").command {
            Command::Serve(args) => Config::load(*args),
            other => panic!("{other:?}"),
        }
    }

    fn refusal(flags: &[&str]) -> String {
        load(&TempDir::new().expect("a folder"), flags).expect_err("must be refused").to_string()
    }

    #[test]
    fn nonsense_names_its_setting_and_no_secret() {
        for (flags, name) in [
            (&["--api-key", "mine", "--api-secret", ""][..], "WEIR_API_SECRET"),
            (&["--api-key", "", "--api-secret", SECRET], "WEIR_API_KEY"),
            (&["--api-key", "mine", "--api-secret", "hunter2"], "WEIR_API_SECRET"),
            (&["--api-key", "my key", "--api-secret", SECRET], "WEIR_API_KEY"),
            (&["--redis-url", "hunter2@host"], "REDIS_URL"),
            (&["--redis-url", "redis://"], "REDIS_URL"),
            (&["--redis-url", "redis://one:6379,two:6379"], "REDIS_URL"),
            (&["--public-url", "chat.example.org"], "WEIR_PUBLIC_URL"),
            (&["--giphy-url", "ftp://gifs"], "WEIR_GIPHY_URL"),
            (&["--translate-url", "https://me:hunter2@host"], "WEIR_TRANSLATE_URL"),
            (&["--durability", "replicated"], "REDIS_URL"),
        ] {
            let said = refusal(flags);
            assert!(said.contains(name) && !said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn unusable_folders_and_files_are_refused_by_name() {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("data"), "a file").expect("writes");
        assert!(load(&folder, &[]).expect_err("not a folder").to_string().contains("WEIR_DATA_DIR"));
        let folder = TempDir::new().expect("a folder");
        fs::create_dir(folder.path().join("data")).expect("makes");
        fs::write(folder.path().join("data/credentials.json"), "{").expect("writes");
        assert!(load(&folder, &[]).expect_err("half a file").to_string().contains("credentials.json"));
    }

    #[test]
    fn redis_is_private_unless_named_and_shown_without_its_password() {
        let folder = TempDir::new().expect("a folder");
        assert!(matches!(load(&folder, &["--redis-url", ""]).expect("is fine").redis, Redis::Private(_)));
        let redis = load(&folder, &["--redis-url", "rediss://me:hunter2@host:6380/2?x=y"]).expect("is fine").redis;
        assert_eq!(redis.to_string(), "rediss://host:6380/2");
        assert!(!format!("{redis:?}").contains("hunter2"));
    }

    #[test]
    fn a_service_is_asked_only_when_it_is_named() {
        let folder = TempDir::new().expect("a folder");
        let giphy = |flags: &[&str]| load(&folder, flags).expect("is fine").giphy.map(|giphy| giphy.url.to_string());
        assert_eq!(giphy(&["--giphy-key", "", "--giphy-url", ""]), None);
        assert_eq!(giphy(&["--giphy-key", "mine"]).as_deref(), Some(GIPHY));
        assert_eq!(giphy(&["--giphy-url", "http://127.0.0.1:9/gifs"]).as_deref(), Some("http://127.0.0.1:9/gifs"));
    }

    #[test]
    fn links_have_no_slash_at_the_end() {
        let folder = TempDir::new().expect("a folder");
        let config = load(&folder, &["--public-url", "https://chat.example.org/"]).expect("is fine");
        assert_eq!(config.public_url.as_deref(), Some("https://chat.example.org"));
    }
}
