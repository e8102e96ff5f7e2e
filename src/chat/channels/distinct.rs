//! Distinct channels: one for each set of members.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
    format!("!members-{}", URL_SAFE_NO_PAD.encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_43_letters_of_base64url_and_fits_the_limit() {
        let id = id(&["ada".into(), "bo".into()]);
        assert_eq!(id.len(), "!members-".len() + 43);
        assert!(id.len() <= crate::limits::CHANNEL_ID_CHARS);
    }

    #[test]
    fn other_members_meet_elsewhere() {
        assert_ne!(id(&["ada".into(), "bo".into()]), id(&["adab".into(), "o".into()]));
    }
}
