//! `/giphy`: a picture that its writer first sees alone, with buttons to send it, to see another one, or to leave it.

use serde_json::{Map, Value, json};

use super::{Ran, ephemeral};
use crate::chat::{Ctx, messages};
use crate::error::{self, ApiError};
use crate::store::Message;

/// Text, value and style of the buttons.
const BUTTONS: [[&str; 3]; 3] =
    [["Send", "send", "primary"], ["Shuffle", "shuffle", "default"], ["Cancel", "cancel", "default"]];

/// Finds a picture for the words behind the command, and keeps it until its writer says what becomes of it.
pub(super) async fn find(ctx: &Ctx, record: Message) -> error::Result<Ran> {
    let words = record.args.clone().unwrap_or_default();
    let picture = match picture(ctx, &words, None).await {
        Ok(picture) => picture,
        Err(why) => return Ok(Ran::Refused(why)),
    };
    // Its id must be free when it is sent.
    if ctx.app.store.claim(&record.id).await?.is_some() {
        return Err(ApiError::message_exists(&record.id));
    }
    let record = Message { attachments: vec![picture], ..record };
    ctx.app.store.keep_ephemeral(&record).await?;
    Ok(Ran::Shown(Box::new(ephemeral(ctx, record).await?)))
}

/// A picture with its buttons, or why there is none; not the one at the address `besides`, if there are others.
async fn picture(ctx: &Ctx, words: &str, besides: Option<&str>) -> Result<Map<String, Value>, String> {
    let found = match &ctx.app.gifs {
        Some(gifs) => gifs.find(words, besides).await.map_err(|error| {
            tracing::warn!(%error, "no gif could be looked for");
            "Sorry, gifs cannot be found at the moment. Try again later".to_owned()
        })?,
        None => None,
    };
    let mut picture = found.ok_or_else(|| format!("Sorry, there is no gif for {words:?}"))?;
    let buttons = BUTTONS.map(|[text, value, style]| {
        json!({"name": "image_action", "text": text, "value": value, "style": style, "type": "button"})
    });
    picture.insert("actions".into(), json!(buttons));
    Ok(picture)
}

/// A button was pressed: what becomes of the message, `None` when it is dropped.
pub(crate) async fn press(ctx: &Ctx, mut kept: Message, button: &str) -> error::Result<Option<messages::Sent>> {
    let store = &ctx.app.store;
    match button {
        "send" => {
            for picture in &mut kept.attachments {
                picture.shift_remove("actions");
            }
            let id = kept.id.clone();
            let record = Message { text: String::new(), html: None, created_at: None, ..kept };
            let sent = messages::send_made(ctx, record).await?;
            // If it stays behind it can only be sent again, which finds that it was.
            store.drop_ephemeral(ctx.viewer(), &id).await?;
            Ok(Some(sent))
        }
        "shuffle" => {
            let words = kept.args.clone().unwrap_or_default();
            let besides = kept.attachments.first().and_then(|picture| picture["thumb_url"].as_str());
            if let Ok(another) = picture(ctx, &words, besides).await {
                kept = Message { attachments: vec![another], ..kept };
                store.keep_ephemeral(&kept).await?;
            }
            let shown = Message { at: ctx.now(), ..kept };
            Ok(Some(ephemeral(ctx, shown).await?.into()))
        }
        "cancel" => {
            store.drop_ephemeral(ctx.viewer(), &kept.id).await?;
            Ok(None)
        }
        _ => Err(ApiError::field(
            "form_data.image_action",
            "form_data.image_action must be one of [send shuffle cancel]",
        )),
    }
}
