//! The query part of a request as decoded names and values. It knows no field: who reads it names the fields it
//! wants, and a field that stands there twice is a fault (TAXII 2.1 §3.4).

/// Why a query could not be read; the text names the fault and never repeats a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unreadable(pub(crate) String);

/// The parameters of one request.
#[derive(Default, Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Decodes the raw query: `+` is a blank, `%XX` is a byte, and the bytes must be UTF-8.
    pub(crate) fn read(raw: Option<&str>) -> Result<Self, Unreadable> {
        let mut pairs = Vec::new();
        for pair in raw.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    /// The value of a field; a fault when the field stands there twice or is empty.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Unreadable> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => {
                Err(Unreadable(format!("{name} may be given once; join its values with commas")))
            }
            (Some(""), None) => Err(Unreadable(format!("{name} is empty; give a value or leave it out"))),
            (Some(value), None) => Ok(Some(value)),
        }
    }
}

fn decode(text: &str) -> Result<String, Unreadable> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())? << 4 | hex(rest.next())?,
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| Unreadable("the query is not UTF-8".to_owned()))
}

fn hex(digit: Option<u8>) -> Result<u8, Unreadable> {
    let value =
        digit.and_then(|digit| char::from(digit).to_digit(16)).and_then(|value| u8::try_from(value).ok());
    value.ok_or_else(|| Unreadable("the query holds a percent sign without two hex digits".to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_value_survives_escaping(value in "\\PC{1,40}") {
            let escaped: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let parameters = Parameters::read(Some(&format!("a=1&next={escaped}"))).unwrap();
            prop_assert_eq!(parameters.one("next").unwrap(), Some(value.as_str()));
        }
    }

    #[test]
    fn brackets_may_come_plain_or_escaped() {
        for raw in ["match[type]=indicator,malware", "match%5Btype%5D=indicator%2Cmalware"] {
            let parameters = Parameters::read(Some(raw)).unwrap();
            assert_eq!(parameters.one("match[type]").unwrap(), Some("indicator,malware"));
        }
    }

    #[test]
    fn a_field_twice_is_a_fault_and_an_unknown_field_is_not() {
        let parameters = Parameters::read(Some("limit=1&limit=1&colour=red&colour=blue")).unwrap();
        assert!(parameters.one("limit").is_err());
        assert_eq!(parameters.one("next").unwrap(), None);
    }

    #[test]
    fn an_empty_field_is_a_fault() {
        assert!(Parameters::read(Some("limit=")).unwrap().one("limit").is_err());
        assert!(Parameters::read(Some("limit")).unwrap().one("limit").is_err());
    }

    #[test]
    fn broken_escapes_and_bytes_that_are_not_utf8_are_faults() {
        for raw in ["next=%", "next=%2", "next=%zz", "next=%ff"] {
            assert!(Parameters::read(Some(raw)).is_err(), "{raw}");
        }
    }
}
