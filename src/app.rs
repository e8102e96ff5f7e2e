//! [`App`]: the handles that one process owns.

use std::path::PathBuf;
use std::sync::Arc;

use crate::auth::Tokens;
use crate::events::Hub;
use crate::links::Links;
use crate::providers::{Gifs, Translations};
use crate::search::Search;
use crate::signing::Signer;
use crate::store::{Sizes, Store};

/// What every request reaches: the store, the hub, and the few settings that do not change while the process runs.
pub struct App {
    pub(crate) store: Arc<Store>,
    pub(crate) hub: Arc<Hub>,
    /// The index of messages, unless it is switched off.
    pub(crate) search: Option<Arc<Search>>,
    pub(crate) tokens: Tokens,
    pub(crate) api_key: String,
    /// This process' name; connection ids begin with it.
    pub(crate) node: String,
    /// Where uploads lie.
    pub(crate) uploads: PathBuf,
    /// Uploaded images in other sizes.
    pub(crate) sizes: Sizes,
    /// Signs the links of uploads; absent when they need no signature.
    pub(crate) signer: Option<Signer>,
    /// Base of links to uploads; from the request's host when absent.
    pub(crate) public_url: Option<String>,
    /// What browsers subscribe to push notifications with, if they are pushed to.
    pub(crate) push_key: Option<String>,
    /// Hosts of their push services that are called although they are not public.
    pub(crate) push_hosts: Vec<String>,
    pub(crate) rate_limits: bool,
    /// Fetches pages for their previews; absent when that is turned off.
    pub(crate) links: Option<Links>,
    /// Finds pictures for `/giphy`; absent when no service is named.
    pub(crate) gifs: Option<Gifs>,
    /// Translates texts; absent when no service is named.
    pub(crate) translations: Option<Translations>,
    /// Renders the numbers of this process for Prometheus.
    pub(crate) metrics: Box<dyn Fn() -> String + Send + Sync>,
}
