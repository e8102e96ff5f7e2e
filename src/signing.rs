//! Links to uploads: which upload they name, and signatures that run out (`rules.md` 18); whoever reads a message gets fresh ones.
//!
//! A signature holds for one upload, its channel and a moment. What was signed for a channel is signed anew in that channel's
//! messages only: who left it cannot have it renewed elsewhere.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::error::{ApiError, Result};
use crate::wire::Time;

/// What stands between the base of a link and the id.
pub(crate) const FOLDER: &str = "/uploads/";
const EXPIRES: &str = "Expires";
const SIGNATURE: &str = "Signature";
/// Keys of an attachment that hold links.
const LINKS: [&str; 3] = ["image_url", "asset_url", "thumb_url"];
/// A link is the same for this part of its time, so that browsers find what they have.
const STEPS: i64 = 14;

/// Signs links, and checks them.
#[derive(Clone)]
pub(crate) struct Signer {
    key: Hmac<Sha256>,
    /// Seconds.
    lasts: i64,
}

impl Signer {
    /// A signer whose links run out after this time; all nodes with the secret sign alike.
    pub fn new(secret: &str, lasts: Duration) -> anyhow::Result<Signer> {
        let mut key = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
        // A token is signed with the same secret: neither can stand in for the other.
        key.update(b"links to uploads\n");
        Ok(Signer { key, lasts: i64::try_from(lasts.as_secs())? })
    }

    fn mac(&self, id: &str, cid: &str, expires: i64) -> Hmac<Sha256> {
        self.key.clone().chain_update(format!("{id}\n{expires}\n{cid}"))
    }

    /// The link with a signature, in the place of any that it has.
    pub fn signed(&self, link: &str, id: &str, cid: &str, now: Time) -> String {
        let (seconds, step) = (now.micros() / 1_000_000, (self.lasts / STEPS).max(1));
        let expires = seconds - seconds % step + self.lasts;
        let signature: String = self.mac(id, cid, expires).finalize().into_bytes().iter().map(hex).collect();
        let (path, query) = link.split_once('?').unwrap_or((link, ""));
        let is_kept = |part: &&str| !part.is_empty() && !is_named(part, EXPIRES) && !is_named(part, SIGNATURE);
        let mut parts: Vec<String> = query.split('&').filter(is_kept).map(str::to_owned).collect();
        parts.extend([format!("{EXPIRES}={expires}"), format!("{SIGNATURE}={signature}")]);
        format!("{path}?{}", parts.join("&"))
    }

    /// Whether the query of a link has a signature for this upload; `now`: and has not run out.
    fn holds(&self, query: &str, id: &str, cid: &str, now: Option<Time>) -> bool {
        let value = |name| query.split('&').find(|part| is_named(part, name)).map(|part| &part[name.len() + 1..]);
        let Some(expires) = value(EXPIRES).and_then(|text| text.parse::<i64>().ok()) else { return false };
        let Some(signature) = value(SIGNATURE).and_then(bytes) else { return false };
        let is_over = now.is_some_and(|now| expires <= now.micros() / 1_000_000);
        !is_over && self.mac(id, cid, expires).verify_slice(&signature).is_ok()
    }

    /// The links of an attachment in this channel, signed anew where they were signed for it.
    pub fn renew(&self, attachment: &mut Map<String, Value>, cid: &str, now: Time) {
        for key in LINKS {
            let Some(Value::String(link)) = attachment.get_mut(key) else { continue };
            let fresh = upload_id(link).and_then(|id| {
                let (_, query) = link.split_once('?')?;
                self.holds(query, id, cid, None).then(|| self.signed(link, id, cid, now))
            });
            if let Some(fresh) = fresh {
                *link = fresh;
            }
        }
    }

    /// Refuses a link that is not signed or has run out.
    pub fn check(&self, query: &str, id: &str, cid: &str, now: Time) -> Result<()> {
        if self.holds(query, id, cid, Some(now)) {
            return Ok(());
        }
        let message = "the link to this file is not signed or has expired: read its message again for a fresh one";
        Err(ApiError::not_allowed(message))
    }
}

