//! Timestamps as TAXII writes them: UTC, with a capital `T` and `Z` (TAXII 2.1 §3.1). The node writes six fraction
//! digits and reads any number of them, since clients in use send whole seconds.

use crate::app::model::Micros;

/// Reads a timestamp; nothing when it is none. Digits beyond the microsecond are cut.
pub(crate) fn parse(text: &str) -> Option<Micros> {
    let shape = text.strip_suffix('Z')?;
    let (whole, fraction) = shape.split_once('.').unwrap_or((shape, "0"));
    let digits =
        !fraction.is_empty() && fraction.len() <= 9 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = whole.len() == 19
        && whole
            .bytes()
            .zip(*b"0000-00-00T00:00:00")
            .all(|(byte, form)| if form == b'0' { byte.is_ascii_digit() } else { byte == form });
    (digits && shaped).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_the_node_writes_it_reads(micros in -60_000_000_000_000_000_i64..250_000_000_000_000_000) {
            prop_assert_eq!(parse(&Micros(micros).to_string()), Some(Micros(micros)));
        }

        #[test]
        fn no_date_is_moved(text in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z") {
            if let Some(instant) = parse(&text) {
                prop_assert!(instant.to_string().starts_with(text.trim_end_matches('Z')), "{}", instant);
            }
        }
    }

    #[test]
    fn any_number_of_fraction_digits_is_read() {
        for (text, micros) in [
            ("1970-01-01T00:00:01Z", 1_000_000),
            ("1970-01-01T00:00:01.5Z", 1_500_000),
            ("1970-01-01T00:00:01.000001Z", 1_000_001),
            ("1970-01-01T00:00:01.000001999Z", 1_000_001),
        ] {
            assert_eq!(parse(text), Some(Micros(micros)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_timestamp() {
        for text in [
            "",
            "Z",
            "yesterday",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+02:00",
            "2026-01-01 00:00:00Z",
            "2026-01-01t00:00:00z",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "20260101T000000Z",
            "1700000000",
            "2026-01-01T00:00:00Z ",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
