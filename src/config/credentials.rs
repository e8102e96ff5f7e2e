//! The API key and its secret: given by the operator, or made at the first start and kept on disk.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret, data_dir, is_word, random, refuse, set};
use crate::cli::IdentityArgs;

/// The API key and the secret that signs tokens.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// What clients name themselves with; not secret.
    pub api_key: String,
    /// What signs their tokens.
    pub api_secret: Secret,
}

impl Credentials {
    /// The key and secret of a deployment: as given, else as kept in the data folder, else made there.
    pub fn load(identity: &IdentityArgs) -> Result<Self, ConfigError> {
        Self::find(identity, &data_dir(&identity.data_dir)?)
    }

    /// As `load`, for a data folder that is known to exist.
    pub(super) fn find(identity: &IdentityArgs, data_dir: &Path) -> Result<Self, ConfigError> {
        let key = set(identity.api_key.as_deref());
        let secret = set(identity.api_secret.as_ref().map(Secret::expose));
        match (key, secret) {
            (Some(key), Some(secret)) => given(key, secret),
            (Some(_), None) => refuse("WEIR_API_KEY is set but WEIR_API_SECRET is not; set both, or neither"),
            (None, Some(_)) => refuse("WEIR_API_SECRET is set but WEIR_API_KEY is not; set both, or neither"),
            (None, None) => kept(data_dir).or_else(|error| {
                let file = data_dir.join(CREDENTIALS);
                refuse(format!(
                    "cannot keep the API key and secret in {}: {error}; make the folder writable, or set WEIR_API_KEY and WEIR_API_SECRET",
                    file.display()
                ))
            }),
        }
    }
}

fn given(key: &str, secret: &str) -> Result<Credentials, ConfigError> {
    if key.len() > 64 || !key.chars().all(is_word) {
        return refuse("WEIR_API_KEY has 1 to 64 letters, digits, _ and -");
    }
    if secret.len() < LEAST_SECRET {
        return refuse("WEIR_API_SECRET is shorter than 8 characters; make one with: openssl rand -hex 32");
    }
    Ok(Credentials { api_key: key.to_owned(), api_secret: Secret::new(secret) })
}

const CREDENTIALS: &str = "credentials.json";
/// A shorter secret is no secret.
const LEAST_SECRET: usize = 8;
/// Any user can try secrets against a token of their own; RFC 7518 (3.2) asks for 256 bits.
const GOOD_SECRET: usize = 32;

impl Credentials {
    /// What is wrong with a secret that is short, and the remedy: for tests it will do.
    pub fn weakness(&self) -> Option<(&'static str, &'static str)> {
        (self.api_secret.expose().len() < GOOD_SECRET).then_some((
            "WEIR_API_SECRET is shorter than 32 characters and can be guessed",
            "openssl rand -hex 32 makes a good one",
        ))
    }
}

/// The file's content; it has no `Debug` on purpose.
#[derive(Serialize, Deserialize)]
struct KeptCredentials {
    api_key: String,
    api_secret: String,
}

/// Reads the credentials, or makes them under a lock so that of two first starts one waits and reads.
fn kept(data_dir: &Path) -> io::Result<Credentials> {
    let file = data_dir.join(CREDENTIALS);
    if let Some(credentials) = read(&file)? {
        return Ok(credentials);
    }
    let lock = private_file(&data_dir.join("credentials.lock"))?;
    lock.lock()?;
    if let Some(credentials) = read(&file)? {
        return Ok(credentials);
    }
    let kept = KeptCredentials { api_key: random(12), api_secret: random(64) };
    let temporary = data_dir.join("credentials.json.new");
    let mut writer = private_file(&temporary)?;
    writer.set_len(0)?;
    serde_json::to_writer_pretty(&writer, &kept)?;
    writer.write_all(b"\n")?;
    writer.sync_all()?;
    fs::rename(&temporary, &file)?;
    File::open(data_dir)?.sync_all()?;
    Ok(Credentials { api_key: kept.api_key, api_secret: Secret::new(kept.api_secret) })
}

fn read(file: &Path) -> io::Result<Option<Credentials>> {
    let text = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let kept: KeptCredentials = serde_json::from_slice(&text)
        .map_err(|_| io::Error::other("it is not as Weir wrote it; restore it, or remove it for new ones"))?;
    let checked = given(&kept.api_key, &kept.api_secret).map_err(io::Error::other)?;
    Ok(Some(checked))
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, os::unix::fs::PermissionsExt, thread};

    use tempfile::TempDir;

    use super::{
        super::tests::{SECRET, load},
        *,
    };

    #[test]
    fn a_first_start_makes_credentials_and_the_next_finds_them() {
        let folder = TempDir::new().expect("a folder");
        let first = load(&folder, &[]).expect("is fine");
        let Credentials { api_key, api_secret } = &first.credentials;
        assert_eq!((api_key.len(), api_secret.expose().len()), (12, 64));
        assert!(
            api_key.chars().chain(api_secret.expose().chars()).all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
        );
        let file = folder.path().join("data/credentials.json");
        assert_eq!(fs::metadata(&file).expect("exists").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(folder.path().join("data")).expect("exists").permissions().mode() & 0o777, 0o700);
        let second = load(&folder, &[]).expect("is fine");
        assert_eq!((&second.credentials.api_key, &second.credentials.api_secret), (api_key, api_secret));
        let banner = first.banner(SocketAddr::from(([127, 0, 0, 1], 4321)), Some(crate::cli::Durability::Durable));
        assert!(
            banner.starts_with("Weir is listening on http://127.0.0.1:4321\n") && banner.contains(api_key.as_str())
        );
        assert!(!banner.contains(api_secret.expose()) && !format!("{first:?}").contains(api_secret.expose()));
    }

    #[test]
    fn first_starts_at_once_agree() {
        let folder = TempDir::new().expect("a folder");
        let keys: Vec<String> = thread::scope(|scope| {
            let starts: Vec<_> =
                (0..16).map(|_| scope.spawn(|| load(&folder, &[]).expect("is fine").credentials.api_key)).collect();
            starts.into_iter().map(|start| start.join().expect("ends well")).collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0]), "{keys:?}");
    }

    #[test]
    fn given_credentials_are_used_and_not_kept() {
        let folder = TempDir::new().expect("a folder");
        let config = load(&folder, &["--api-key", "mine", "--api-secret", SECRET]).expect("is fine");
        assert_eq!((config.credentials.api_key.as_str(), config.credentials.api_secret.expose()), ("mine", SECRET));
        assert!(!folder.path().join("data/credentials.json").exists());
    }
}
