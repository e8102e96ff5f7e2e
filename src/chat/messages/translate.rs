//! Translation of messages (`rules.md` 5.10), by the service that the operator named: what was found is kept with the message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::granted::{GrantedMessage, check_may_write, check_not_deleted};
use super::{Tries, edit, read};
use crate::access::Action;
use crate::chat::{Ctx, Granted};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::providers::Translations;
use crate::store::{Channel, Message};
use crate::wire::messages::{MessageResponse, TranslateMessageRequest, TranslateRequest, TranslateResponse};

/// The languages of the protocol.
pub(crate) const LANGUAGES: [&str; 57] = [
    "af", "sq", "am", "ar", "az", "bn", "bs", "bg", "zh", "zh-TW", "hr", "cs", "da", "fa-AF", "nl", "en", "et", "fi",
    "fr", "fr-CA", "ka", "de", "el", "ha", "he", "hi", "hu", "id", "it", "ja", "ko", "lv", "ms", "no", "fa", "ps",
    "pl", "pt", "ro", "ru", "sr", "sk", "sl", "so", "es", "es-MX", "sw", "sv", "tl", "ta", "th", "tr", "uk", "ur",
    "vi", "lt", "ht",
];

/// Under which name the language of the original is kept.
const ORIGINAL: &str = "language";

/// Translates a message, for everybody. What it has been translated into already is not asked for again.
pub(crate) async fn translate(ctx: &Ctx, id: &str, request: TranslateMessageRequest) -> Result<Arc<MessageResponse>> {
    let language = check_language("language", request.language.as_deref())?;
    let service = service(ctx)?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let found = ctx.message(id, Action::ReadChannel).await?;
        // It stays with the message, for everybody.
        if !ctx.is_server() {
            check_may_write(ctx, &found.granted)?;
        }
        check_not_deleted(&found.message)?;
        check_text("message.text", &found.message.text)?;
        if is_known(&found.message, language) {
            return read::answer(ctx, &found.granted, found.message).await;
        }
        let source = found.message.i18n.get(ORIGINAL).map(String::as_str);
        let text = &found.message.text;
        let translated = service.translate(text, source, language).await.map_err(failed)?;
        let new = [(ORIGINAL.to_owned(), translated.source), (key(language), translated.text)];
        if let Some(message) = keep(ctx, &found, new.into()).await? {
            return Ok(message);
        }
    }
    Err(ApiError::busy())
}

/// Has the message translated for the channel's members, where that is wanted: afterwards, so that nobody waits for it. A node that
/// dies meanwhile leaves the message without.
pub(super) fn after(ctx: &Ctx, granted: &Granted, record: &Message) {
    if !granted.channel.auto_translation || ctx.app.translations.is_none() || record.text.trim().is_empty() {
        return;
    }
    let (ctx, id) = (Ctx::internal(&ctx.app), record.id.clone());
    tokio::spawn(async move {
        if let Err(error) = automatically(&ctx, &id).await {
            tracing::warn!(error = ?error, message = id, "a message stays untranslated");
        }
    });
}

async fn automatically(ctx: &Ctx, id: &str) -> Result<()> {
    let found = ctx.message(id, Action::ReadChannel).await?;
    let text = &found.message.text;
    if found.message.deleted_at.is_some() || text.chars().count() > limits::TRANSLATED_CHARS {
        return Ok(());
    }
    let service = service(ctx)?;
    let mut new = BTreeMap::new();
    for language in wanted(ctx, &found.granted.channel).await? {
        let source = new.get(ORIGINAL).or(found.message.i18n.get(ORIGINAL)).cloned();
        if source.as_ref() == Some(&language) || is_known(&found.message, &language) {
            continue;
        }
        let translated = match service.translate(text, source.as_deref(), &language).await {
            Ok(translated) => translated,
            Err(error) => {
                // The others may still come: services do not know all languages.
                tracing::warn!(%error, language, "a message stays without one of its translations");
                continue;
            }
        };
        if translated.source != language {
            new.insert(key(&language), translated.text);
        }
        new.insert(ORIGINAL.to_owned(), translated.source);
    }
    if new.len() > 1 {
        keep(ctx, &found, new).await?;
    }
    Ok(())
}

