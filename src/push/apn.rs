//! The Apple Push Notification service, with a token of a signing key.

use anyhow::Context;
use futures_util::future::BoxFuture;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Client;
use serde::Deserialize;
use serde_json::json;

use super::http::{self, Refusal};
use super::provider::{Failure, Provider, data};
use super::token::{self, Held};
use crate::config::ApnSettings;
use crate::limits;
use crate::store::{Device, Notification};

/// Apple refuses a token that is older than an hour, and whoever makes a new one more often than every 20 minutes.
const TOKEN_SECONDS: i64 = 40 * 60;
/// Reasons of a refusal that mean that the device is no more, or never was this app's.
const GONE: [&str; 4] = ["BadDeviceToken", "DeviceTokenNotForTopic", "ExpiredToken", "Unregistered"];

pub(crate) struct Apn {
    client: Client,
    key: EncodingKey,
    key_id: String,
    team_id: String,
    topic: String,
    url: String,
    token: Held,
}

#[derive(Default, Deserialize)]
struct Reason {
    reason: String,
}

impl Apn {
    pub fn new(settings: &ApnSettings) -> anyhow::Result<Apn> {
        let key = EncodingKey::from_ec_pem(settings.key.expose().as_bytes());
        Ok(Apn {
            client: http::trusting()?,
            key: key.context("WEIR_PUSH_APN: the file is not a key of P-256 in PEM (a .p8 of Apple's)")?,
            key_id: settings.key_id.clone(),
            team_id: settings.team_id.clone(),
            topic: settings.topic.clone(),
            url: settings.url.clone(),
            token: Held::default(),
        })
    }

    async fn token(&self) -> Result<String, Failure> {
        let made = self.token.or(async |now| {
            let mut header = Header::new(Algorithm::ES256);
            header.kid = Some(self.key_id.clone());
            let claims = json!({ "iss": self.team_id, "iat": now.micros() / 1_000_000 });
            Ok((token::signed(&header, &claims, &self.key)?, now.plus_seconds(TOKEN_SECONDS)))
        });
        made.await
    }

    async fn post(&self, device: &Device, note: &Notification) -> Result<(), Failure> {
        // It becomes part of a path.
        if !device.id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Failure::Gone("the id is no device token of Apple's".to_owned()));
        }
        let token = self.token().await?;
        let ends = note.at.micros() / 1_000_000 + limits::PUSH_LIFE.as_secs() as i64;
        let body = json!({
            "aps": {
                "alert": { "title": note.title, "body": note.body },
                "mutable-content": 1,
                "category": "stream.chat",
            },
            "stream": data(note),
        });
        let request = self
            .client
            .post(format!("{}/3/device/{}", self.url, device.id))
            .bearer_auth(&token)
            .header("apns-topic", &self.topic)
            .header("apns-push-type", "alert")
            .header("apns-priority", "10")
            .header("apns-expiration", ends.to_string())
            .json(&body);
        let response = request.send().await.map_err(|error| http::unreachable(&error))?;
        if response.status().is_success() {
            return Ok(());
        }
        let refusal = Refusal::of(response).await;
        let reason = serde_json::from_str::<Reason>(&refusal.text).unwrap_or_default().reason;
        Err(match refusal.status {
            410 => Failure::Gone(reason),
            400 if GONE.contains(&reason.as_str()) => Failure::Gone(reason),
            403 => {
                self.token.forget(&token).await;
                Failure::Later(format!("403 {reason}"), refusal.after)
            }
            _ => refusal.failure(),
        })
    }
}

impl Provider for Apn {
    fn send<'a>(&'a self, device: &'a Device, note: &'a Notification) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.post(device, note))
    }
}
