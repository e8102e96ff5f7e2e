//! The life of one process: Redis first, then the log, then the door; and back in the reverse order.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::Request;
use axum::serve::ListenerExt;
use bytes::Bytes;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tower::Layer;
use tower::util::MapRequestLayer;

use crate::app::App;
use crate::auth::Tokens;
use crate::chat::{announce, presence};
use crate::config::{Config, Redis};
use crate::events::{self, Ears, Hub, Told, millis};
use crate::limits;
use crate::links::Links;
use crate::providers::{Gifs, Translations};
use crate::push;
use crate::router;
use crate::search::Search;
use crate::signing::Signer;
use crate::store::private::PrivateRedis;
use crate::store::{Sizes, Store};
use crate::{api, chat};

/// How long a process that stops still answers: whoever keeps a connection open learns with the next answer that it ends, and a
/// request that is under way to us meets no closed door.
const FAREWELL: Duration = Duration::from_millis(300);
/// How long open requests may take to finish then.
const DRAIN: Duration = Duration::from_secs(5);
/// In every so many rounds of housekeeping it is looked for what this node no longer holds.
const STRAYS_EVERY: u64 = 3;
/// In every so many, beginning with the first, it is looked for messages that waited for their commit too long.
const PENDING_EVERY: u64 = 12;
/// Times of requests are counted up to these, in seconds.
const REQUEST_SECONDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Runs the server until it is told to stop.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    // The one TLS provider of the process; an error means that it is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let redis = match &config.redis {
        Redis::Private(settings) => {
            let redis = PrivateRedis::start(settings).await?;
            redis.ready().await?;
            Some(redis)
        }
        Redis::At(_) => None,
    };
    let served = with_redis(&config, redis.as_ref()).await;
    if let Some(redis) = redis {
        redis.stop().await;
    }
    served
}

async fn with_redis(config: &Config, redis: Option<&PrivateRedis>) -> anyhow::Result<()> {
    let url = match (&config.redis, redis) {
        (Redis::At(url), _) => url.expose().to_owned(),
        (_, Some(redis)) => redis.url().to_owned(),
        (Redis::Private(_), None) => anyhow::bail!("the private Redis was not started"),
    };
    let store =
        Store::open(&url, &config.key_prefix, &config.promise).await.context("REDIS_URL: Redis cannot be used")?;
    let store = Arc::new(store);
    // Before the log is followed: what comes in between is read from it.
    let search = start_search(config, &store).await?;
    let providers = push::providers(&config.push, &store).await?;
    let (app, chores, recorder) = build(config, store, search, &providers)?;
    let stop = CancellationToken::new();
    let describing = app.clone();
    let describe: events::Describe = Arc::new(move |cid| {
        let app = describing.clone();
        Box::pin(async move { describe(&app, &cid).await })
    });
    let ears = Ears { hub: app.hub.clone(), describe, listen: app.search.clone().map(search_listener) };
    events::follow(app.store.clone(), ears, stop.clone()).await?;
    push::start(&app, providers, stop.clone()).await?;
    presence::keep_house(&app).await?;
    chat::uploads::sweep(&app);
    let tasks = [
        tokio::spawn(presence::do_chores(app.clone(), chores)),
        tokio::spawn(keep_house(app.clone())),
        tokio::spawn(keep_alive(app.clone())),
        tokio::spawn(keep_active(app.clone())),
        tokio::spawn(keep_numbers(recorder)),
        tokio::spawn(keep_time(app.clone())),
    ];
    let listener = bind(SocketAddr::new(config.host, config.port))
        .with_context(|| format!("PORT, WEIR_HOST: cannot listen on {}:{}", config.host, config.port))?;
    // Whoever started us may not be reading; that is no reason to end.
    let _ = writeln!(std::io::stdout(), "{}", config.banner(listener.local_addr()?, app.store.durability()));
    let served = listen(listener, app.clone()).await;
    stop.cancel();
    for task in tasks {
        task.abort();
    }
    leave(&app).await;
    if let Some(search) = &app.search {
        search.stop().await;
    }
    served
}

async fn start_search(config: &Config, store: &Arc<Store>) -> anyhow::Result<Option<Arc<Search>>> {
    let Some(memory) = config.search_memory else { return Ok(None) };
    let folder = config.data_dir.join("search");
    let search = Search::start(store, &folder, memory).await;
    Ok(Some(Arc::new(search.with_context(|| format!("the search index cannot be kept in {}", folder.display()))?)))
}

/// The search index hears what the hub has heard.
fn search_listener(search: Arc<Search>) -> events::Listen {
    Arc::new(move |told| match told {
        Told::From(cursor) => search.hear_from(cursor),
        Told::Entries(entries, end) => search.hear(entries, end),
    })
}

