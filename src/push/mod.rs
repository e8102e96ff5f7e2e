//! Push notifications: a consumer of the log that does its work once per deployment (`rules.md` 17).
//!
//! `listen` reads the log, `recipients` says who is to be told of what, the queue keeps it (`store`), `deliver` sends it through
//! the device's provider. Nothing here runs unless a provider is set up, and a send never waits for it.

mod apn;
mod deliver;
mod firebase;
mod http;
mod listen;
mod provider;
mod recipients;
mod token;
mod web_push;

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub(crate) use provider::Providers;

use crate::app::App;
use crate::config::PushSettings;
use crate::error::Result;
use crate::store::Store;

/// The providers that are set up; the key pair of web push is made with the first start.
pub(crate) async fn providers(settings: &PushSettings, store: &Store) -> anyhow::Result<Providers> {
    let mut providers = Providers::default();
    if settings.web {
        let secret = match &settings.vapid_key {
            Some(key) => key.expose().to_owned(),
            None => store.push_secret(web_push::new_secret).await?,
        };
        providers.web = Some(web_push::WebPush::new(&secret, settings)?);
    }
    if let Some(firebase) = &settings.firebase {
        providers.firebase = Some(firebase::Firebase::new(firebase)?);
    }
    if let Some(apn) = &settings.apn {
        providers.apn = Some(apn::Apn::new(apn)?);
    }
    Ok(providers)
}

/// Pushes until `stop`, if there is anything to push with.
pub(crate) async fn start(app: &Arc<App>, providers: Providers, stop: CancellationToken) -> Result<()> {
    if providers.is_empty() {
        return Ok(());
    }
    let (providers, work) = (Arc::new(providers), Arc::new(Notify::new()));
    for partitions in app.store.push_places().await? {
        let listening = listen::listen(app.clone(), providers.clone(), work.clone(), partitions);
        tokio::spawn(stop.clone().run_until_cancelled_owned(listening));
    }
    tokio::spawn(stop.clone().run_until_cancelled_owned(listen::take_over(
        app.clone(),
        providers.clone(),
        work.clone(),
    )));
    tokio::spawn(stop.run_until_cancelled_owned(deliver::deliver(app.clone(), providers, work)));
    Ok(())
}
