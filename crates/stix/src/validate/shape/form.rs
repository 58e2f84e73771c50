//! The forms of texts and numbers that stand in many properties.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::canon::LARGEST_INTEGER;

pub(super) fn is_key(key: &str) -> bool {
    (1..=250).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the text has exactly `length` hexadecimal digits.
pub(super) fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len().saturating_sub(body.len()) <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

pub(super) fn is_ipv4(text: &str) -> bool {
    is_block(text, 32, |address| address.parse::<Ipv4Addr>().is_ok())
}

pub(super) fn is_ipv6(text: &str) -> bool {
    is_block(text, 128, |address| address.parse::<Ipv6Addr>().is_ok())
}

/// The address without its zone such as `%eth0`; nothing when it has none.
pub(super) fn without_zone(text: &str) -> Option<String> {
    let (address, rest) = text.split_once('%')?;
    let (zone, length) = rest.split_once('/').map_or((rest, None), |(zone, length)| (zone, Some(length)));
    let plain = !zone.is_empty()
        && zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    plain.then(|| length.map_or_else(|| address.to_owned(), |length| format!("{address}/{length}")))
}

/// An address, or an address and the length of its network.
fn is_block(text: &str, most: u8, is_address: impl Fn(&str) -> bool) -> bool {
    match text.split_once('/') {
        None => is_address(text),
        Some((address, length)) => {
            let plain = length.bytes().all(|digit| digit.is_ascii_digit())
                && (length == "0" || !length.starts_with('0'))
                && length.parse::<u8>().is_ok_and(|length| length <= most);
            plain && is_address(address)
        }
    }
}

/// A type of the IANA registry, a slash and a subtype; parameters may follow.
pub(super) fn is_mime(text: &str) -> bool {
    const TYPES: [&str; 11] = [
        "application",
        "audio",
        "example",
        "font",
        "haptics",
        "image",
        "message",
        "model",
        "multipart",
        "text",
        "video",
    ];
    let text = text.split_once(';').map_or(text, |(text, _)| text.trim_end());
    text.split_once('/').is_some_and(|(kind, name)| {
        TYPES.contains(&kind.to_ascii_lowercase().as_str())
            && (1..=127).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    })
}

/// The integer that a number without a fraction means, where every reader knows it exactly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "within 2^53 both are exact"
)]
pub(super) fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= LARGEST_INTEGER as f64).then_some(number as i64)
}
