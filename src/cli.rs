//! The command line: every flag and environment variable, with its default and its meaning.
//! What `weir serve --help` prints is the reference documentation of the settings.

mod push;
mod secret;

use std::{fmt, net::IpAddr, path::PathBuf};

pub use self::push::PushArgs;
pub use self::secret::Secret;
use clap::{Arg, ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::limits::{LINK_HOURS, SEARCH_MEMORY, SEARCH_MEMORY_BOUNDS};

/// Weir: a self-hosted chat server that speaks GetStream's protocol, with Redis as its only store.
#[derive(Debug, Parser)]
#[command(name = "weir", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line and the environment; ends the process with a message on nonsense.
    pub fn read() -> Self {
        let command = Self::command().mut_subcommands(|command| command.mut_args(unset_when_empty));
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }
}

/// An empty variable is how shells and compose files say "not set".
fn unset_when_empty(arg: Arg) -> Arg {
    let empty = arg.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()));
    if empty { arg.env(None::<&str>) } else { arg }
}

/// What the program is asked to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server until SIGTERM or Ctrl-C.
    ///
    /// Every setting is a flag or an environment variable; a flag wins over the variable. An empty
    /// variable counts as unset. Secrets belong into the environment: other users of the machine
    /// can read the flags of a process.
    Serve(Box<ServeArgs>),
    /// Print a signed token (JWT) for a user, or for a backend with --server.
    ///
    /// It is signed with the secret of this deployment: give the same --data-dir, or the same
    /// WEIR_API_SECRET, as to `weir serve`.
    Token(TokenArgs),
    /// Look whether all is well: settings, Redis, the machine. Each line says what was found and,
    /// where it is not well, what to do.
    ///
    /// Give the same settings as to `weir serve`. Ends with 1 when something fails.
    Doctor(Box<DoctorArgs>),
    /// Print the OpenAPI document of this server as JSON.
    Openapi,
}

/// Where the deployment's key and secret come from; the same for every command.
#[derive(Clone, Debug, Args)]
pub struct IdentityArgs {
    /// Folder for all that Weir keeps on disk: credentials, uploads and the private Redis.
    /// Made (readable by you only) when it does not exist.
    #[arg(long, env = "WEIR_DATA_DIR", value_name = "FOLDER", default_value = "data")]
    pub data_dir: PathBuf,

    /// The API key that clients name [default: made at the first start, kept in the data folder].
    /// Set together with the secret.
    #[arg(long, env = "WEIR_API_KEY", value_name = "KEY")]
    pub api_key: Option<String>,

    /// The secret that signs tokens, 32 characters or more [default: as for the key].
    /// Whoever has it can act as anybody.
    #[arg(long, env = "WEIR_API_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub api_secret: Option<Secret>,
}

