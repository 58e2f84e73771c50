//! Files and standard input, read whole under a limit; gzip is recognised by its first bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::failure::Failure;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether a path means standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The name of an input in messages.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Reads a file, or standard input for `-`, and decompresses it when it is gzip.
///
/// # Errors
/// Exit code 3 when it cannot be read, 1 when it is damaged or larger than `bytes_max` after decompression.
pub fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let place = name(path);
    let failed = |error: io::Error| Failure::file("the input cannot be read", Path::new(&place), &error);
    if is_stdin(path) {
        return read_from(io::stdin().lock(), &place, bytes_max);
    }
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    read_from(file, &place, bytes_max)
}

/// Reads text as [`read`] does.
///
/// # Errors
/// As for [`read`]; exit code 1 when it is not UTF-8.
pub fn read_text(path: &Path, bytes_max: usize) -> Result<String, Failure> {
    String::from_utf8(read(path, bytes_max)?).map_err(|_| {
        Failure::refused(format!("the input is not UTF-8 text; {}; save it as UTF-8", name(path)))
    })
}

fn read_from(mut source: impl Read, place: &str, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::file("the input cannot be read", Path::new(place), &error);
    let mut start = Vec::with_capacity(GZIP_MAGIC.len());
    source.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut start).map_err(failed)?;
    let gzip = start == GZIP_MAGIC;
    let whole = io::Cursor::new(start).chain(source);
    let limit = (bytes_max as u64).saturating_add(1);
    let mut bytes = Vec::new();
    if gzip {
        MultiGzDecoder::new(whole).take(limit).read_to_end(&mut bytes).map_err(|_| {
            Failure::refused(format!("the gzip data is damaged or ends early; {place}; fetch the file again"))
        })?;
    } else {
        whole.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() > bytes_max {
        return Err(Failure::refused(format!(
            "the input is larger than {bytes_max} bytes; {place}; split it"
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::failure::{ENVIRONMENT, REFUSED};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_and_compressed_inputs_read_the_same() {
        assert_eq!(read_from(&b"{}"[..], "x", 10).unwrap(), b"{}");
        assert_eq!(read_from(&gzip(b"{}")[..], "x", 10).unwrap(), b"{}");
        assert_eq!(read_from(&b"{"[..], "x", 10).unwrap(), b"{");
        assert_eq!(read_from(&b""[..], "x", 10).unwrap(), b"");
    }

    #[test]
    fn a_truncated_or_exploding_archive_is_refused() {
        let whole = gzip(&[7; 5_000]);
        let cut = read_from(&whole[..whole.len() - 9], "x", 10_000).unwrap_err();
        assert_eq!(cut.code, REFUSED);
        let large = read_from(&whole[..], "x", 4_999).unwrap_err();
        assert!(large.message.contains("larger than 4999 bytes"), "{}", large.message);
        assert_eq!(read_from(&whole[..], "x", 5_000).unwrap().len(), 5_000);
    }

    #[test]
    fn a_missing_file_and_a_folder_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read(&folder.path().join("no.json"), 10).unwrap_err();
        assert_eq!(missing.code, ENVIRONMENT);
        assert!(missing.message.contains("does not exist"), "{}", missing.message);
        assert!(read(folder.path(), 10).unwrap_err().message.contains("it is a folder"));
    }
}
