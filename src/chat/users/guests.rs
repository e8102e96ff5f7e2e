//! Guests: people without an account, each with an id of his own (`rest.md` 4.3).

use std::sync::Arc;

use super::{Ctx, merge};
use crate::auth::valid_user_id;
use crate::chat::respond;
use crate::error::{ApiError, Result};
use crate::wire::users::{CreateGuestRequest, CreateGuestResponse, UserRequest};

/// Makes a guest and his token. Anybody may, unless the app says otherwise.
pub(crate) async fn create_guest(ctx: &Ctx, request: CreateGuestRequest) -> Result<CreateGuestResponse> {
    let settings = ctx.app.store.settings();
    if settings.guest_user_creation_disabled || settings.multi_tenant_enabled {
        return Err(ApiError::not_allowed("guest access is disabled for this application"));
    }
    if !valid_user_id(&request.user.id) {
        return Err(ApiError::field("user.id", "user.id must be letters, digits, @, _ or -"));
    }
    let id = format!("guest-{}-{}", uuid::Uuid::new_v4(), request.user.id);
    let user = merge(ctx, &UserRequest { id, ..request.user }, "guest", false).await?;
    let access_token = ctx.app.tokens.sign_user(&user.id, None, ctx.now())?;
    Ok(CreateGuestResponse { user: Arc::new(respond::user(&user, ctx.now())), access_token })
}
