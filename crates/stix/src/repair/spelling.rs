//! Single values in another spelling: what they must have meant, if only one thing can have been meant.

use crate::canon::LARGEST_INTEGER;
use crate::json::Value;
use crate::language::is_language;
use crate::schema::vocabulary::Vocabulary;
use crate::time::Timestamp;

/// `true` and `false` as text in any case, and 0 and 1.
pub(super) fn boolean(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Value::Integer(0) => Some(false),
        Value::Integer(1) => Some(true),
        _ => None,
    }
}

/// An integer as text without leading zeros, or with a fraction of zeros.
pub(super) fn integer(value: &Value<'_>) -> Option<i64> {
    let number = match value {
        Value::String(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let plain = (text == "0" || !digits.starts_with('0'))
                && digits.bytes().all(|digit| digit.is_ascii_digit());
            text.parse::<i64>().ok().filter(|_| plain)
        }
        Value::Float(number) if number.fract() == 0.0 => format!("{:.0}", number + 0.0).parse().ok(),
        _ => None,
    };
    number.filter(|number| number.unsigned_abs() <= LARGEST_INTEGER.unsigned_abs())
}

/// The one term that differs from `text` in case, blanks, underscores and hyphens only.
pub(super) fn term(text: &str, vocabulary: &Vocabulary) -> Option<&'static str> {
    // No term is nearly as long.
    if text.len() > 100 || vocabulary.contains(text) {
        return None;
    }
    let wanted = plain(text);
    let mut found = vocabulary.values().iter().filter(|term| plain(term) == wanted);
    let first = found.next()?;
    found.next().is_none().then_some(*first)
}

/// In lower case, with one hyphen for each run of blanks, underscores and hyphens.
fn plain(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|letter: char| letter.is_whitespace() || letter == '_' || letter == '-');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The term of the vocabulary for the name of a hashing algorithm in another spelling, such as `sha256`.
pub(super) fn algorithm(name: &str) -> Option<&'static str> {
    use crate::schema::vocabulary::terms::HASH_ALGORITHM_OV;
    let bare = |text: &str| text.replace(['-', '_', ' '], "").to_ascii_uppercase();
    if name.len() > 20 || HASH_ALGORITHM_OV.contains(name) {
        return None;
    }
    let wanted = bare(name);
    HASH_ALGORITHM_OV.values().iter().copied().find(|term| bare(term) == wanted)
}

/// A digest without the blanks around it, if it then has the form of the algorithm.
pub(super) fn digest(name: &str, text: &str) -> Option<String> {
    let length = match algorithm(name).unwrap_or(name) {
        "MD5" => 32,
        "SHA-1" => 40,
        "SHA-256" | "SHA3-256" => 64,
        "SHA-512" | "SHA3-512" => 128,
        _ => return None,
    };
    let trimmed = text.trim();
    let good = trimmed.len() == length && trimmed.bytes().all(|byte| byte.is_ascii_hexdigit());
    (good && trimmed != text).then(|| trimmed.to_owned())
}

/// A language tag with hyphens in place of underscores and without blanks around it.
pub(super) fn language(text: &str) -> Option<String> {
    if text.len() > 100 || is_language(text) {
        return None;
    }
    let mended = text.trim().replace('_', "-");
    is_language(&mended).then_some(mended)
}

/// A number of the catalogue `cve` or `capec` in upper case.
pub(super) fn catalogued(text: &str, catalogue: &str) -> Option<String> {
    // No number is nearly as long.
    if text.len() > 50 || !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    let number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let (prefix, rest) = upper.split_once('-')?;
    let good = match catalogue {
        "capec" => number(rest),
        _ => rest
            .split_once('-')
            .is_some_and(|(year, rest)| year.len() == 4 && rest.len() >= 4 && number(year) && number(rest)),
    };
    (good && prefix.eq_ignore_ascii_case(catalogue)).then_some(upper)
}

/// A type of relationship in lower case with hyphens in place of blanks and underscores.
pub(super) fn relationship_type(text: &str) -> Option<String> {
    let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if text.len() > 250 || text.chars().all(allowed) {
        return None;
    }
    let mended = text
        .split(|letter: char| letter.is_whitespace() || letter == '_')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
        .to_ascii_lowercase();
    (!mended.is_empty() && mended.chars().all(allowed)).then_some(mended)
}

/// A timestamp of the form of STIX for one of a nearby form that names the same instant: with an offset, `UTC`, a
/// lower-case `t` or `z`, a blank in place of the `T`, or a comma before the fraction, whose digits are kept. A time
/// without a zone names no instant and is left.
pub(super) fn time(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.is_ascii() || text.len() > 100 {
        return None;
    }
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let (fraction, zone) = match rest.strip_prefix(['.', ',']) {
        None => ("", rest),
        Some(rest) => {
            let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            rest.split_at_checked(end)?
        }
    };
    let offset = offset(zone.trim_start())?;
    let local = Timestamp::parse(&format!("{date}T{clock}Z")).ok()?;
    let micros = local.micros().checked_sub(offset.checked_mul(60_000_000)?)?;
    let shifted = Timestamp::from_micros(micros);
    if shifted.micros() != micros {
        return None;
    }
    let whole = shifted.as_str().get(..19)?;
    let joint = if fraction.is_empty() { "" } else { "." };
    let mended = format!("{whole}{joint}{fraction}Z");
    Timestamp::is_valid(&mended).then_some(mended)
}

