//! Secrets at rest: sealed with the node secret, bound to the row that they stand in.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::{App, AppError};

/// Seals a text for one place; the same text at another place does not open.
pub(crate) fn seal(app: &App, place: &str, text: &str) -> Result<Vec<u8>, AppError> {
    let nonce: [u8; NONCE_LEN] = app.random_bytes();
    let mut sealed = text.as_bytes().to_vec();
    key(app)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| AppError::Internal("a secret could not be sealed".into()))?;
    let mut bytes = nonce.to_vec();
    bytes.append(&mut sealed);
    Ok(bytes)
}

/// Opens what was sealed for this place.
pub(crate) fn open(app: &App, place: &str, sealed: &[u8]) -> Result<String, AppError> {
    let fault =
        || AppError::Environment(format!("the secret of {place} does not open with this node's secret"));
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(fault)?;
    let mut body = body.to_vec();
    let plain = key(app)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place.as_bytes()), &mut body)
        .map_err(|_| fault())?;
    String::from_utf8(plain.to_vec()).map_err(|_| fault())
}

fn key(app: &App) -> Result<LessSafeKey, AppError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&app.keys()?.secret)
        .map_err(|error| AppError::Internal(error.to_string()))?;
    mac.update(b"comity/seal/1");
    let bytes = mac.finalize().into_bytes();
    let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(LessSafeKey::new(key))
}
