//! The canonical form of a JSON value after RFC 8785 (JCS) and its digest.
//!
//! RFC 8785 writes numbers as IEEE 754 doubles. An integer beyond 2^53 - 1 would be rounded without a word, so it is
//! refused here, as STIX 2.1 clause 2.10 also does.

use crate::digest::Digest;
use crate::json::{Map, Value};
use crate::trail::{Step, path_of};

/// The largest integer that every reader of JSON holds exactly: 2^53 - 1 (STIX 2.1 clause 2.10).
pub const LARGEST_INTEGER: i64 = (1 << 53) - 1;

/// Why a value has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanonError {
    /// An integer lies beyond plus or minus 2^53 - 1.
    #[error("the integer at {path:?} lies beyond 2^53 - 1 and would lose digits; write it as a string")]
    IntegerRange {
        /// Where, as a selector; empty for the value itself.
        path: String,
    },
    /// A number is not finite; it was not read from JSON.
    #[error("the number at {path:?} is not finite")]
    NotFinite {
        /// Where, as a selector; empty for the value itself.
        path: String,
    },
    /// The value could not be written.
    #[error("the value cannot be written: {0}")]
    Write(String),
}

/// The RFC 8785 form of `value`.
///
/// # Errors
/// [`CanonError`] when a number has no exact canonical form.
pub fn canonical(value: &Value<'_>) -> Result<Vec<u8>, CanonError> {
    check(value, &mut Vec::new())?;
    serde_jcs::to_vec(value).map_err(|error| CanonError::Write(error.to_string()))
}

/// The SHA-256 digest of the canonical form.
///
/// # Errors
/// As [`canonical`].
pub fn digest(value: &Value<'_>) -> Result<Digest, CanonError> {
    canonical(value).map(|bytes| Digest::of(&bytes))
}

/// The SHA-256 digest of the canonical form of an object that is held as its properties.
///
/// # Errors
/// As [`canonical`].
pub fn digest_of(object: &Map<'_>) -> Result<Digest, CanonError> {
    let mut trail = Vec::new();
    for (key, item) in object.iter() {
        trail.push(Step::Key(key));
        check(item, &mut trail)?;
        trail.pop();
    }
    let bytes = serde_jcs::to_vec(object).map_err(|error| CanonError::Write(error.to_string()))?;
    Ok(Digest::of(&bytes))
}

fn check<'v>(value: &'v Value<'_>, trail: &mut Vec<Step<'v>>) -> Result<(), CanonError> {
    match value {
        Value::Integer(number) if number.unsigned_abs() > LARGEST_INTEGER.unsigned_abs() => {
            Err(CanonError::IntegerRange { path: path_of(trail) })
        }
        Value::Unsigned(_) => Err(CanonError::IntegerRange { path: path_of(trail) }),
        Value::Float(number) if !number.is_finite() => Err(CanonError::NotFinite { path: path_of(trail) }),
        Value::Array(list) => list.iter().enumerate().try_for_each(|(at, item)| {
            trail.push(Step::Index(at));
            check(item, trail)?;
            trail.pop();
            Ok(())
        }),
        Value::Object(map) => map.iter().try_for_each(|(key, item)| {
            trail.push(Step::Key(key));
            check(item, trail)?;
            trail.pop();
            Ok(())
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::parse;
    use crate::limits::Limits;

    fn canon(text: &str) -> String {
        let value = parse(text.as_bytes(), &Limits::default()).unwrap();
        String::from_utf8(canonical(&value).unwrap()).unwrap()
    }

    #[test]
    fn the_example_of_rfc_8785_comes_out_as_printed() {
        let text = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let expected = concat!(
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
            r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        assert_eq!(canon(text), expected);
    }

    #[test]
    fn keys_are_sorted_by_their_utf_16_units() {
        let text = r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
        assert_eq!(canon(text), "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}");
    }

    #[test]
    fn numbers_take_the_shortest_exact_form() {
        for (text, expected) in [
            ("-0", "0"),
            ("0.0", "0"),
            ("1.0", "1"),
            ("1e0", "1"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("9007199254740991", "9007199254740991"),
            ("-9007199254740991", "-9007199254740991"),
            ("295147905179352830000.0", "295147905179352830000"),
            ("999999999999999700000.0", "999999999999999700000"),
            ("1e21", "1e+21"),
            ("9.999999999999997e22", "9.999999999999997e+22"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
        ] {
            assert_eq!(canon(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_that_would_lose_digits_are_refused_with_their_path() {
        let text = br#"{"a":[1,{"b":9007199254740993}]}"#;
        let value = parse(text, &Limits::default()).unwrap();
        assert_eq!(canonical(&value), Err(CanonError::IntegerRange { path: "a.[1].b".into() }));
        let huge = Value::Unsigned(u64::MAX);
        assert_eq!(canonical(&huge), Err(CanonError::IntegerRange { path: String::new() }));
        let infinite = Value::Array(vec![Value::Float(f64::INFINITY)]);
        assert_eq!(digest(&infinite), Err(CanonError::NotFinite { path: "[0]".into() }));
    }

    fn values() -> impl Strategy<Value = Value<'static>> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (-LARGEST_INTEGER..=LARGEST_INTEGER).prop_map(Value::Integer),
            proptest::num::f64::NORMAL.prop_map(Value::Float),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                proptest::collection::btree_map("\\PC{0,5}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn reversed(value: Value<'static>) -> Value<'static> {
        match value {
            Value::Array(list) => Value::Array(list.into_iter().map(reversed).collect()),
            Value::Object(map) => Value::Object(
                map.into_iter().rev().map(|(key, item)| (key, reversed(item))).collect::<Map<'_>>(),
            ),
            other => other,
        }
    }

    proptest! {
        #[test]
        fn the_order_of_keys_does_not_matter(value in values()) {
            prop_assert_eq!(canonical(&reversed(value.clone())), canonical(&value));
        }

        #[test]
        fn the_canonical_form_is_its_own_canonical_form(value in values()) {
            let once = canonical(&value).unwrap();
            let again = parse(&once, &Limits::default());
            // A whole number of more than 64 bits is written without exponent up to 1e21, and then cannot be read.
            if let Ok(again) = again
                && let Ok(bytes) = canonical(&again)
            {
                prop_assert_eq!(bytes, once);
            }
        }
    }
}
