//! The settings of push notifications: which providers there are, and with which credentials.

use std::path::Path;

use serde::Deserialize;

use super::{ConfigError, Secret, refuse, set};
use crate::cli::PushArgs;

/// What is pushed with; nothing by default.
#[derive(Clone, Debug, Default)]
pub struct PushSettings {
    /// Whether browsers are pushed to.
    pub web: bool,
    /// Whom the push services of browsers may write to.
    pub contact: Option<String>,
    /// The private key for browsers, in base64url; else one is made and kept.
    pub vapid_key: Option<Secret>,
    /// Hosts of push services that are called although they are not public.
    pub private_hosts: Vec<String>,
    pub firebase: Option<FirebaseSettings>,
    pub apn: Option<ApnSettings>,
}

/// Firebase Cloud Messaging.
#[derive(Clone, Debug)]
pub struct FirebaseSettings {
    pub account: ServiceAccount,
    /// Without a slash at the end.
    pub url: String,
}

/// A service account, as Google writes its file.
#[derive(Clone, Debug, Deserialize)]
pub struct ServiceAccount {
    pub project_id: String,
    pub client_email: String,
    /// PEM.
    pub private_key: Secret,
    /// Where tokens are had.
    pub token_uri: String,
}

/// Apple's service.
#[derive(Clone, Debug)]
pub struct ApnSettings {
    /// PEM.
    pub key: Secret,
    pub key_id: String,
    pub team_id: String,
    /// The app's bundle id.
    pub topic: String,
    /// Without a slash at the end.
    pub url: String,
}

impl PushSettings {
    pub(super) fn load(args: &PushArgs) -> Result<PushSettings, ConfigError> {
        let contact = set(args.contact.as_deref()).map(contact).transpose()?;
        let file = |file: &Option<std::path::PathBuf>| file.clone().filter(|file| !file.as_os_str().is_empty());
        Ok(PushSettings {
            web: args.web,
            contact,
            vapid_key: args.vapid_key.clone().filter(|key| !key.expose().is_empty()),
            private_hosts: args.private_hosts.iter().filter(|host| !host.is_empty()).cloned().collect(),
            firebase: file(&args.firebase).map(|file| firebase(&file, &args.firebase_url)).transpose()?,
            apn: file(&args.apn).map(|file| apn(&file, args)).transpose()?,
        })
    }
}

fn contact(link: &str) -> Result<String, ConfigError> {
    if link.starts_with("mailto:") || link.starts_with("https://") {
        return Ok(link.to_owned());
    }
    refuse("WEIR_PUSH_CONTACT is a link: mailto:admin@example.org or https://example.org/contact")
}

fn firebase(file: &Path, link: &str) -> Result<FirebaseSettings, ConfigError> {
    let json = read("WEIR_PUSH_FIREBASE", file)?;
    // The parser's own words may hold a part of the key.
    let account = serde_json::from_str(&json).or_else(|_| {
        let file = file.display();
        refuse(format!(
            "WEIR_PUSH_FIREBASE: {file} is not the JSON file of a service account (project_id, client_email, private_key, token_uri)"
        ))
    })?;
    Ok(FirebaseSettings { account, url: url("WEIR_PUSH_FIREBASE_URL", link)? })
}

fn apn(file: &Path, args: &PushArgs) -> Result<ApnSettings, ConfigError> {
    let needed = |name: &str, value: &Option<String>| match set(value.as_deref()) {
        Some(value) => Ok(value.to_owned()),
        None => refuse(format!(
            "WEIR_PUSH_APN is set but {name} is not; Apple needs the key's id, the team's and the bundle's"
        )),
    };
    Ok(ApnSettings {
        key: Secret::new(read("WEIR_PUSH_APN", file)?),
        key_id: needed("WEIR_PUSH_APN_KEY_ID", &args.apn_key_id)?,
        team_id: needed("WEIR_PUSH_APN_TEAM_ID", &args.apn_team_id)?,
        topic: needed("WEIR_PUSH_APN_TOPIC", &args.apn_topic)?,
        url: url("WEIR_PUSH_APN_URL", &args.apn_url)?,
    })
}

fn read(name: &str, file: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(file).or_else(|error| refuse(format!("{name}: cannot read {}: {error}", file.display())))
}

fn url(name: &str, link: &str) -> Result<String, ConfigError> {
    if link.starts_with("https://") || link.starts_with("http://") {
        return Ok(link.trim_end_matches('/').to_owned());
    }
    refuse(format!("{name} is {link:?}; it begins with https://"))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::tests::load;

    #[test]
    fn nothing_is_pushed_unless_asked_for_and_half_a_setting_is_refused_without_its_secret() {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("account.json");
        std::fs::write(&file, r#"{"private_key":"hunter2"}"#).expect("writes");
        let file = file.to_str().expect("a plain path");
        let push = load(&folder, &[]).expect("is fine").push;
        assert!(!push.web && push.firebase.is_none() && push.apn.is_none());
        for (flags, name) in [
            (&["--push-contact", "admin"][..], "WEIR_PUSH_CONTACT"),
            (&["--push-firebase", "/nowhere"], "WEIR_PUSH_FIREBASE"),
            (&["--push-firebase", file], "project_id"),
            (&["--push-apn", file], "WEIR_PUSH_APN_KEY_ID"),
        ] {
            let said = load(&folder, flags).expect_err("must be refused").to_string();
            assert!(said.contains(name) && !said.contains("hunter2"), "{said}");
        }
    }
}
