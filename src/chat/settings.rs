//! What the app's settings look like (`objects.md` 2).

use super::{Ctx, channel_types, uploads};
use crate::access::{APP_SCOPE, Grants};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Outcome, Settings};
use crate::wire::settings::{AppResponse, FileUploadConfig, GetAppResponse, ServerAppResponse, UpdateAppRequest};

/// The settings as the caller may see them.
pub(crate) fn app(ctx: &Ctx) -> GetAppResponse {
    let settings = ctx.app.store.settings();
    let shown = |rules: &FileUploadConfig| FileUploadConfig { size_limit: uploads::size_limit(rules), ..rules.clone() };
    let app = AppResponse {
        id: 1,
        name: "Weir".into(),
        placement: String::new(),
        file_upload_config: shown(&settings.file_uploads),
        image_upload_config: shown(&settings.image_uploads),
        server: ctx.is_server().then(|| Box::new(server(ctx))),
        ..AppResponse::default()
    };
    GetAppResponse { app }
}

/// Changes settings. Nothing that could not be kept is taken: what is not a setting here is refused.
pub(crate) async fn update(ctx: &Ctx, request: UpdateAppRequest) -> Result<()> {
    if !ctx.is_server() {
        return Err(ApiError::not_allowed("this endpoint can only be called server side"));
    }
    if let Some(name) = request.other.keys().next() {
        return Err(ApiError::field(name.as_str(), format!("{name} is not a setting that can be changed here")));
    }
    for (name, rules) in
        [("file_upload_config", &request.file_upload_config), ("image_upload_config", &request.image_upload_config)]
    {
        rules.iter().try_for_each(|rules| uploads::check_rules(name, rules))?;
    }
    let store = &ctx.app.store;
    for _ in 0..limits::CONFLICT_RETRIES {
        let before = store.fresh_settings().await?;
        let after = Settings {
            guest_user_creation_disabled: request
                .guest_user_creation_disabled
                .unwrap_or(before.guest_user_creation_disabled),
            multi_tenant_enabled: request.multi_tenant_enabled.unwrap_or(before.multi_tenant_enabled),
            revoke_tokens_issued_before: request
                .revoke_tokens_issued_before
                .unwrap_or(before.revoke_tokens_issued_before),
            file_uploads: request.file_upload_config.clone().unwrap_or_else(|| before.file_uploads.clone()),
            image_uploads: request.image_upload_config.clone().unwrap_or_else(|| before.image_uploads.clone()),
            ..Settings::clone(&before)
        };
        if after == *before {
            return Ok(());
        }
        if let Outcome::Committed { .. } = store.put_settings(&before, &after).await? {
            // The other nodes hear of it; this one must not answer before it knows.
            return store.reload_settings().await;
        }
    }
    Err(ApiError::busy())
}

fn server(ctx: &Ctx) -> ServerAppResponse {
    let settings = ctx.app.store.settings();
    let grants = Grants::defaults(APP_SCOPE).ids().into_iter();
    ServerAppResponse {
        cdn_expiration_seconds: 1_209_600,
        channel_configs: channel_types::all().map(|kind| (kind.config.name.clone(), kind.config.clone())).collect(),
        grants: grants.map(|(role, ids)| (role.to_owned(), ids.into_iter().map(str::to_owned).collect())).collect(),
        enforce_unique_usernames: "no".into(),
        guest_user_creation_disabled: settings.guest_user_creation_disabled,
        multi_tenant_enabled: settings.multi_tenant_enabled,
        permission_version: "v2".into(),
        reminders_interval: 300,
        revoke_tokens_issued_before: settings.revoke_tokens_issued_before,
        ..ServerAppResponse::default()
    }
}
