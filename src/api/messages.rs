//! Messages.

use super::{Answer, Body, ChannelPath, MessagePath, Params, Payload, created, ok};
use crate::chat::{self, Ctx};
use crate::error::Result;
use crate::wire::messages::{
    CommitMessageResponse, DeleteMessageParams, DeleteMessageRequest, DeleteMessageResponse, GetManyMessagesParams,
    GetManyMessagesResponse, GetMessageParams, GetMessageResponse, GetPinnedMessagesParams, GetPinnedMessagesResponse,
    GetRepliesResponse, MessagePageRequest, QueryMessageHistoryRequest, QueryMessageHistoryResponse,
    RunMessageActionRequest, RunMessageActionResponse, SearchRequest, SearchResponse, SendMessageRequest,
    SendMessageResponse, TranslateMessageRequest, TranslateMessageResponse, TranslateRequest, TranslateResponse,
    UndeleteMessageRequest, UndeleteMessageResponse, UpdateMessagePartialRequest, UpdateMessagePartialResponse,
    UpdateMessageRequest, UpdateMessageResponse,
};
use crate::wire::users::{PayloadParams, UserIdParams};

/// Sends a message.
#[utoipa::path(post, path = "/channels/{type}/{id}/message", tag = "messages", params(ChannelPath), request_body = SendMessageRequest,
    responses((status = 201, body = SendMessageResponse)))]
pub(crate) async fn send_message(
    ctx: Ctx,
    path: ChannelPath,
    Body(request): Body<SendMessageRequest>,
) -> Result<Answer> {
    let sent = Box::pin(chat::messages::send(&ctx, &path.cid(), request)).await?;
    let answer = SendMessageResponse { message: sent.message, pending_message_metadata: sent.pending };
    Ok(created(&answer).stamped(sent.at))
}

/// Gets a message with its channel.
#[utoipa::path(get, path = "/messages/{id}", tag = "messages", params(MessagePath, GetMessageParams),
    responses((status = 200, body = GetMessageResponse)))]
pub(crate) async fn get_message(
    ctx: Ctx,
    path: MessagePath,
    Params(params): Params<GetMessageParams>,
) -> Result<Answer> {
    Ok(ok(&chat::messages::get(&ctx, &path.id, params).await?))
}

/// Edits a message: what is left out is removed.
#[utoipa::path(post, path = "/messages/{id}", tag = "messages", params(MessagePath), request_body = UpdateMessageRequest,
    responses((status = 201, body = UpdateMessageResponse)))]
pub(crate) async fn update_message(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<UpdateMessageRequest>,
) -> Result<Answer> {
    let message = chat::messages::update(&ctx, &path.id, request).await?;
    Ok(created(&UpdateMessageResponse { message: message.into() }))
}

/// Edits, pins or unpins a message: only what is named changes.
#[utoipa::path(put, path = "/messages/{id}", tag = "messages", params(MessagePath), request_body = UpdateMessagePartialRequest,
    responses((status = 201, body = UpdateMessagePartialResponse)))]
pub(crate) async fn update_message_partial(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<UpdateMessagePartialRequest>,
) -> Result<Answer> {
    let message = chat::messages::update_partial(&ctx, &path.id, request).await?;
    Ok(created(&UpdateMessagePartialResponse { message: message.into() }))
}

/// Tells watchers of a change without keeping it: a text that is still being made. Servers only.
#[utoipa::path(patch, path = "/messages/{id}/ephemeral", tag = "messages", params(MessagePath), request_body = UpdateMessagePartialRequest,
    responses((status = 200, body = UpdateMessagePartialResponse)))]
pub(crate) async fn ephemeral_message_update(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<UpdateMessagePartialRequest>,
) -> Result<Answer> {
    let message = chat::messages::ephemeral::update(&ctx, &path.id, request).await?;
    Ok(ok(&UpdateMessagePartialResponse { message: message.into() }))
}

/// Deletes a message: softly, for good, or for the caller alone.
#[utoipa::path(delete, path = "/messages/{id}", tag = "messages", params(MessagePath, DeleteMessageParams), request_body = DeleteMessageRequest,
    responses((status = 200, body = DeleteMessageResponse)))]
pub(crate) async fn delete_message(
    ctx: Ctx,
    path: MessagePath,
    Params(params): Params<DeleteMessageParams>,
    Body(request): Body<DeleteMessageRequest>,
) -> Result<Answer> {
    let message = chat::messages::delete(&ctx, &path.id, params, request).await?;
    Ok(ok(&DeleteMessageResponse { message: message.into() }))
}

/// Takes a soft deletion back. Servers only.
#[utoipa::path(post, path = "/messages/{id}/undelete", tag = "messages", params(MessagePath), request_body = UndeleteMessageRequest,
    responses((status = 201, body = UndeleteMessageResponse)))]