/// The id in a link of ours; `None` for any other text.
pub(crate) fn upload_id(link: &str) -> Option<&str> {
    let path = link.split(['?', '#']).next()?;
    let (_, rest) = path.rsplit_once(FOLDER)?;
    let id = rest.split('/').next()?;
    is_upload_id(id).then_some(id)
}

/// Whether this can be the id of an upload.
pub(crate) fn is_upload_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_named(part: &str, name: &str) -> bool {
    part.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
}

fn hex(byte: &u8) -> String {
    format!("{byte:02x}")
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = hex.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";
    const CID: &str = "messaging:kitchen";
    const HOUR: i64 = 3600;

    fn signer(secret: &str) -> Signer {
        Signer::new(secret, Duration::from_secs(14 * 3600)).expect("signs")
    }

    fn at(hours: i64) -> Time {
        Time((1_000_000 * 14 * HOUR + hours * HOUR) * 1_000_000)
    }

    fn link() -> String {
        format!("http://a/uploads/{ID}/x.png?oh=1&ow=2")
    }

    #[test]
    fn a_signature_holds_for_its_file_and_time() {
        let signer = signer("secret");
        let signed = signer.signed(&link(), ID, CID, at(0));
        assert!(signed.starts_with(&format!("{}&Expires=", link())), "{signed}");
        let query = signed.split_once('?').expect("has a query").1;
        let with_size = format!("{query}&w=10&h=10");
        for (query, hours, holds) in [
            (query, 0, true),
            (with_size.as_str(), 13, true),
            (query, 14, false),
            ("oh=1&ow=2", 0, false),
            ("", 0, false),
            ("Expires=99999999999&Signature=00", 0, false),
            (&query.replace("Signature=", "Signature=z"), 0, false),
            (&query.replace("Expires=", "Expires=9"), 0, false),
        ] {
            assert_eq!(signer.check(query, ID, CID, at(hours)).is_ok(), holds, "{query} {hours}");
        }
        for (signer, id, cid) in [
            (&signer, ID, "messaging:cellar"),
            (&signer, &*ID.replace('0', "1"), CID),
            (&self::signer("another"), ID, CID),
        ] {
            assert!(signer.check(query, id, cid, at(0)).is_err(), "{id} {cid}");
        }
    }

    #[test]
    fn a_link_is_signed_anew_in_its_own_channel_only() {
        let signer = signer("secret");
        let old = signer.signed(&link(), ID, CID, at(-1000));
        let attachment = json!({"image_url": old, "title": old, "thumb_url": link(), "asset_url": 7});
        let renewed = |cid| {
            let Value::Object(mut attachment) = attachment.clone() else { panic!("is an object") };
            signer.renew(&mut attachment, cid, at(0));
            Value::Object(attachment)
        };
        let fresh = renewed(CID);
        assert_eq!(fresh["image_url"], signer.signed(&link(), ID, CID, at(0)));
        assert_eq!((&fresh["title"], &fresh["thumb_url"]), (&attachment["title"], &attachment["thumb_url"]));
        assert_eq!(renewed("messaging:cellar"), attachment);
    }

    #[test]
    fn a_link_stays_the_same_for_a_while() {
        let signer = signer("secret");
        let signed = |minutes: i64| signer.signed(&link(), ID, CID, Time(at(0).micros() + minutes * 60 * 1_000_000));
        assert_eq!(signed(0), signed(59));
        assert_ne!(signed(0), signed(60));
    }

    #[test]
    fn the_id_is_found_in_links_of_ours_only() {
        assert_eq!(upload_id(&link()), Some(ID));
        assert_eq!(upload_id(&format!("https://proxy.example/chat/uploads/{ID}/x")), Some(ID));
        for other in [
            "",
            "http://a/uploads/",
            "http://a/uploads/../x",
            "http://a/b.png",
            "http://a/?x=/uploads/0123456789abcdef0123456789abcdef/x",
        ] {
            assert_eq!(upload_id(other), None, "{other}");
        }
    }
}