/// The languages of the channel, and of its newest members.
async fn wanted(ctx: &Ctx, channel: &Channel) -> Result<Vec<String>> {
    let store = &ctx.app.store;
    let skip = (channel.member_count as usize).saturating_sub(limits::TRANSLATED_FOR);
    let members = store.first_members(&channel.cid(), skip, limits::TRANSLATED_FOR).await?;
    let people = store.users(members.iter().map(|member| member.user_id.as_str())).await?;
    let spoken = people.into_values().map(|user| user.language.clone()).collect::<BTreeSet<_>>();
    let mut wanted: Vec<String> = channel.auto_translation_language.iter().cloned().collect();
    wanted.extend(spoken.into_iter().filter(|language| channel.auto_translation_language.as_ref() != Some(language)));
    wanted.retain(|language| LANGUAGES.contains(&language.as_str()));
    wanted.truncate(limits::AUTO_TRANSLATIONS);
    Ok(wanted)
}

/// Translates a text of anybody's. Servers only.
pub(crate) async fn translate_text(ctx: &Ctx, request: TranslateRequest) -> Result<TranslateResponse> {
    ctx.server_only()?;
    let language = check_language("destination_language", request.destination_language.as_deref())?;
    let source = match request.source_language.as_deref() {
        None | Some("") => None,
        source => Some(check_language("source_language", source)?),
    };
    let text = request.text.unwrap_or_default();
    check_text("text", &text)?;
    let translated = service(ctx)?.translate(&text, source, language).await.map_err(failed)?;
    Ok(TranslateResponse { language: language.to_owned(), translated_text: translated.text })
}

/// Adds what was found to the message, if its text is still the one that was translated. `None`: it is not.
async fn keep(
    ctx: &Ctx,
    translated: &GrantedMessage,
    new: BTreeMap<String, String>,
) -> Result<Option<Arc<MessageResponse>>> {
    let id = &translated.message.id;
    let mut tries = Tries::of(id.as_str());
    while tries.next().await {
        let found = ctx.message(id, Action::ReadChannel).await?;
        if found.message.text != translated.message.text || found.message.deleted_at.is_some() {
            return Ok(None);
        }
        let mut updated = found.message.rewritten();
        updated.i18n.extend(new.clone());
        let own = updated.i18n.get(ORIGINAL).map(|own| key(own));
        updated.i18n.extend(own.map(|own| (own, found.message.text.clone())));
        if updated.i18n.values().map(String::len).sum::<usize>() > limits::TRANSLATIONS_BYTES {
            return Err(ApiError::input("the message has all the translations that it can hold"));
        }
        if let Some(at) = edit::commit(ctx, &found, &updated).await? {
            return read::answer(ctx, &found.granted, Message { at, ..updated }).await.map(Some);
        }
        ctx.app.store.forget_channel(&found.granted.cid, ctx.viewer());
    }
    Err(ApiError::busy())
}

fn key(language: &str) -> String {
    format!("{language}_text")
}

fn is_known(message: &Message, language: &str) -> bool {
    message.i18n.contains_key(&key(language))
}

fn service(ctx: &Ctx) -> Result<&Translations> {
    let off = "nothing is translated here: this server knows no service for it (WEIR_TRANSLATE_URL)";
    ctx.app.translations.as_ref().ok_or_else(|| ApiError::new(Code::FeatureNotSupported, off))
}

pub(crate) fn check_language<'a>(path: &str, language: Option<&'a str>) -> Result<&'a str> {
    language.filter(|language| LANGUAGES.contains(language)).ok_or_else(|| {
        let message = format!("{path} must be one of [{}]", LANGUAGES.join(" "));
        ApiError::field(path, message)
    })
}

fn check_text(path: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(ApiError::field(path, format!("{path} is empty: there is nothing to translate")));
    }
    if text.chars().count() > limits::TRANSLATED_CHARS {
        let message = format!("{path} is longer than the {} characters that are translated", limits::TRANSLATED_CHARS);
        return Err(ApiError::field(path, message));
    }
    Ok(())
}

/// The caller may try again, as it is not his fault, nor ours.
fn failed(error: crate::providers::Failed) -> ApiError {
    tracing::warn!(%error, "nothing was translated");
    ApiError::input("the text cannot be translated at the moment; try again later")
}
