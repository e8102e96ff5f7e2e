//! An entry of the log as text: the header's JSON, a line feed, and the payload without what it says twice.

use anyhow::Context;
use memchr::{memchr, memmem};
use serde::{Deserialize, Serialize};

use super::{Entry, Header};
use crate::wire::{Time, stamp};

/// Most events name their user twice: in the message, and at the end beside it.
const USER: &[u8] = br#""user":{"#;

/// Bytes of the payload that stand a second time right before its last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doubled(u32, u32);

/// Takes the payload as clients get it, but for the time.
pub(super) fn pack(mut header: Header, mut payload: Vec<u8>) -> serde_json::Result<Vec<u8>> {
    header.stamps = stamp::offsets(&payload);
    header.doubled = doubled(&payload);
    if let Some(Doubled(_, length)) = header.doubled {
        let end = payload.len() - 1;
        payload.drain(end - length as usize..end);
    }
    let mut text = Vec::with_capacity(payload.len() + 256);
    serde_json::to_writer(&mut text, &header)?;
    text.push(b'\n');
    text.extend_from_slice(&payload);
    Ok(text)
}

/// The last object called `user`, up to the payload's last byte, where another one before it begins in the same way.
fn doubled(payload: &[u8]) -> Option<Doubled> {
    let last = memmem::rfind(payload, USER)? + USER.len() - 1;
    let object = payload.get(last..payload.len() - 1)?;
    let first = memmem::find_iter(payload, USER).map(|at| at + USER.len() - 1);
    let twin = first.take_while(|at| at + object.len() <= last).find(|at| payload[*at..].starts_with(object))?;
    // Spelling out where is worth it from a few dozen bytes on.
    (object.len() > 32).then_some(Doubled(twin as u32, object.len() as u32))
}

/// `moment` is the time of the commit in microseconds, and behind a space the number of watchers.
pub(in crate::store) fn unpack(moment: &[u8], mut text: Vec<u8>) -> anyhow::Result<Entry> {
    let mut numbers = std::str::from_utf8(moment)?.split(' ');
    let at = Time(numbers.next().unwrap_or_default().parse().context("the moment is no number")?);
    let watcher_count = numbers.next().map(str::parse).transpose().context("the watcher count is no number")?;
    let end = memchr(b'\n', &text).context("no header")?;
    let header: Header = serde_json::from_slice(&text[..end])?;
    text.drain(..=end);
    if let Some(Doubled(start, length)) = header.doubled {
        let (start, length) = (start as usize, length as usize);
        anyhow::ensure!(start + length < text.len(), "what is doubled lies outside of the payload");
        let last = text.pop();
        text.extend_from_within(start..start + length);
        text.extend(last);
    }
    stamp::fill(&mut text, &header.stamps, at);
    Ok(Entry { at, header, payload: text.into(), watcher_count })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(payload: &str) -> (usize, String) {
        let text = pack(Header::default(), payload.as_bytes().to_vec()).unwrap();
        let packed = text.len();
        let entry = unpack(b"7 3", text).unwrap();
        assert_eq!((entry.at, entry.watcher_count), (Time(7), Some(3)));
        (packed, String::from_utf8(entry.payload.to_vec()).unwrap())
    }

    #[test]
    fn what_is_said_twice_is_kept_once() {
        let user = format!(r#"{{"id":"ada","name":"{}"}}"#, "a".repeat(500));
        let payload = format!(r#"{{"type":"message.new","message":{{"user":{user},"text":"hi"}},"user":{user}}}"#);
        let (packed, unpacked) = there_and_back(&payload);
        assert_eq!(unpacked, payload);
        assert!(packed < payload.len() - 400, "{packed} of {} bytes", payload.len());
    }

    #[test]
    fn a_time_is_filled_in_where_it_was_left_out_too() {
        let user = format!(
            r#"{{"id":"ada","name":"{}","at":{}}}"#,
            "a".repeat(90),
            serde_json::to_string(&Time::STAMP).unwrap()
        );
        let payload = format!(r#"{{"message":{{"user":{user}}},"user":{user}}}"#);
        let entry = unpack(b"7", pack(Header::default(), payload.clone().into_bytes()).unwrap()).unwrap();
        let told = payload.replace(stamp::placeholder(), std::str::from_utf8(&Time(7).text()).unwrap());
        assert_eq!(String::from_utf8(entry.payload.to_vec()).unwrap(), told);
    }

    proptest! {
        #[test]
        fn every_payload_comes_back(parts in prop::collection::vec(prop_oneof![Just(r#""user":{"#), Just(r#"{"id":"ada","teams":["one","two","three"],"role":"user"}"#), Just("}"), Just(","), Just("\\n"), Just("x")], 0..12)) {
            let payload = parts.concat();
            prop_assert_eq!(there_and_back(&payload).1, payload);
        }
    }
}
