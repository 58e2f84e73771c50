//! Texts for bytes: hex, URL-safe base64, and the signed `next` token of a page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::AppError;

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// URL-safe base64 without padding.
pub(crate) fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of URL-safe base64 without padding; none for any other text.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A stateless `next` token: the position, bound by HMAC to what was asked (TAXII 2.1 §3.1 leaves it opaque).
pub(crate) fn next(secret: &[u8; 32], question: &str, after_us: i64) -> Result<String, AppError> {
    let mut bytes = after_us.to_be_bytes().to_vec();
    bytes.extend(seal(secret, question, after_us)?);
    Ok(text(&bytes))
}

/// The position in a token that was made for this question; none for any other text.
pub(crate) fn position(secret: &[u8; 32], question: &str, token: &str) -> Result<Option<i64>, AppError> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return Ok(None) };
    let Some((head, tail)) = bytes.split_first_chunk::<8>() else { return Ok(None) };
    let after_us = i64::from_be_bytes(*head);
    let fits: bool = subtle::ConstantTimeEq::ct_eq(tail, seal(secret, question, after_us)?.as_slice()).into();
    Ok(fits.then_some(after_us))
}

fn seal(secret: &[u8; 32], question: &str, after_us: i64) -> Result<Vec<u8>, AppError> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret).map_err(|error| AppError::Internal(error.to_string()))?;
    mac.update(b"comity/next/1\0");
    mac.update(&after_us.to_be_bytes());
    mac.update(question.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_only_its_question_and_its_node() {
        let token = next(&[1; 32], "a", 77).unwrap();
        assert_eq!(position(&[1; 32], "a", &token).unwrap(), Some(77));
        assert_eq!(position(&[1; 32], "b", &token).unwrap(), None);
        assert_eq!(position(&[2; 32], "a", &token).unwrap(), None);
        for foreign in ["", "AAAA", "%%%", "abc"] {
            assert_eq!(position(&[1; 32], "a", foreign).unwrap(), None);
        }
    }
}