pub(crate) async fn undelete_message(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<UndeleteMessageRequest>,
) -> Result<Answer> {
    let message = chat::messages::undelete(&ctx, &path.id, request).await?;
    Ok(created(&UndeleteMessageResponse { message: message.into() }))
}

/// Makes a message that waited for it one like any other. Servers only.
#[utoipa::path(post, path = "/messages/{id}/commit", tag = "messages", params(MessagePath), responses((status = 201, body = CommitMessageResponse)))]
pub(crate) async fn commit_message(ctx: Ctx, path: MessagePath) -> Result<Answer> {
    let sent = Box::pin(chat::messages::pending::commit(&ctx, &path.id)).await?;
    Ok(created(&CommitMessageResponse { message: sent.message }).stamped(sent.at))
}

/// Lists what messages said before they were edited or deleted. Servers only.
#[utoipa::path(post, path = "/messages/history", tag = "messages", request_body = QueryMessageHistoryRequest,
    responses((status = 201, body = QueryMessageHistoryResponse)))]
pub(crate) async fn query_message_history(ctx: Ctx, Body(request): Body<QueryMessageHistoryRequest>) -> Result<Answer> {
    Ok(created(&chat::messages::history::query(&ctx, request).await?))
}

/// Translates a message, for everybody.
#[utoipa::path(post, path = "/messages/{id}/translate", tag = "messages", params(MessagePath), request_body = TranslateMessageRequest,
    responses((status = 201, body = TranslateMessageResponse)))]
pub(crate) async fn translate_message(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<TranslateMessageRequest>,
) -> Result<Answer> {
    let message = chat::messages::translate::translate(&ctx, &path.id, request).await?;
    Ok(created(&TranslateMessageResponse { message: message.into() }))
}

/// Translates a text. Servers only.
#[utoipa::path(post, path = "/translate", tag = "messages", request_body = TranslateRequest, responses((status = 201, body = TranslateResponse)))]
pub(crate) async fn translate(ctx: Ctx, Body(request): Body<TranslateRequest>) -> Result<Answer> {
    Ok(created(&chat::messages::translate::translate_text(&ctx, request).await?))
}

/// Presses a button of a command's message.
#[utoipa::path(post, path = "/messages/{id}/action", tag = "messages", params(MessagePath), request_body = RunMessageActionRequest,
    responses((status = 201, body = RunMessageActionResponse)))]
pub(crate) async fn run_message_action(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<RunMessageActionRequest>,
) -> Result<Answer> {
    let sent = chat::messages::run_action(&ctx, &path.id, request).await?;
    let at = sent.as_ref().and_then(|sent| sent.at);
    Ok(created(&RunMessageActionResponse { message: sent.map(|sent| sent.message) }).stamped(at))
}

/// Lists the replies to a message.
#[utoipa::path(get, path = "/messages/{id}/replies", tag = "messages", params(MessagePath, MessagePageRequest, UserIdParams),
    responses((status = 200, body = GetRepliesResponse)))]
pub(crate) async fn get_replies(
    ctx: Ctx,
    path: MessagePath,
    Params(page): Params<MessagePageRequest>,
    Params(viewer): Params<UserIdParams>,
) -> Result<Answer> {
    let messages = chat::messages::replies(&ctx, &path.id, page, viewer.user_id).await?;
    Ok(ok(&GetRepliesResponse { messages }))
}

/// Lists the channel's pinned messages.
#[utoipa::path(get, path = "/channels/{type}/{id}/pinned_messages", tag = "messages", params(ChannelPath, GetPinnedMessagesParams),
    responses((status = 200, body = GetPinnedMessagesResponse)))]
pub(crate) async fn get_pinned_messages(
    ctx: Ctx,
    path: ChannelPath,
    Params(params): Params<GetPinnedMessagesParams>,
) -> Result<Answer> {
    let messages = chat::messages::pinned(&ctx, &path.cid(), params).await?;
    Ok(ok(&GetPinnedMessagesResponse { messages }))
}

/// Gets several messages of a channel by their ids.
#[utoipa::path(get, path = "/channels/{type}/{id}/messages", tag = "messages", params(ChannelPath, GetManyMessagesParams),
    responses((status = 200, body = GetManyMessagesResponse)))]
pub(crate) async fn get_many_messages(
    ctx: Ctx,
    path: ChannelPath,
    Params(params): Params<GetManyMessagesParams>,
) -> Result<Answer> {
    let messages = chat::messages::many(&ctx, &path.cid(), params.ids.as_deref(), params.user_id).await?;
    Ok(ok(&GetManyMessagesResponse { messages }))
}

/// Finds messages by their words. `payload` is a `SearchRequest`.
#[utoipa::path(get, path = "/search", tag = "messages", params(PayloadParams), responses((status = 200, body = SearchResponse)))]
pub(crate) async fn search(ctx: Ctx, Payload(request): Payload<SearchRequest>) -> Result<Answer> {
    Ok(ok(&Box::pin(chat::messages::search(&ctx, request)).await?))
}
