//! The moment of the commit, written before it is known.
//!
//! An event and an answer are serialised *before* the transaction that they belong to, but carry its time, which Redis'
//! clock fixes. [`Time::STAMP`](super::Time::STAMP) therefore serialises to a placeholder exactly as long as a time; once the
//! commit has answered, the placeholders are overwritten in place. The placeholder is random per process and never leaves it
//! unfilled, so nobody can write it into a message.

use std::sync::OnceLock;

use super::Time;

/// The text that [`Time::STAMP`] serialises to: [`Time::TEXT_LEN`] ASCII letters.
pub fn placeholder() -> &'static str {
    static PLACEHOLDER: OnceLock<String> = OnceLock::new();
    PLACEHOLDER.get_or_init(|| {
        let random = uuid::Uuid::new_v4().simple().to_string();
        format!("~{}~", &random[..Time::TEXT_LEN - 2])
    })
}

/// Where the placeholders stand in serialised JSON.
pub fn offsets(json: &[u8]) -> Vec<u32> {
    memchr::memmem::find_iter(json, placeholder().as_bytes()).map(|at| at as u32).collect()
}

/// Writes `at` over the placeholders; offsets that do not fit are left alone.
pub fn fill(json: &mut [u8], offsets: &[u32], at: Time) {
    let text = at.text();
    for &offset in offsets {
        if let Some(place) = json.get_mut(offset as usize..offset as usize + Time::TEXT_LEN) {
            place.copy_from_slice(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_filled_in_place() {
        let mut json = serde_json::to_vec(&[Time::STAMP, Time(0), Time::STAMP]).unwrap();
        let offsets = offsets(&json);
        assert_eq!(offsets.len(), 2);
        fill(&mut json, &offsets, Time(1));
        assert_eq!(serde_json::from_slice::<Vec<Time>>(&json).unwrap(), vec![Time(1), Time(0), Time(1)]);
    }
}
