//! What the app's settings look like (`objects.md` 2).

use super::{Ctx, channel_types};
use crate::access::{APP_SCOPE, Grants};
use crate::limits;
use crate::wire::settings::{AppResponse, FileUploadConfigResponse, GetAppResponse, ServerAppResponse};

/// The settings as the caller may see them.
pub(crate) fn app(ctx: &Ctx) -> GetAppResponse {
    let uploads =
        || FileUploadConfigResponse { size_limit: limits::UPLOAD_BYTES as i64, ..FileUploadConfigResponse::default() };
    let app = AppResponse {
        id: 1,
        name: "Weir".into(),
        placement: String::new(),
        file_upload_config: uploads(),
        image_upload_config: uploads(),
        server: ctx.is_server().then(|| Box::new(server(ctx))),
        ..AppResponse::default()
    };
    GetAppResponse { app }
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
