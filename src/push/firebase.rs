//! Firebase Cloud Messaging, HTTP v1: to Android, and to whatever else an app registered there.

use anyhow::Context;
use futures_util::future::BoxFuture;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Client;
use serde::Deserialize;
use serde_json::json;

use super::http::{self, Refusal};
use super::provider::{Failure, Provider, data};
use super::token::{self, Held};
use crate::config::FirebaseSettings;
use crate::limits;
use crate::store::{Device, Notification};
use crate::wire::Time;

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
/// How long what asks for a token holds.
const ASKED_SECONDS: i64 = 3600;
/// So long before its end a token is not used any more.
const SPARE_SECONDS: i64 = 60;

pub(crate) struct Firebase {
    client: Client,
    key: EncodingKey,
    email: String,
    token_url: String,
    send_url: String,
    token: Held,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

impl Firebase {
    pub fn new(settings: &FirebaseSettings) -> anyhow::Result<Firebase> {
        let account = &settings.account;
        let key = EncodingKey::from_rsa_pem(account.private_key.expose().as_bytes());
        Ok(Firebase {
            client: http::trusting()?,
            key: key.context("WEIR_PUSH_FIREBASE: private_key is not an RSA key in PEM")?,
            email: account.client_email.clone(),
            token_url: account.token_uri.clone(),
            send_url: format!("{}/v1/projects/{}/messages:send", settings.url, account.project_id),
            token: Held::default(),
        })
    }

    /// A new token, and when its use ends.
    async fn granted(&self, now: Time) -> Result<(String, Time), Failure> {
        let seconds = now.micros() / 1_000_000;
        let claims = json!({
            "iss": self.email, "scope": SCOPE, "aud": self.token_url, "iat": seconds, "exp": seconds + ASKED_SECONDS,
        });
        let assertion = token::signed(&Header::new(Algorithm::RS256), &claims, &self.key)?;
        let request = self.client.post(&self.token_url).header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(format!("{GRANT}{assertion}")).send().await;
        let response = response.map_err(|error| http::unreachable(&error))?;
        if !response.status().is_success() {
            let refusal = Refusal::of(response).await;
            // The operator may set it right: that is no reason to give a push up at once.
            return Err(Failure::Later(format!("no token: {} {}", refusal.status, refusal.text), refusal.after));
        }
        let granted: Granted = response.json().await.map_err(|error| http::unreachable(&error))?;
        Ok((granted.access_token, now.plus_seconds(granted.expires_in.saturating_sub(SPARE_SECONDS))))
    }

    async fn post(&self, device: &Device, note: &Notification) -> Result<(), Failure> {
        let token = self.token.or(|now| self.granted(now)).await?;
        let body = json!({ "message": {
            "token": device.id,
            "notification": { "title": note.title, "body": note.body },
            "data": data(note),
            "android": { "priority": "HIGH", "ttl": format!("{}s", limits::PUSH_LIFE.as_secs()) },
        }});
        let response = self.client.post(&self.send_url).bearer_auth(&token).json(&body).send().await;
        let response = response.map_err(|error| http::unreachable(&error))?;
        if response.status().is_success() {
            return Ok(());
        }
        let refusal = Refusal::of(response).await;
        Err(match refusal.status {
            404 => Failure::Gone(refusal.text),
            401 | 403 => {
                self.token.forget(&token).await;
                Failure::Later(format!("{} {}", refusal.status, refusal.text), refusal.after)
            }
            _ => refusal.failure(),
        })
    }
}

impl Provider for Firebase {
    fn send<'a>(&'a self, device: &'a Device, note: &'a Notification) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.post(device, note))
    }
}
