//! Distinct channels: one for each set of members.

use sha2::{Digest, Sha256};

/// The id of the channel for a set of members (sorted, without doubles): `!members-` and 43 letters of base64url, a hash of
/// the set, so that the same people in any order meet in the same channel.
pub(crate) fn id(members: &[String]) -> String {
    let mut hash = Sha256::new();
    for member in members {
        hash.update(member.as_bytes());
        // User ids hold no zero byte, so no two sets read alike.
        hash.update([0]);
    }
    format!("!members-{}", base64url(&hash.finalize()))
}

fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            out.push(char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_43_letters_of_base64url_and_fits_the_limit() {
        let id = id(&["ada".into(), "bo".into()]);
        assert_eq!(id.len(), "!members-".len() + 43);
        assert!(id.len() <= crate::limits::CHANNEL_ID_CHARS);
        assert_eq!(base64url(b"Man"), "TWFu");
        assert_eq!(base64url(&[0xff, 0xfe]), "__4");
    }

    #[test]
    fn other_members_meet_elsewhere() {
        assert_ne!(id(&["ada".into(), "bo".into()]), id(&["adab".into(), "o".into()]));
    }
}