/// Minutes east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z" | "UTC" | "utc" | "GMT") {
        return Some(0);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let number = |text: &str, most: i64| {
        let plain = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| plain && *number <= most)
    };
    let minutes = number(hours, 23)?.checked_mul(60)?.checked_add(number(minutes, 59)?)?;
    minutes.checked_mul(sign)
}

/// The same instant with three digits of a second.
pub(super) fn three_digits(text: &str) -> Option<String> {
    let digits = Timestamp::parse(text).ok()?.digits();
    let body = text.strip_suffix('Z')?;
    let zeros = "0".repeat(3usize.checked_sub(digits).filter(|missing| *missing > 0)?);
    let joint = if digits == 0 { "." } else { "" };
    Some(format!("{body}{joint}{zeros}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_of_nearby_forms_keep_their_instant_and_their_digits() {
        for (text, expected) in [
            ("2020-01-01T02:00:00.1200+02:00", "2020-01-01T00:00:00.1200Z"),
            ("2019-12-31T19:30:00-0430", "2020-01-01T00:00:00Z"),
            ("2020-01-01 00:00:00,5z", "2020-01-01T00:00:00.5Z"),
            ("2020-01-01t00:00:00Z", "2020-01-01T00:00:00Z"),
            (" 2020-01-01T00:00:00.Z\n", "2020-01-01T00:00:00Z"),
            ("2020-01-01 00:00:00 UTC", "2020-01-01T00:00:00Z"),
            ("2020-03-01T00:30:00+01", "2020-02-29T23:30:00Z"),
            ("2020-01-01T00:00:00-00:00", "2020-01-01T00:00:00Z"),
        ] {
            assert_eq!(time(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "2020-01-01T00:00:00",
            "2020-01-01",
            "2020-01-01T00:00Z",
            "1577836800",
            "2020-02-30T00:00:00+01:00",
            "2020-01-01T00:00:00+24:00",
            "2020-01-01T00:00:00+1:00",
            "2020-01-01T00:00:00 CET",
            "0000-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2016-12-31T23:59:60Z",
            "01/02/2020 00:00:00Z",
            "２020-01-01T00:00:00+01:00",
            "",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(three_digits("2020-01-01T00:00:00Z").as_deref(), Some("2020-01-01T00:00:00.000Z"));
        assert_eq!(three_digits("2020-01-01T00:00:00.12Z").as_deref(), Some("2020-01-01T00:00:00.120Z"));
        assert_eq!(three_digits("2020-01-01T00:00:00.1234Z"), None);
    }

    #[test]
    fn numbers_and_truth_values_are_taken_only_when_they_can_mean_one_thing() {
        let text = |text: &'static str| Value::from(text);
        assert_eq!(integer(&text("-15")), Some(-15));
        assert_eq!(integer(&text("0")), Some(0));
        assert_eq!(integer(&Value::Float(-0.0)), Some(0));
        assert_eq!(integer(&Value::Float(5.0)), Some(5));
        for bad in ["", "-", "-0", "007", "+5", " 5", "5.0", "0x10", "9007199254740993", "1e3", "٣"] {
            assert_eq!(integer(&text(bad)), None, "{bad}");
        }
        for bad in [Value::Float(5.5), Value::Float(1e300), Value::Bool(true), Value::Null] {
            assert_eq!(integer(&bad), None);
        }
        assert_eq!((boolean(&text("True")), boolean(&Value::Integer(0))), (Some(true), Some(false)));
        assert_eq!((boolean(&text("yes")), boolean(&Value::Integer(2))), (None, None));
    }

    #[test]
    fn names_are_spelled_as_the_standard_does() {
        let find = |name| crate::schema::vocabulary::find(name).unwrap();
        assert_eq!(term("Strongly Disagree", find("opinion-enum")), Some("strongly-disagree"));
        assert_eq!(term("sock_stream", find("network-socket-type-enum")), Some("SOCK_STREAM"));
        assert_eq!(term("neutral", find("opinion-enum")), None);
        assert_eq!(term("strong disagree", find("opinion-enum")), None);
        for (name, expected) in [
            ("md5", Some("MD5")),
            ("sha-1", Some("SHA-1")),
            ("SHA256", Some("SHA-256")),
            ("Sha3_512", Some("SHA3-512")),
            ("SHA-256", None),
            ("sha384", None),
        ] {
            assert_eq!(algorithm(name), expected, "{name}");
        }
        assert_eq!(language("en_US").as_deref(), Some("en-US"));
        assert_eq!((language("en-US"), language("english language")), (None, None));
        assert_eq!(relationship_type(" Related_To ").as_deref(), Some("related-to"));
        assert_eq!(
            (relationship_type("uses"), relationship_type("uses!"), relationship_type("_")),
            (None, None, None)
        );
    }
}