fn build(
    config: &Config,
    store: Arc<Store>,
    search: Option<Arc<Search>>,
    providers: &push::Providers,
) -> anyhow::Result<(Arc<App>, tokio::sync::mpsc::UnboundedReceiver<events::Chore>, PrometheusHandle)> {
    let recorder = PrometheusBuilder::new().set_buckets(&REQUEST_SECONDS)?.install_recorder()?;
    let (numbers, runtime) = (recorder.clone(), tokio::runtime::Handle::current().metrics());
    let (hub, chores) = Hub::new();
    let app = App {
        store,
        hub: Arc::new(hub),
        search,
        tokens: Tokens::new(config.credentials.api_secret.expose(), config.dev_tokens),
        api_key: config.credentials.api_key.clone(),
        // A node is one run of a process: what an earlier run left behind is not ours.
        node: uuid::Uuid::new_v4().simple().to_string()[..8].to_owned(),
        uploads: config.data_dir.join("uploads"),
        sizes: Sizes::at(config.data_dir.join("sizes"), limits::IMAGE_CACHE_BYTES),
        signer: config
            .links_last
            .map(|lasts| Signer::new(config.credentials.api_secret.expose(), lasts))
            .transpose()?,
        public_url: config.public_url.clone(),
        push_key: providers.public_key(),
        push_hosts: config.push.private_hosts.clone(),
        rate_limits: config.rate_limits,
        gifs: gifs(config)?,
        translations: translations(config)?,
        links: config.link_previews.then(|| Links::new(&config.private_links)).transpose()?,
        metrics: Box::new(move || {
            metrics::gauge!("weir_tasks").set(runtime.num_alive_tasks() as f64);
            numbers.run_upkeep();
            numbers.render()
        }),
    };
    Ok((Arc::new(app), chores, recorder))
}

/// `/giphy` is offered where pictures can be found.
fn gifs(config: &Config) -> anyhow::Result<Option<Gifs>> {
    let Some(giphy) = &config.giphy else { return Ok(None) };
    chat::commands::offer_gifs();
    Ok(Some(Gifs::new(giphy.url.clone(), giphy.key.clone())?))
}

fn translations(config: &Config) -> anyhow::Result<Option<Translations>> {
    let Some(service) = &config.translate else { return Ok(None) };
    Ok(Some(Translations::new(service.url.clone(), service.key.clone())?))
}

/// A listener with room for a crowd: after a network outage everybody connects at once, and whom the kernel has no room for
/// waits a second and more before he tries again.
fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(limits::LISTEN_BACKLOG)
}

async fn listen(listener: TcpListener, app: Arc<App>) -> anyhow::Result<()> {
    let listener = listener.tap_io(|socket| {
        // Small frames must not wait for each other; a socket that refuses the option still works.
        let _ = socket.set_nodelay(true);
    });
    let routes = MapRequestLayer::new(router::collapse_slashes).layer(router::router(app.clone()));
    let service = axum::ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(routes);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = CancellationToken::new();
    let server = axum::serve(listener, service).with_graceful_shutdown(told.clone().cancelled_owned());
    let server = tokio::spawn(async move { server.await });
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: clients are sent elsewhere, open requests finish");
    app.hub.close();
    tokio::time::sleep(FAREWELL).await;
    told.cancel();
    match tokio::time::timeout(DRAIN, server).await {
        Ok(server) => Ok(server??),
        Err(_) => {
            tracing::warn!("some requests did not finish within {DRAIN:?}");
            Ok(())
        }
    }
}

/// Gives up what this node holds, so that others see its users leave at once.
async fn leave(app: &Arc<App>) {
    if let Err(error) = presence::settle(app, &app.node).await {
        tracing::warn!(error = ?error, "this node's lease is left to lapse");
    }
}

async fn keep_house(app: Arc<App>) {
    let mut ticks = tokio::time::interval(limits::NODE_RENEWAL);
    for round in 1_u64.. {
        ticks.tick().await;
        let kept = async {
            presence::keep_house(&app).await?;
            if round.is_multiple_of(STRAYS_EVERY) {
                presence::give_up_strays(&app).await?;
            }
            if round % PENDING_EVERY == 1 {
                app.store.expire_pending(app.store.now()).await?;
            }
            app.store.trim_logs().await
        };
        if let Err(error) = kept.await {
            tracing::warn!(error = ?error, "housekeeping failed; trying again");
        }
    }
}

/// Reminders ring when they are due, on whichever node looks first.
async fn keep_time(app: Arc<App>) {
    let mut ticks = tokio::time::interval(limits::DUE_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = chat::reminders::ring(&app).await {
            tracing::warn!(error = ?error, "reminders that are due wait for the next round");
        }
    }
}

/// What is noted of requests is kept one by one until it is counted, and perhaps nobody ever asks for the numbers.
async fn keep_numbers(recorder: PrometheusHandle) {
    let mut ticks = tokio::time::interval(limits::NODE_RENEWAL);
    loop {
        ticks.tick().await;
        recorder.run_upkeep();
    }
}

/// Who stays connected stays active.
async fn keep_active(app: Arc<App>) {
    let mut ticks = tokio::time::interval(limits::LAST_ACTIVE_INTERVAL);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        for user in app.hub.connected_users() {
            if let Err(error) = app.store.touch_last_active(&user).await {
                tracing::warn!(error = ?error, "last_active could not be written");
            }
        }
    }
}

async fn keep_alive(app: Arc<App>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(5));
    loop {
        ticks.tick().await;
        app.hub.keep_alive(millis(), |connection| Bytes::from(api::connect::health_check(&app, connection)));
    }
}

/// A channel's JSON for the `notification.` form of a message.
async fn describe(app: &Arc<App>, cid: &str) -> Option<Bytes> {
    match announce::describe(&chat::Ctx::internal(app), cid).await {
        Ok(json) => Some(json),
        Err(error) => {
            tracing::warn!(error = ?error, cid, "a channel could not be described");
            None
        }
    }
}
