//! WebSocket frames as a server writes them (RFC 6455, 5.2): unmasked, so one frame serves all recipients.

use bytes::{BufMut, Bytes, BytesMut};

/// A text frame.
pub(crate) fn text(payload: &[u8]) -> Bytes {
    frame(0x81, &[payload])
}

/// A text frame whose payload is made of parts.
pub(crate) fn text_of(parts: &[&[u8]]) -> Bytes {
    frame(0x81, parts)
}

/// The payloads of text frames as one JSON array; other frames say nothing.
pub(crate) fn array(frames: &[Bytes]) -> String {
    let texts = frames.iter().filter_map(|frame| {
        let start = match frame.get(..2)? {
            [0x81, 126] => 4,
            [0x81, 127] => 10,
            [0x81, _] => 2,
            _ => return None,
        };
        std::str::from_utf8(frame.get(start..)?).ok()
    });
    format!("[{}]", texts.collect::<Vec<_>>().join(","))
}

/// A close frame with its code.
pub(crate) fn close(code: u16, reason: &str) -> Bytes {
    frame(0x88, &[&code.to_be_bytes(), &reason.as_bytes()[..reason.len().min(120)]])
}

fn frame(first: u8, parts: &[&[u8]]) -> Bytes {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = BytesMut::with_capacity(len + 10);
    out.put_u8(first);
    match len {
        0..126 => out.put_u8(len as u8),
        126..65_536 => {
            out.put_u8(126);
            out.put_u16(len as u16);
        }
        _ => {
            out.put_u8(127);
            out.put_u64(len as u64);
        }
    }
    for part in parts {
        out.put_slice(part);
    }
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_become_an_array() {
        let long = format!("\"{}\"", "a".repeat(70_000));
        let frames = [text(b"1"), close(1012, "restart"), text_of(&[b"{\"a\":", b"2}"]), text(long.as_bytes())];
        assert_eq!(array(&frames), format!("[1,{{\"a\":2}},{long}]"));
        let accents = format!("\"{}\"", "\u{e4}".repeat(60));
        assert_eq!(array(&[text(accents.as_bytes())]), format!("[{accents}]"));
        assert_eq!(array(&[]), "[]");
    }

    #[test]
    fn the_length_takes_one_three_or_nine_bytes() {
        assert_eq!(&text(b"hi")[..], b"\x81\x02hi");
        assert_eq!(&text(&[b'a'; 126])[..4], b"\x81\x7e\x00\x7e");
        assert_eq!(&text(&vec![b'a'; 65_536])[..10], b"\x81\x7f\0\0\0\0\0\x01\0\0");
        assert_eq!(&close(1012, "restart")[..], b"\x88\x09\x03\xf4restart");
    }
}
