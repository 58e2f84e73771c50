//! Base64 (RFC 4648, section 4) and hexadecimal, as constants write them.

/// Decodes base64; line feeds are ignored (clause 9.2). `None` when the text is not whole groups of four with their
/// padding.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len().div_euclid(4).saturating_mul(3));
    let (mut bits, mut held, mut padding) = (0u32, 0u8, 0u8);
    for byte in text.bytes().filter(|byte| *byte != b'\n') {
        // Padding ends the text: nothing follows a group that has some.
        let value = match (byte, padding) {
            (b'=', 0) if held >= 2 => None,
            (b'=', 1) if held == 3 => None,
            (_, 0) => Some(sextet(byte)?),
            _ => return None,
        };
        padding = padding.saturating_add(u8::from(value.is_none()));
        bits = (bits << 6) | u32::from(value.unwrap_or(0));
        held = held.saturating_add(1);
        if held == 4 {
            let [_, group @ ..] = bits.to_be_bytes();
            out.extend(group.iter().take(3usize.saturating_sub(usize::from(padding))));
            (bits, held) = (0, 0);
        }
    }
    (held == 0).then_some(out)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
        b'a'..=b'z' => Some(byte.wrapping_sub(b'a').wrapping_add(26)),
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0').wrapping_add(52)),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// The characters of the base64 form, one by one.
pub(super) fn to_base64(bytes: &[u8]) -> impl Iterator<Item = char> {
    bytes.chunks(3).flat_map(|chunk| {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        [18u32, 12, 6, 0]
            .into_iter()
            .enumerate()
            .map(move |(index, shift)| if index > chunk.len() { '=' } else { letter((bits >> shift) & 63) })
    })
}

fn letter(value: u32) -> char {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    usize::try_from(value).ok().and_then(|at| LETTERS.get(at)).copied().map_or('=', char::from)
}

/// Decodes pairs of hexadecimal digits, in either case. `None` when another character or an odd number is there.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let [high, low] = pair else { return None };
            Some((digit(high)? << 4) | digit(low)?)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base64_is_read_by_its_letter() {
        let table: [(&str, Option<&[u8]>); 15] = [
            ("", Some(b"")),
            ("Zg==", Some(b"f")),
            ("Zm8=", Some(b"fo")),
            ("Zm9v", Some(b"foo")),
            ("Zm9v\nYmFy\n", Some(b"foobar")),
            ("+/8=", Some(&[0xfb, 0xff])),
            ("Z", None),
            ("Zg", None),
            ("Zg=", None),
            ("Z===", None),
            ("====", None),
            ("Zg==Zg==", None),
            ("Zm8=Zm9v", None),
            ("Zm9\u{e9}", None),
            ("Zm 9v", None),
        ];
        for (text, bytes) in table {
            assert_eq!(from_base64(text).as_deref(), bytes, "{text:?}");
        }
    }

    #[test]
    fn hexadecimal_wants_pairs() {
        assert_eq!(from_hex("00fFc3"), Some(vec![0, 0xff, 0xc3]));
        assert_eq!(from_hex(""), Some(vec![]));
        assert_eq!([from_hex("0"), from_hex("0g"), from_hex("+1")], [None, None, None]);
    }

    proptest! {
        #[test]
        fn bytes_come_back_from_base64(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text: String = to_base64(&bytes).collect();
            prop_assert_eq!(from_base64(&text), Some(bytes));
        }
    }
}
