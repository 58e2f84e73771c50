//! Language tags (RFC 5646): whether a text is a well-formed tag. The registry of subtags is not consulted.

/// Tags that RFC 5646 keeps although they break its grammar.
const IRREGULAR: [&str; 17] = [
    "en-gb-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-be-fr",
    "sgn-be-nl",
    "sgn-ch-de",
];

/// Whether `text` is a well-formed language tag (RFC 5646 section 2.2.9), in any case of letters.
#[must_use]
pub fn is_language(text: &str) -> bool {
    if text.len() > 250 {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    if IRREGULAR.contains(&lower.as_str()) {
        return true;
    }
    let parts: Vec<&str> = lower.split('-').collect();
    if parts.iter().any(|part| part.is_empty() || part.len() > 8 || !is_alphanumeric(part)) {
        return false;
    }
    let mut rest = parts.as_slice();
    if rest.first() == Some(&"x") {
        return rest.len() > 1;
    }
    let Some((language, after)) = rest.split_first() else { return false };
    if !(2..=8).contains(&language.len()) || !is_alphabetic(language) {
        return false;
    }
    rest = after;
    let mut extended = 0u8;
    while language.len() <= 3 && extended < 3 && next_is(rest, |part| part.len() == 3 && is_alphabetic(part))
    {
        rest = rest.get(1..).unwrap_or_default();
        extended = extended.saturating_add(1);
    }
    if next_is(rest, |part| part.len() == 4 && is_alphabetic(part)) {
        rest = rest.get(1..).unwrap_or_default();
    }
    if next_is(rest, |part| {
        (part.len() == 2 && is_alphabetic(part))
            || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
    }) {
        rest = rest.get(1..).unwrap_or_default();
    }
    while next_is(rest, is_variant) {
        rest = rest.get(1..).unwrap_or_default();
    }
    ends_with_extensions(rest)
}

/// Extensions such as `u-co-phonebk`, each singleton once, then what is private after `x`.
fn ends_with_extensions(mut rest: &[&str]) -> bool {
    let mut seen = Vec::new();
    while let Some((singleton, after)) = rest.split_first() {
        if *singleton == "x" {
            return !after.is_empty();
        }
        let length = after.iter().take_while(|part| part.len() >= 2).count();
        if singleton.len() != 1 || length == 0 || seen.contains(singleton) {
            return false;
        }
        seen.push(*singleton);
        rest = after.get(length..).unwrap_or_default();
    }
    true
}

fn next_is(rest: &[&str], fits: impl Fn(&str) -> bool) -> bool {
    rest.first().is_some_and(|part| fits(part))
}

fn is_variant(part: &str) -> bool {
    part.len() >= 5 || (part.len() == 4 && part.starts_with(|first: char| first.is_ascii_digit()))
}

fn is_alphabetic(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_alphanumeric(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::is_language;

    #[test]
    fn tags_of_the_rfc_are_told_from_what_only_looks_like_one() {
        for good in [
            "en",
            "de-CH",
            "zh-Hant",
            "zh-cmn-Hans-CN",
            "sr-Latn-RS",
            "sl-rozaj-biske",
            "de-CH-1901",
            "es-419",
            "en-US-u-islamcal",
            "de-DE-u-co-phonebk",
            "x-whatever",
            "en-x-exercise",
            "i-klingon",
            "ru",
            "ar",
            "fil",
            "qaa-Qaaa-QM-x-southern",
            "az-Arab-x-AZE-derbend",
            "hak",
            "ZH-hant",
        ] {
            assert!(is_language(good), "{good}");
        }
        for bad in [
            "",
            "e",
            "english language",
            "en_US",
            "de-",
            "-de",
            "de--CH",
            "a-DE",
            "ar-a-aaa-b-bbb-a-ccc",
            "de-419-DE",
            "x",
            "en-u",
            "123",
            "abcdefghi",
            "русский",
            "en-US-x",
        ] {
            assert!(!is_language(bad), "{bad}");
        }
    }
}
