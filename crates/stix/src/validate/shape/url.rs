//! Whether a text is a URL (RFC 3986, as STIX 2.1 clauses 6.1.1 and 6.15.1 ask).

/// What keeps a text from being a URL; the registry of schemes is not consulted.
pub(in crate::validate) fn judged(text: &str) -> Result<(), &'static str> {
    let Some((scheme, rest)) = text.split_once(':') else {
        return Err("a URL begins with a scheme such as https:");
    };
    let plain = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !plain {
        return Err("a URL begins with a scheme such as https:");
    }
    if rest.is_empty() {
        return Err("nothing follows the scheme");
    }
    if rest.bytes().filter(|byte| *byte == b'#').count() > 1 {
        return Err("a URL has one fragment at most; write other number signs as %23");
    }
    characters(rest)?;
    brackets(rest)
}

/// Characters of RFC 3986 only, and percent signs before two hexadecimal digits.
fn characters(rest: &str) -> Result<(), &'static str> {
    let mut bytes = rest.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()];
                if !digits.iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())) {
                    return Err("a percent sign stands before two hexadecimal digits");
                }
            }
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                return Err("RFC 3986 does not allow one of these characters; write them percent-encoded");
            }
            b'!'..=b'~' => {}
            _ => return Err("a URL has no blanks and no characters outside ASCII; percent-encode them"),
        }
    }
    Ok(())
}

/// Square brackets enclose an address after `//` and stand nowhere else.
fn brackets(rest: &str) -> Result<(), &'static str> {
    let authority = rest
        .strip_prefix("//")
        .map_or("", |rest| rest.split_once(['/', '?', '#']).map_or(rest, |(authority, _)| authority));
    let count = |text: &str| text.bytes().filter(|byte| matches!(byte, b'[' | b']')).count();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let enclosed = host.starts_with('[') && host.contains(']') && count(host) == 2;
    if count(rest) == 0 || (enclosed && count(rest) == 2) {
        Ok(())
    } else {
        Err("square brackets enclose an IPv6 address and stand nowhere else in a URL")
    }
}
