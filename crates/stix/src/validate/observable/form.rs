//! The forms of the values of observables.

use crate::json::Map;
use crate::schema::kind_of;

/// Whether a name can be a domain name at all (RFC 1034), else why not; and what is odd about one that can.
pub(super) fn domain_name(name: &str) -> Result<Option<&'static str>, &'static str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.chars().count() > 253 {
        return Err("a domain name has at most 253 characters");
    }
    let mut odd = None;
    for label in name.split('.') {
        if label.is_empty() {
            return Err("a domain name has no empty label");
        }
        if label.chars().count() > 63 {
            return Err("a label of a domain name has at most 63 characters");
        }
        if !label.chars().all(is_letter_of_name) {
            return Err("a domain name has letters, digits, hyphens and full stops only");
        }
        if label.contains(['_', '*']) || label.starts_with('-') || label.ends_with('-') {
            odd = Some("hosts have no such name: labels have letters and digits, hyphens only within");
        }
    }
    Ok(odd)
}

/// Letters of other scripts are let pass: RFC 5890 allows most of them.
fn is_letter_of_name(letter: char) -> bool {
    if letter.is_ascii() {
        letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '*')
    } else {
        !letter.is_whitespace() && !letter.is_control()
    }
}

/// The outer form of addr-spec (RFC 5322): something, an at sign, and a domain or an address in brackets.
pub(super) fn is_email_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let plain = |part: &str| {
        !part.chars().any(|letter| letter.is_whitespace() || letter.is_control() || ",;:()@".contains(letter))
    };
    let literal = domain.len() > 2 && domain.starts_with('[') && domain.ends_with(']');
    !local.is_empty()
        && !domain.is_empty()
        && (quoted || plain(local))
        && (literal || matches!(domain_name(domain), Ok(None)))
}

/// Whether a header value holds a word of RFC 2047, such as `=?iso-8859-1?q?text?=`.
pub(super) fn has_encoded_word(text: &str) -> bool {
    text.split("=?").skip(1).any(|word| {
        let mut parts = word.splitn(3, '?');
        let (Some(charset), Some(encoding), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let token = !charset.is_empty()
            && charset.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:*".contains(&byte));
        let content = rest.split_once("?=").map(|(content, _)| content);
        token
            && matches!(encoding, "q" | "Q" | "b" | "B")
            && content.is_some_and(|content| !content.contains(['?', ' ']))
    })
}

/// Six pairs of lower-case hexadecimal digits with colons between them.
pub(super) fn is_mac_address(text: &str) -> bool {
    text.len() == 17
        && text.bytes().enumerate().all(|(at, byte)| match at % 3 {
            2 => byte == b':',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// A formatted string of CPE 2.3: `cpe:2.3:`, the part, and ten attributes.
pub(super) fn is_cpe(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("cpe:2.3:") else { return false };
    let mut attributes = Vec::new();
    let (mut attribute, mut escaped) = (String::new(), false);
    for letter in rest.chars() {
        if letter == ':' && !escaped {
            attributes.push(std::mem::take(&mut attribute));
        } else {
            attribute.push(letter);
        }
        escaped = letter == '\\' && !escaped;
    }
    attributes.push(attribute);
    let part = attributes.first().is_some_and(|part| matches!(part.as_str(), "a" | "o" | "h" | "*" | "-"));
    part && attributes.len() == 11 && attributes.iter().all(|attribute| is_cpe_attribute(attribute))
}

/// `*`, `-`, or a value in which other characters than letters, digits, `.`, `_` and `-` are escaped; wildcards may
/// stand at either end.
fn is_cpe_attribute(text: &str) -> bool {
    if matches!(text, "*" | "-") {
        return true;
    }
    let start = text.strip_prefix('*').unwrap_or_else(|| text.trim_start_matches('?'));
    let mut letters = start.chars().peekable();
    let mut count = 0_usize;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                if !letters.next().is_some_and(|letter| letter.is_ascii_punctuation()) {
                    return false;
                }
            }
            '*' => return count > 0 && letters.next().is_none(),
            '?' => return count > 0 && letters.all(|letter| letter == '?'),
            _ if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-') => {}
            _ => return false,
        }
        count = count.saturating_add(1);
    }
    count > 0
}

/// The members of the structure STARTUPINFO of Windows.
pub(super) const STARTUP_INFO: [&str; 18] = [
    "cb",
    "lpReserved",
    "lpDesktop",
    "lpTitle",
    "dwX",
    "dwY",
    "dwXSize",
    "dwYSize",
    "dwXCountChars",
    "dwYCountChars",
    "dwFillAttribute",
    "dwFlags",
    "wShowWindow",
    "cbReserved2",
    "lpReserved2",
    "hStdInput",
    "hStdOutput",
    "hStdError",
];

/// A family of socket options, an underscore and more, all in upper case: `SO_KEEPALIVE`, `IPV6_V6ONLY`.
pub(super) fn is_socket_option(key: &str) -> bool {
    const FAMILIES: [&str; 10] =
        ["SO", "ICMP", "ICMP6", "IP", "IPV6", "MCAST", "TCP", "UDP", "SCTP", "IRLMP"];
    key.split_once('_').is_some_and(|(family, name)| {
        FAMILIES.contains(&family)
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

/// The form of a service name of the IANA registry, in lower case.
pub(super) fn is_protocol(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-+./".contains(&byte))
}

/// Whether the PE extension has a property of the standard besides `pe_type`.
pub(super) fn has_pe_property(content: &Map<'_>) -> bool {
    let known = kind_of("file").and_then(|kind| {
        kind.extensions
            .iter()
            .find(|(key, _)| *key == "windows-pebinary-ext")
            .map(|(_, properties)| *properties)
    });
    known
        .unwrap_or_default()
        .iter()
        .any(|property| property.name != "pe_type" && content.contains_key(property.name))
}