/// The settings of `weir serve`, as given; `Config::load` checks them.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Port to listen on; 0 takes a free one and prints it.
    #[arg(long, env = "PORT", value_name = "PORT", default_value = "8080", value_parser = port)]
    pub port: u16,

    /// Address to listen on. 127.0.0.1 is this machine only, 0.0.0.0 every IPv4 address,
    /// :: every address. Put a proxy with TLS in front before strangers can reach it.
    #[arg(long, env = "WEIR_HOST", value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = host)]
    pub host: IpAddr,

    #[command(flatten)]
    pub identity: IdentityArgs,

    /// An existing Redis (6.2 or later) or Valkey: redis://[user:password@]host:port/db, rediss://
    /// for TLS, redis+unix:///path/to/socket; of a cluster some nodes, divided by commas. Without it
    /// Weir keeps a private one in the data folder.
    #[arg(long, env = "REDIS_URL", value_name = "URL", hide_env_values = true)]
    pub redis_url: Option<Secret>,

    /// First part of every Redis key. Deployments with different prefixes can share one Redis;
    /// nodes of one deployment have the same.
    #[arg(long, env = "WEIR_KEY_PREFIX", value_name = "PREFIX", default_value = "weir", value_parser = key_prefix)]
    pub key_prefix: String,

    /// The program to run as private Redis [default: valkey-server, else redis-server, from PATH].
    #[arg(long, env = "WEIR_REDIS_BIN", value_name = "FILE")]
    pub redis_bin: Option<PathBuf>,

    /// What an acknowledged write survives [default: durable with a private Redis; what an existing
    /// one is set to]. A private Redis is set up accordingly; of an existing one it is checked at
    /// start, and one that keeps less is refused.
    #[arg(long, env = "WEIR_DURABILITY", value_name = "LEVEL", value_enum)]
    pub durability: Option<Durability>,

    /// With `replicated`: how many replicas must have a write before it is acknowledged.
    #[arg(long, env = "WEIR_REPLICAS", value_name = "NUMBER", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub replicas: u8,

    /// With `replicated`: milliseconds that a write waits for them; then it is answered with 503.
    #[arg(long, env = "WEIR_REPLICAS_TIMEOUT", value_name = "MS", default_value = "1000", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub replicas_timeout: u64,

    /// Stream's rate limits: on or off. The limits of sign-in and registration always stay.
    #[arg(long, env = "WEIR_RATE_LIMITS", value_name = "on|off", default_value = "on", value_parser = switch, action = ArgAction::Set)]
    pub rate_limits: bool,

    /// Accept unsigned development tokens: on or off. With `on` anybody can be anybody.
    #[arg(long, env = "WEIR_DEV_TOKENS", value_name = "on|off", default_value = "off", value_parser = switch, action = ArgAction::Set)]
    pub dev_tokens: bool,

    /// Previews of links: on or off. Off, this server fetches no pages.
    #[arg(long, env = "WEIR_LINK_PREVIEWS", value_name = "on|off", default_value = "on", value_parser = switch, action = ArgAction::Set)]
    pub link_previews: bool,

    /// Hosts whose pages have previews although their addresses are not public, divided by commas:
    /// wiki.intranet, 10.0.0.7. Everybody who may chat can then see those previews.
    #[arg(long, env = "WEIR_PRIVATE_LINKS", value_name = "HOSTS", value_delimiter = ',')]
    pub private_links: Vec<String>,

    /// The key of a service with Giphy's API; without key and address there is no `/giphy`.
    #[arg(long, env = "WEIR_GIPHY_KEY", value_name = "KEY", hide_env_values = true)]
    pub giphy_key: Option<Secret>,

    /// The address of that service [default: https://api.giphy.com/v1/gifs]
    #[arg(long, env = "WEIR_GIPHY_URL", value_name = "URL")]
    pub giphy_url: Option<String>,

    /// The address of a service with LibreTranslate's API; without it nothing is translated.
    #[arg(long, env = "WEIR_TRANSLATE_URL", value_name = "URL")]
    pub translate_url: Option<String>,

    /// The key of that service, if it wants one.
    #[arg(long, env = "WEIR_TRANSLATE_KEY", value_name = "KEY", hide_env_values = true)]
    pub translate_key: Option<Secret>,

    /// Base of the links to uploaded files, e.g. https://chat.example.org
    /// [default: the host that the request named].
    #[arg(long, env = "WEIR_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Hours after which the link to a file that was uploaded to a channel runs out (4 to 336) [default:
    /// never]. Who reads the message gets a fresh, signed one. Holds for what is uploaded from then on.
    #[arg(long, env = "WEIR_UPLOAD_LINK_HOURS", value_name = "HOURS", value_parser = clap::value_parser!(u32).range(LINK_HOURS))]
    pub upload_link_hours: Option<u32>,

    /// Search in messages: on or off. Each node keeps an index of its own in the data folder, which can
    /// be thrown away: it is built again from Redis.
    #[arg(long, env = "WEIR_SEARCH", value_name = "on|off", default_value = "on", value_parser = switch, action = ArgAction::Set)]
    pub search: bool,

    /// Mebibytes of memory in which new messages are gathered for the search index (16 to 2048).
    #[arg(long, env = "WEIR_SEARCH_MEMORY", value_name = "MIB", default_value_t = SEARCH_MEMORY, value_parser = clap::value_parser!(u32).range(SEARCH_MEMORY_BOUNDS))]
    pub search_memory: u32,

    #[command(flatten)]
    pub push: PushArgs,

    /// How much to log: error, warn, info, debug, trace, or by module (`info,weir::store=debug`).
    #[arg(long, env = "WEIR_LOG", value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub log: String,

    /// How the log is written, on the standard error output.
    #[arg(long, env = "WEIR_LOG_FORMAT", value_name = "FORMAT", default_value = "text", value_enum)]
    pub log_format: LogFormat,
}

/// The arguments of `weir doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub serve: ServeArgs,

    /// How many people shall be connected to one node at once: the machine's limits are held
    /// against it.
    #[arg(long, value_name = "NUMBER", default_value = "10000")]
    pub connections: u64,

    /// Print the findings as JSON.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `weir token`.
#[derive(Clone, Debug, Args)]
pub struct TokenArgs {
    /// Id of the user whom the token stands for: letters, digits and @ _ -
    #[arg(value_name = "USER", required_unless_present = "server", value_parser = user_id)]
    pub user: Option<String>,

    /// A token for a backend: it may do everything, for everybody. Keep it off clients.
    #[arg(long)]
    pub server: bool,

    /// Seconds until the token expires [default: never].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=MAX_TTL))]
    pub ttl: Option<u64>,

    #[command(flatten)]
    pub identity: IdentityArgs,
}

/// A hundred years: beyond it a number of seconds is a mistake, not a wish.
const MAX_TTL: u64 = 100 * 365 * 24 * 60 * 60;

