//! The arguments of push notifications; all of them are off by default.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::{Secret, switch};

/// Which devices are told of new messages, and by whom.
#[derive(Clone, Debug, Args)]
pub struct PushArgs {
    /// Push to browsers: on or off.
    #[arg(long = "push-web", env = "WEIR_PUSH_WEB", value_name = "on|off", default_value = "off", value_parser = switch, action = ArgAction::Set)]
    pub web: bool,

    /// Whom the push services of browsers may write to: mailto:… or https://…
    #[arg(long = "push-contact", env = "WEIR_PUSH_CONTACT", value_name = "LINK")]
    pub contact: Option<String>,

    /// The private key that signs what goes to browsers: 32 bytes of P-256 in base64url
    /// [default: made with the first start and kept in Redis]. With another key browsers must
    /// subscribe anew.
    #[arg(long = "push-vapid-key", env = "WEIR_PUSH_VAPID_KEY", value_name = "KEY", hide_env_values = true)]
    pub vapid_key: Option<Secret>,

    /// Hosts of push services that browsers may name although their addresses are not public, or
    /// there is no TLS, divided by commas. For tests and closed networks.
    #[arg(long = "push-private-hosts", env = "WEIR_PUSH_PRIVATE_HOSTS", value_name = "HOSTS", value_delimiter = ',')]
    pub private_hosts: Vec<String>,

    /// Push through Firebase: the JSON file of a service account.
    #[arg(long = "push-firebase", env = "WEIR_PUSH_FIREBASE", value_name = "FILE")]
    pub firebase: Option<PathBuf>,

    /// Where Firebase is.
    #[arg(
        long = "push-firebase-url",
        env = "WEIR_PUSH_FIREBASE_URL",
        value_name = "URL",
        default_value = "https://fcm.googleapis.com"
    )]
    pub firebase_url: String,

    /// Push to Apple's devices: the .p8 file of a signing key.
    #[arg(long = "push-apn", env = "WEIR_PUSH_APN", value_name = "FILE")]
    pub apn: Option<PathBuf>,

    /// The id of that key.
    #[arg(long = "push-apn-key-id", env = "WEIR_PUSH_APN_KEY_ID", value_name = "ID")]
    pub apn_key_id: Option<String>,

    /// The team that it belongs to.
    #[arg(long = "push-apn-team-id", env = "WEIR_PUSH_APN_TEAM_ID", value_name = "ID")]
    pub apn_team_id: Option<String>,

    /// The app's bundle id.
    #[arg(long = "push-apn-topic", env = "WEIR_PUSH_APN_TOPIC", value_name = "BUNDLE")]
    pub apn_topic: Option<String>,

    /// Where Apple's service is; https://api.sandbox.push.apple.com for apps in development.
    #[arg(
        long = "push-apn-url",
        env = "WEIR_PUSH_APN_URL",
        value_name = "URL",
        default_value = "https://api.push.apple.com"
    )]
    pub apn_url: String,
}
