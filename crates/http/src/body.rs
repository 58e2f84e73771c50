//! Reads request bodies under caps: bytes on the wire, bytes after unpacking, and the ratio of the two. It never
//! looks at what the bytes say.

use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::app::limits::NetworkLimits;
use crate::media::{self, Packing};
use crate::refusal::Refusal;

/// Bodies that unpack to this many bytes or fewer pass whatever their ratio: short JSON packs very well.
const RATIO_FREE_BYTES: usize = 256 * 1024;
const PIECE_BYTES: usize = 64 * 1024;

/// The request body, unpacked. A body that announces more than the limit is refused before a byte is read.
pub(crate) async fn read(bounds: &NetworkLimits, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let packing = media::packing(headers).ok_or_else(|| {
        Refusal::media("the Content-Encoding is not supported; send the body plain or as gzip")
            .with_header("accept-encoding", "gzip, identity")
    })?;
    if announced(headers)?.is_some_and(|bytes| bytes > bounds.body_bytes as u64) {
        return Err(too_large(bounds));
    }
    let packed = match Limited::new(body, bounds.body_bytes).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large(bounds)),
        Err(_) => return Err(Refusal::malformed("the body ended early or could not be read")),
    };
    match packing {
        Packing::Identity => Ok(packed),
        Packing::Gzip => {
            let (most_bytes, ratio) = (bounds.inflated_bytes, bounds.gzip_ratio);
            tokio::task::spawn_blocking(move || inflate(&packed, most_bytes, ratio))
                .await
                .map_err(|_| Refusal::internal("unpacking the body stopped"))?
        }
    }
}

fn announced(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(value) = headers.get(CONTENT_LENGTH) else { return Ok(None) };
    let text = value.to_str().unwrap_or("");
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::malformed("the Content-Length is not a number"));
    }
    Ok(Some(text.parse().unwrap_or(u64::MAX)))
}

fn too_large(bounds: &NetworkLimits) -> Refusal {
    Refusal::too_large(format!(
        "the body is larger than {} bytes; send fewer objects at once",
        bounds.body_bytes
    ))
}

fn inflate(packed: &[u8], most_bytes: usize, ratio: usize) -> Result<Bytes, Refusal> {
    let mut decoder = MultiGzDecoder::new(packed);
    let (mut plain, mut piece) = (Vec::new(), vec![0_u8; PIECE_BYTES]);
    let by_ratio = packed.len().saturating_mul(ratio).max(RATIO_FREE_BYTES);
    loop {
        let read = decoder.read(&mut piece).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                Refusal::malformed("the gzip body is cut off before its end")
            }
            _ => Refusal::malformed("the gzip body is damaged"),
        })?;
        let Some(fresh) = piece.get(..read).filter(|fresh| !fresh.is_empty()) else {
            return Ok(plain.into());
        };
        if plain.len() + fresh.len() > most_bytes {
            return Err(Refusal::too_large(format!("the body unpacks to more than {most_bytes} bytes")));
        }
        if plain.len() + fresh.len() > by_ratio {
            return Err(Refusal::too_large(format!("the body unpacks to more than {ratio} times its size")));
        }
        plain.extend_from_slice(fresh);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use axum::http::StatusCode;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_comes_back_as_it_was() {
        assert_eq!(inflate(&gzip(b"{\"objects\":[]}"), 100, 10).unwrap().as_ref(), b"{\"objects\":[]}");
    }

    #[test]
    fn several_members_are_one_body() {
        let both = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(inflate(&both, 100, 10).unwrap().as_ref(), b"one two");
    }

    #[test]
    fn a_cut_and_a_damaged_body_say_which_they_are() {
        let whole = gzip(&b"some text that packs".repeat(50));
        let cut = inflate(&whole[..whole.len() / 2], 10_000, 1000).unwrap_err();
        assert_eq!((cut.status, cut.detail.contains("cut off")), (StatusCode::BAD_REQUEST, true));
        let damaged = inflate(b"not gzip at all, but long enough", 10_000, 1000).unwrap_err();
        assert_eq!((damaged.status, damaged.detail.contains("damaged")), (StatusCode::BAD_REQUEST, true));
        let mut trailing = whole;
        trailing.extend_from_slice(b"rubbish behind it");
        assert!(inflate(&trailing, 10_000, 1000).is_err());
    }

    #[test]
    fn a_bomb_stops_at_the_cap_and_at_the_ratio() {
        let bomb = gzip(&vec![b' '; 4_000_000]);
        assert_eq!(inflate(&bomb, 1_000_000, usize::MAX).unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
        let by_ratio = inflate(&bomb, 100_000_000, 20).unwrap_err();
        assert!(by_ratio.detail.contains("20 times"), "{}", by_ratio.detail);
    }

    #[test]
    fn an_empty_gzip_body_is_cut_off_not_empty() {
        assert!(inflate(b"", 100, 10).is_err());
    }
}
