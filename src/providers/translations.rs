//! Translations, by a service with LibreTranslate's API (<https://docs.libretranslate.com>).

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Failed, Provider};
use crate::cli::Secret;

/// The protocol's names of languages (`rules.md` 5.10) where the service has others.
const NAMES: [(&str, &str); 5] = [("es-MX", "es"), ("fa-AF", "fa"), ("fr-CA", "fr"), ("no", "nb"), ("zh-TW", "zt")];
/// The service's newer names, in the protocol's.
const NEWER: [(&str, &str); 3] = [("nb", "no"), ("zh-Hans", "zh"), ("zh-Hant", "zh-TW")];

/// Translates texts.
pub struct Translations {
    provider: Provider,
    key: Option<Secret>,
}

/// A text in another language.
#[derive(Debug, PartialEq, Eq)]
pub struct Translated {
    /// Of the original, as the protocol names it.
    pub source: String,
    pub text: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "translatedText")]
    text: String,
    #[serde(rename = "detectedLanguage")]
    detected: Option<Detected>,
}

#[derive(Deserialize)]
struct Detected {
    language: String,
}

impl Translations {
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(base: Url, key: Option<Secret>) -> Result<Translations, reqwest::Error> {
        Ok(Translations { provider: Provider::new(base)?, key })
    }

    /// The text in the language `target`, both named as the protocol does; from `source`, or from whatever it is in.
    ///
    /// # Errors
    /// When the service does not answer as it should.
    pub async fn translate(&self, text: &str, source: Option<&str>, target: &str) -> Result<Translated, Failed> {
        let body = json!({
            "q": text,
            "source": source.map_or("auto", theirs),
            "target": theirs(target),
            "format": "text",
            "api_key": self.key.as_ref().map_or("", Secret::expose),
        });
        let url = self.provider.address("translate");
        let question = self.provider.client.post(url).header(CONTENT_TYPE, "application/json").body(body.to_string());
        translated(self.provider.ask(question).await?, source)
    }
}

fn translated(answer: Value, source: Option<&str>) -> Result<Translated, Failed> {
    let Answer { text, detected } = serde_json::from_value(answer)?;
    let found = detected.map(|detected| ours(&detected.language).to_owned()).or_else(|| source.map(str::to_owned));
    // It becomes a part of a field's name.
    let fine =
        |name: &String| (2..=8).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    match found.filter(fine) {
        Some(source) => Ok(Translated { source, text }),
        None => Err(Failed::Language),
    }
}

fn theirs(name: &str) -> &str {
    NAMES.iter().find(|(ours, _)| *ours == name).map_or(name, |(_, theirs)| theirs)
}

fn ours(name: &str) -> &str {
    let known = NAMES.iter().find(|(_, theirs)| *theirs == name && !matches!(name, "es" | "fa" | "fr"));
    let newer = NEWER.iter().find(|(theirs, _)| *theirs == name);
    newer.map(|(_, ours)| *ours).or(known.map(|(ours, _)| *ours)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_the_names_of_the_protocol() {
        assert_eq!(["fr-CA", "zh-TW", "no", "de"].map(theirs), ["fr", "zt", "nb", "de"]);
        assert_eq!(
            ["fr", "zt", "zh-Hant", "zh-Hans", "nb", "de"].map(ours),
            ["fr", "zh-TW", "zh-TW", "zh", "no", "de"]
        );
    }

    #[test]
    fn an_answer_says_from_what_it_translated() {
        let answer = |detected: Value| json!({"translatedText": "Fluss", "detectedLanguage": detected});
        let river = |source: &str| Translated { source: source.into(), text: "Fluss".into() };
        assert_eq!(
            translated(answer(json!({"language": "en", "confidence": 90})), None).expect("English"),
            river("en")
        );
        assert_eq!(translated(json!({"translatedText": "Fluss"}), Some("fr-CA")).expect("French"), river("fr-CA"));
        assert!(translated(json!({"translatedText": "Fluss"}), None).is_err());
        for junk in [json!({"language": "created_at"}), json!({"language": ""}), json!({"language": 7}), json!([])] {
            assert!(translated(answer(junk.clone()), None).is_err(), "{junk}");
        }
        assert!(translated(json!({"error": "no such language"}), Some("en")).is_err());
    }
}
