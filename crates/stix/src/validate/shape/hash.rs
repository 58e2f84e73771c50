//! Hashing algorithms and the form of their digests (STIX 2.1 clauses 2.7 and 10.7).

use super::form::is_digits;

/// An algorithm whose digests have a known form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Algorithm {
    term: Option<&'static str>,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Hex(usize, &'static str),
    Piecewise,
}

impl Algorithm {
    /// The algorithm that a key means, whatever its case and hyphens.
    pub(super) fn of(key: &str) -> Option<Self> {
        if key.len() > 16 {
            return None;
        }
        let plain: String = key
            .chars()
            .filter(|letter| !matches!(letter, '-' | '_'))
            .collect::<String>()
            .to_ascii_uppercase();
        let hex = |term, length, wanted| Some(Self { term, form: Form::Hex(length, wanted) });
        match plain.as_str() {
            "MD5" => hex(Some("MD5"), 32, "32 hexadecimal digits"),
            "SHA1" => hex(Some("SHA-1"), 40, "40 hexadecimal digits"),
            "SHA256" => hex(Some("SHA-256"), 64, "64 hexadecimal digits"),
            "SHA512" => hex(Some("SHA-512"), 128, "128 hexadecimal digits"),
            "SHA3256" => hex(Some("SHA3-256"), 64, "64 hexadecimal digits"),
            "SHA3512" => hex(Some("SHA3-512"), 128, "128 hexadecimal digits"),
            "SSDEEP" => Some(Self { term: Some("SSDEEP"), form: Form::Piecewise }),
            "TLSH" => hex(Some("TLSH"), 70, "35 bytes, 70 hexadecimal digits without a prefix"),
            "SHA224" | "SHA3224" => hex(None, 56, "56 hexadecimal digits"),
            "SHA384" | "SHA3384" => hex(None, 96, "96 hexadecimal digits"),
            "RIPEMD160" => hex(None, 40, "40 hexadecimal digits"),
            "WHIRLPOOL" => hex(None, 128, "128 hexadecimal digits"),
            _ => None,
        }
    }

    /// The term of the vocabulary, where it has one.
    pub(super) const fn term(self) -> Option<&'static str> {
        self.term
    }

    /// Whether the digest has its form, else what that form is.
    pub(super) fn judge(self, digest: &str) -> Result<(), &'static str> {
        let (good, wanted) = match self.form {
            Form::Hex(length, wanted) => (is_digits(digest, length), wanted),
            Form::Piecewise => (is_piecewise(digest), "the form blocksize:hash:hash"),
        };
        if good { Ok(()) } else { Err(wanted) }
    }
}

/// A block size and two parts of base64 letters, perhaps with the name of the file behind a comma.
fn is_piecewise(text: &str) -> bool {
    let text = text.split_once(",\"").map_or(text, |(digest, _)| digest);
    let mut parts = text.split(':');
    let (Some(size), Some(first), Some(second), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_part = |part: &str| {
        part.len() <= 64
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
    };
    (1..=10).contains(&size.len())
        && size.bytes().all(|byte| byte.is_ascii_digit())
        && is_part(first)
        && is_part(second)
}
