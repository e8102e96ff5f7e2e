//! The life of one process: Redis first, then the log, then the door; and back in the reverse order.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::Request;
use axum::serve::ListenerExt;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tower::Layer;
use tower::util::MapRequestLayer;

use crate::app::App;
use crate::auth::Tokens;
use crate::chat::{announce, presence};
use crate::config::{Config, Redis};
use crate::events::{self, End, Hub, millis};
use crate::limits;
use crate::router;
use crate::store::Store;
use crate::store::private::PrivateRedis;
use crate::{api, chat};

/// How long open requests may take to finish when the process stops.
const DRAIN: Duration = Duration::from_secs(5);

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
    let store = Store::open(&url, &config.key_prefix).await.context("REDIS_URL: Redis cannot be used")?;
    let (app, chores) = build(config, Arc::new(store))?;
    let stop = CancellationToken::new();
    let describing = app.clone();
    let describe: events::Describe = Arc::new(move |cid| {
        let app = describing.clone();
        Box::pin(async move { describe(&app, &cid).await })
    });
    events::follow(app.store.clone(), app.hub.clone(), describe, stop.clone()).await?;
    presence::keep_house(&app).await?;
    chat::uploads::sweep(&app);
    let tasks = [
        tokio::spawn(presence::do_chores(app.clone(), chores)),
        tokio::spawn(keep_house(app.clone())),
        tokio::spawn(keep_alive(app.clone())),
        tokio::spawn(keep_active(app.clone())),
    ];
    let listener = TcpListener::bind((config.host, config.port))
        .await
        .with_context(|| format!("PORT, WEIR_HOST: cannot listen on {}:{}", config.host, config.port))?;
    // Whoever started us may not be reading; that is no reason to end.
    let _ = writeln!(std::io::stdout(), "{}", config.banner(listener.local_addr()?));
    let served = listen(listener, app.clone()).await;
    stop.cancel();
    for task in tasks {
        task.abort();
    }
    leave(&app).await;
    served
}

fn build(
    config: &Config,
    store: Arc<Store>,
) -> anyhow::Result<(Arc<App>, tokio::sync::mpsc::UnboundedReceiver<events::Chore>)> {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    let (hub, chores) = Hub::new();
    let app = App {
        store,
        hub: Arc::new(hub),
        tokens: Tokens::new(config.credentials.api_secret.expose(), config.dev_tokens),
        api_key: config.credentials.api_key.clone(),
        // A node is one run of a process: what an earlier run left behind is not ours.
        node: uuid::Uuid::new_v4().simple().to_string()[..8].to_owned(),
        uploads: config.data_dir.join("uploads"),
        public_url: config.public_url.clone(),
        rate_limits: config.rate_limits,
        metrics: Box::new(move || {
            recorder.run_upkeep();
            recorder.render()
        }),
    };
    Ok((Arc::new(app), chores))
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
    told.cancel();
    app.hub.end_all(End::Restart);
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
    loop {
        ticks.tick().await;
        let kept = async {
            presence::keep_house(&app).await?;
            app.store.trim_logs().await
        };
        if let Err(error) = kept.await {
            tracing::warn!(error = ?error, "housekeeping failed; trying again");
        }
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
