//! Messages.

use super::{created, Answer, Body, ChannelPath};
use crate::chat::{self, Ctx};
use crate::error::Result;
use crate::wire::messages::{SendMessageRequest, SendMessageResponse};

/// Sends a message.
#[utoipa::path(post, path = "/channels/{type}/{id}/message", tag = "messages", params(ChannelPath), request_body = SendMessageRequest,
    responses((status = 201, body = SendMessageResponse)))]
pub(crate) async fn send_message(ctx: Ctx, path: ChannelPath, Body(request): Body<SendMessageRequest>) -> Result<Answer> {
    let message = chat::messages::send(&ctx, &path.cid(), request).await?;
    Ok(created(&SendMessageResponse { message }))
}
