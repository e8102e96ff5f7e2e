//! JSON on its way out.

use std::cell::Cell;

use serde::Serialize;

/// A buffer larger than this is not kept.
const KEPT: usize = 1 << 20;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The value's JSON, and `room` for as many bytes more. It is written into a buffer that stays: one that begins empty is moved
/// each time it has doubled, into memory that nobody has touched before.
pub fn outgoing(value: &impl Serialize, room: usize) -> serde_json::Result<Vec<u8>> {
    let mut buffer = BUFFER.take();
    buffer.clear();
    let written = serde_json::to_writer(&mut buffer, value);
    let mut json = Vec::with_capacity(buffer.len() + room);
    json.extend_from_slice(&buffer);
    if buffer.capacity() <= KEPT {
        BUFFER.set(buffer);
    }
    written.map(|()| json)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes another value while it is written itself.
    struct Nested(usize);

    impl Serialize for Nested {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let within = outgoing(&vec![7; self.0], 0).map_err(serde::ser::Error::custom)?;
            serializer.serialize_str(&String::from_utf8_lossy(&within))
        }
    }

    #[test]
    fn what_goes_out_is_what_serde_writes_with_the_room_asked_for() {
        for length in [0, 3, KEPT, 3] {
            let values = vec![1; length];
            let json = outgoing(&values, 32).unwrap();
            assert_eq!(json, serde_json::to_vec(&values).unwrap());
            assert!(json.capacity() >= json.len() + 32);
            assert_eq!(outgoing(&Nested(2), 0).unwrap(), br#""[7,7]""#);
        }
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let keys = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(outgoing(&keys, 0).is_err());
        assert_eq!(outgoing(&1, 0).unwrap(), b"1");
    }
}