/// How much an acknowledged write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Durability {
    /// Survives the end of Weir and of Redis; a power cut may take the last second.
    Fast,
    /// Survives a power cut: on disk before it is acknowledged. Costs a fifth of the throughput.
    Durable,
    /// Survives the loss of the machine that Redis runs on: other machines have it too before it is
    /// acknowledged. Needs an existing Redis with replicas.
    Replicated,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fast => "fast (a power cut may take the last second)",
            Self::Durable => "durable (on disk before it is acknowledged)",
            Self::Replicated => "replicated (on other machines before it is acknowledged)",
        })
    }
}

impl Durability {
    /// As it is written in a setting.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Durable => "durable",
            Self::Replicated => "replicated",
        }
    }
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for log collectors.
    Json,
}

fn port(value: &str) -> Result<u16, String> {
    value.parse().map_err(|_| "PORT is a whole number from 0 to 65535, e.g. 8080".to_owned())
}

fn host(value: &str) -> Result<IpAddr, String> {
    let address = if value == "localhost" { "127.0.0.1" } else { value };
    address.parse().map_err(|_| "WEIR_HOST is an IP address of this machine, e.g. 127.0.0.1 or 0.0.0.0".to_owned())
}

fn key_prefix(value: &str) -> Result<String, String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    if (1..=40).contains(&value.len()) && value.chars().all(fine) {
        Ok(value.to_owned())
    } else {
        Err("WEIR_KEY_PREFIX has 1 to 40 letters, digits and _ - . : e.g. weir".to_owned())
    }
}

fn switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err("say on or off".to_owned()),
    }
}

fn log_filter(value: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(value) {
        Ok(_) => Ok(value.to_owned()),
        Err(error) => Err(format!("WEIR_LOG is a level or a filter, e.g. info or info,weir=debug: {error}")),
    }
}

fn user_id(value: &str) -> Result<String, String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "@_-".contains(c);
    if (1..=255).contains(&value.len()) && value.chars().all(fine) {
        Ok(value.to_owned())
    } else {
        Err("a user id has 1 to 255 letters, digits and @ _ -".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn refusal(args: &[&str]) -> String {
        Cli::try_parse_from(args).expect_err("must be refused").to_string()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_documents_every_variable() {
        let help = Cli::try_parse_from(["weir", "serve", "--help"]).expect_err("help is an early end");
        assert_eq!(help.kind(), ErrorKind::DisplayHelp);
        let help = help.to_string();
        for name in [
            "PORT",
            "WEIR_HOST",
            "WEIR_DATA_DIR",
            "REDIS_URL",
            "WEIR_API_KEY",
            "WEIR_API_SECRET",
            "WEIR_KEY_PREFIX",
            "WEIR_RATE_LIMITS",
            "WEIR_DEV_TOKENS",
            "WEIR_LOG",
            "WEIR_LOG_FORMAT",
            "WEIR_REDIS_BIN",
            "WEIR_DURABILITY",
            "WEIR_REPLICAS",
            "WEIR_REPLICAS_TIMEOUT",
            "WEIR_PUBLIC_URL",
            "WEIR_LINK_PREVIEWS",
            "WEIR_PRIVATE_LINKS",
            "WEIR_GIPHY_KEY",
            "WEIR_GIPHY_URL",
            "WEIR_TRANSLATE_URL",
            "WEIR_TRANSLATE_KEY",
            "WEIR_SEARCH",
            "WEIR_SEARCH_MEMORY",
            "WEIR_PUSH_WEB",
            "WEIR_PUSH_FIREBASE",
            "WEIR_PUSH_APN",
            "WEIR_UPLOAD_LINK_HOURS",
        ] {
            assert!(help.contains(&format!("[env: {name}")), "{name} is missing in:\n{help}");
        }
    }

    #[test]
    fn nonsense_names_its_setting() {
        for (flag, value, names) in [
            ("--port", "eighty", "PORT"),
            ("--port", "65536", "PORT"),
            ("--host", "my house", "WEIR_HOST"),
            ("--key-prefix", "we{ir", "WEIR_KEY_PREFIX"),
            ("--log", "a=b=c", "WEIR_LOG"),
            ("--rate-limits", "maybe", "--rate-limits"),
            ("--durability", "eternal", "--durability"),
            ("--replicas", "0", "--replicas"),
            ("--search", "perhaps", "--search"),
            ("--search-memory", "1", "--search-memory"),
        ] {
            assert!(refusal(&["weir", "serve", flag, value]).contains(names), "{flag} {value}");
        }
    }

    #[test]
    fn tokens_need_somebody() {
        refusal(&["weir", "token"]);
        refusal(&["weir", "token", "ana bell"]);
        refusal(&["weir", "token", "ana", "--ttl", "0"]);
        assert!(Cli::try_parse_from(["weir", "token", "--server"]).is_ok());
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let line = ["weir", "serve", "--api-secret", "hunter2", "--redis-url", "redis://:hunter2@host"];
        let cli = Cli::try_parse_from(line).expect("parses");
        assert!(!format!("{cli:?}").contains("hunter2"));
    }
}
